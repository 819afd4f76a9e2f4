"""Content Credentials: signed with a certificate of ours, read back, and broken on purpose."""

from __future__ import annotations

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from imaging import credentials, provenance
from imaging.credentials import BadCredentials
from imaging.engines.base import Recipe
from imaging.engines.encode import content_type, encode, read_metadata
from imaging.engines.picture import decode
from imaging.engines.protocol import HostFacts
from tests.imaging.certificates import SERVER, make_signer

ENGINE = HostFacts("diffusion", "3", "neural")
FIRST, SECOND = "a" * 64, "b" * 64
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeSynthetic"


@pytest.fixture
def signer(tmp_path, settings):
    """A certificate is configured."""
    made = make_signer(tmp_path)
    settings.C2PA_CERTIFICATE_FILE = str(made.chain)
    settings.C2PA_PRIVATE_KEY_FILE = str(made.key)
    return made


def said(*inputs: str, position: int = 0, pictures: int = 1) -> provenance.Claim:
    recipe = Recipe(operation="enhance", width=64, height=48, seed=1, inputs=inputs)
    return provenance.claim(
        recipe,
        ENGINE,
        model="klein",
        source_type="compositeSynthetic",
        position=position,
        pictures=pictures,
    )


def picture(file_format: str = "png") -> bytes:
    pixels = np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)
    recipe = Recipe(operation="create", width=64, height=48, seed=1)
    metadata = provenance.origin(recipe, ENGINE, "compositeSynthetic")
    return encode(pixels, format=file_format, metadata=metadata)


@pytest.mark.parametrize("file_format", ["png", "jpeg", "webp", "avif"])
def test_every_format_is_signed_and_verifies(signer, file_format):
    kind = content_type(file_format)

    signed, read_back = provenance.seal(picture(file_format), kind, said())

    reading = credentials.read(signed, kind)
    assert reading.valid
    assert reading.issues == ("signingCredential.untrusted",)
    assert (reading.signed_by, reading.claim_generator) == ("Acme, Packshots", "Softbox")
    assert (reading.actions, reading.source_type) == (("c2pa.created",), SOURCE_TYPE)
    assert read_back == reading.as_json()


@pytest.mark.parametrize("file_format", ["png", "jpeg", "webp"])
def test_signing_touches_neither_the_pixels_nor_the_other_metadata(signer, file_format):
    plain = picture(file_format)

    signed, _ = provenance.seal(plain, content_type(file_format), said())

    assert np.array_equal(decode(signed), decode(plain))
    assert read_metadata(signed) == read_metadata(plain)


def test_a_single_photo_is_the_parent_of_what_was_made_of_it(signer):
    signed, _ = provenance.seal(picture(), "image/png", said(FIRST))

    reading = credentials.read(signed, "image/png")
    assert reading.actions == ("c2pa.opened", "c2pa.edited")
    assert reading.inputs == (f"urn:sha256:{FIRST}",)
    assert reading.valid


def test_several_photos_in_one_picture_are_its_parts(signer):
    signed, _ = provenance.seal(picture(), "image/png", said(FIRST, SECOND))

    reading = credentials.read(signed, "image/png")
    assert reading.actions == ("c2pa.created", "c2pa.placed", "c2pa.placed")
    assert reading.inputs == (f"urn:sha256:{FIRST}", f"urn:sha256:{SECOND}")
    assert reading.valid


def test_photos_that_were_enhanced_one_by_one_are_told_apart():
    assert said(FIRST, SECOND, position=1, pictures=2).inputs == (SECOND,)


def test_a_changed_pixel_is_detected(signer):
    signed, _ = provenance.seal(picture(), "image/png", said())
    tampered = bytearray(signed)
    tampered[-100] ^= 1

    reading = credentials.read(bytes(tampered), "image/png")

    assert not reading.valid
    assert "assertion.dataHash.mismatch" in reading.issues


def test_a_changed_claim_is_detected(signer):
    signed, _ = provenance.seal(picture(), "image/png", said())

    reading = credentials.read(
        signed.replace(b"compositeSynthetic", b"digitalCaptured123", 1), "image/png"
    )

    assert not reading.valid


def test_without_a_certificate_the_file_stays_as_it_is():
    plain = picture()

    assert provenance.seal(plain, "image/png", said()) == (plain, None)
    assert credentials.read(plain, "image/png") is None


def test_what_is_no_picture_cannot_be_read():
    with pytest.raises(BadCredentials, match="cannot be read"):
        credentials.read(b"GIF89a", "image/png")


@pytest.mark.parametrize(
    "key",
    [
        ec.generate_private_key(ec.SECP384R1()),
        ed25519.Ed25519PrivateKey.generate(),
        rsa.generate_private_key(65537, 2048),
    ],
    ids=["P-384", "Ed25519", "RSA"],
)
def test_other_kinds_of_keys_sign_too(tmp_path, key):
    made = make_signer(tmp_path, key=key)
    loaded = credentials.load(str(made.chain), str(made.key))

    signed = credentials.sign(picture(), "image/png", provenance.manifest(said()), loaded)

    assert credentials.read(signed, "image/png").valid


@pytest.mark.parametrize(
    ("faults", "words"),
    [
        ({"usage": SERVER}, "emailProtection"),
        ({"usage": None}, "emailProtection"),
        ({"days": (-20, -2)}, "expired on"),
        ({"days": (2, 20)}, "begins on"),
        ({"key": ec.generate_private_key(ec.SECP256K1())}, "The key must be EC P-256"),
    ],
)
def test_an_unfit_certificate_is_refused_by_name(tmp_path, faults, words):
    made = make_signer(tmp_path, **faults)

    with pytest.raises(BadCredentials, match=words):
        credentials.load(str(made.chain), str(made.key))


def test_the_key_of_another_certificate_is_refused(tmp_path):
    (tmp_path / "other").mkdir()
    mine, other = make_signer(tmp_path), make_signer(tmp_path / "other")

    with pytest.raises(BadCredentials, match="does not belong"):
        credentials.load(str(mine.chain), str(other.key))


def test_files_that_are_missing_or_no_pem_are_named_and_not_quoted(tmp_path):
    made = make_signer(tmp_path)
    secret = tmp_path / "secret.key"
    secret.write_text("very secret words")

    with pytest.raises(BadCredentials, match="C2PA_PRIVATE_KEY_FILE is not set"):
        credentials.load(str(made.chain), "")
    with pytest.raises(BadCredentials, match=r"C2PA_CERTIFICATE_FILE: .*No such file"):
        credentials.load(str(tmp_path / "none.pem"), str(made.key))
    with pytest.raises(BadCredentials, match="holds no PEM certificate"):
        credentials.load(str(made.key), str(made.key))
    with pytest.raises(BadCredentials, match="no unencrypted PEM key") as refusal:
        credentials.load(str(made.chain), str(secret))
    assert "very secret" not in str(refusal.value)


def test_the_key_is_in_no_repr(signer):
    loaded = provenance.signing_credentials()

    assert "PRIVATE" not in repr(loaded)
    assert "BEGIN" not in repr(loaded)


def test_a_picture_that_cannot_be_signed_is_delivered_unsigned(signer, caplog):
    signer.key.write_text("gone")
    plain = picture()

    assert provenance.seal(plain, "image/png", said()) == (plain, None)
    assert "content credentials" in caplog.text


def test_a_time_stamp_authority_that_is_away_costs_the_stamp_only(
    signer, settings, monkeypatch, caplog
):
    monkeypatch.setattr(provenance._Authority, "rests_until", 0.0)
    settings.C2PA_TIMESTAMP_URL = "http://127.0.0.1:9/"

    _, reading = provenance.seal(picture(), "image/png", said())

    assert (reading["valid"], reading["signedAt"]) == (True, None)
    assert "no time stamp" in caplog.text


def test_an_authority_that_was_away_is_left_alone_for_a_while(signer, settings, monkeypatch):
    asked = []
    sign = credentials.sign

    def noting(data, content_type, manifest, signer):
        asked.append(signer.timestamp_url)
        return sign(data, content_type, manifest, signer)

    monkeypatch.setattr(provenance._Authority, "rests_until", 0.0)
    monkeypatch.setattr(credentials, "sign", noting)
    settings.C2PA_TIMESTAMP_URL = "http://127.0.0.1:9/"

    for _ in range(2):
        provenance.seal(picture(), "image/png", said())

    assert asked == ["http://127.0.0.1:9/", "", ""]
