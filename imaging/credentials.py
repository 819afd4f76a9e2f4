"""Content Credentials: a signed manifest inside a finished file, by a certificate of the operator.

Only this module knows c2pa. Nothing here reaches for the network except the time stamp authority
that the operator names. Source: C2PA Technical Specification 2.2; certificate profile in 14.5.1.
"""

from __future__ import annotations

import importlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

# Whatever a file or a certificate says, no address in it is asked.
_SETTINGS: Mapping[str, Any] = {
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
    "builder": {"thumbnail": {"enabled": False}},
}
_GOOD_STATES = ("Valid", "Trusted")
_CURVES = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}


class BadCredentials(Exception):
    """The certificate or its key cannot sign. The text names the fault, never the key."""


@dataclass(frozen=True)
class Credentials:
    """What signs: a certificate chain, leaf first, and the leaf's key, both PEM."""

    chain: bytes = field(repr=False)
    private_key: bytes = field(repr=False)
    algorithm: str
    issued_to: str
    expires_at: datetime
    timestamp_url: str = ""


@dataclass(frozen=True)
class Reading:
    """What a file's active manifest says, as the library reads it back.

    `valid`: the signature holds and the file's bytes are the signed ones. `issues` are the
    library's codes; `signingCredential.untrusted` only means that this reader has no list of
    trusted authorities. `actions` and `inputs` are in order.
    """

    manifest: str
    valid: bool
    issues: tuple[str, ...]
    signed_by: str
    signed_at: str | None
    claim_generator: str
    actions: tuple[str, ...]
    source_type: str
    inputs: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values, in the API's spelling."""
        return {
            "manifest": self.manifest,
            "valid": self.valid,
            "issues": list(self.issues),
            "signedBy": self.signed_by,
            "signedAt": self.signed_at,
            "claimGenerator": self.claim_generator,
            "actions": list(self.actions),
            "digitalSourceType": self.source_type,
            "inputs": list(self.inputs),
        }


# --- The certificate -----------------------------------------------------------------------------


def load(certificate_file: str, private_key_file: str, timestamp_url: str = "") -> Credentials:
    """The credentials in two PEM files. Raises BadCredentials where they cannot sign."""
    chain = _read(certificate_file, "C2PA_CERTIFICATE_FILE")
    key_file = _read(private_key_file, "C2PA_PRIVATE_KEY_FILE")
    try:
        leaf, *_ = x509.load_pem_x509_certificates(chain)
    except ValueError:
        raise BadCredentials(f"{certificate_file} holds no PEM certificate.") from None
    try:
        key = load_pem_private_key(key_file, password=None)
    except (ValueError, TypeError):
        # The library's own words may quote the file.
        raise BadCredentials(f"{private_key_file} holds no unencrypted PEM key.") from None
    if key.public_key() != leaf.public_key():
        raise BadCredentials("The private key does not belong to the certificate.")
    _refuse_unfit(leaf)
    return Credentials(
        chain=chain,
        private_key=key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        algorithm=_algorithm(key),
        issued_to=_name(leaf),
        expires_at=leaf.not_valid_after_utc,
        timestamp_url=timestamp_url,
    )


def _read(path: str, setting: str) -> bytes:
    if not path:
        raise BadCredentials(f"{setting} is not set.")
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise BadCredentials(f"{setting}: {path} cannot be read ({error.strerror}).") from None


def _refuse_unfit(leaf: x509.Certificate) -> None:
    """Faults that the library would only report when the first picture is signed."""
    now = datetime.now(UTC)
    if now > leaf.not_valid_after_utc:
        raise BadCredentials(f"The certificate expired on {leaf.not_valid_after_utc:%d %B %Y}.")
    if now < leaf.not_valid_before_utc:
        raise BadCredentials(f"The certificate begins on {leaf.not_valid_before_utc:%d %B %Y}.")
    try:
        usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        usage = x509.ExtendedKeyUsage([])
    if ExtendedKeyUsageOID.EMAIL_PROTECTION not in usage:
        raise BadCredentials("The certificate lacks the extended key usage emailProtection.")


def _algorithm(key: object) -> str:
    """COSE name of the signature that a key makes."""
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in _CURVES:
        return _CURVES[key.curve.name]
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "ed25519"
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= 2048:
        return "ps256"
    raise BadCredentials("The key must be EC P-256, P-384 or P-521, Ed25519, or RSA of 2048 bits.")


def _name(certificate: x509.Certificate) -> str:
    """Organisation and common name, as far as there are any."""
    names = [
        str(attribute.value)
        for oid in (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME)
        for attribute in certificate.subject.get_attributes_for_oid(oid)
    ]
    return ", ".join(names) or "unnamed"


# --- Files ---------------------------------------------------------------------------------------


@cache
def _c2pa() -> Any:
    """The library, loaded by those who sign or verify: it is a 50 MB shared object."""
    return importlib.import_module("c2pa")


def sign(
    data: bytes, content_type: str, manifest: Mapping[str, Any], credentials: Credentials
) -> bytes:
    """The file with `manifest` inside, signed. Pixels and other metadata stay as they are.

    Raises BadCredentials where the library refuses (an unfit chain, no time stamp).
    """
    c2pa = _c2pa()
    timestamp = credentials.timestamp_url.encode() or None
    info = c2pa.C2paSignerInfo(
        credentials.algorithm, credentials.chain, credentials.private_key, timestamp
    )
    signed = io.BytesIO()
    try:
        with (
            c2pa.Context.from_dict(dict(_SETTINGS)) as context,
            c2pa.Signer.from_info(info) as signer,
            c2pa.Builder(dict(manifest), context) as builder,
        ):
            builder.sign(signer, content_type, io.BytesIO(data), signed)
    except c2pa.C2paError as error:
        raise BadCredentials(f"The picture could not be signed: {error}") from None
    return signed.getvalue()


def read(data: bytes, content_type: str) -> Reading | None:
    """The active manifest of a file, verified against its bytes; None where there is none.

    Raises BadCredentials for a file that cannot be read at all.
    """
    c2pa = _c2pa()
    try:
        with (
            c2pa.Context.from_dict(dict(_SETTINGS)) as context,
            c2pa.Reader(content_type, io.BytesIO(data), context=context) as reader,
        ):
            store = json.loads(reader.json())
    except c2pa.C2paError.ManifestNotFound:
        return None
    except c2pa.C2paError as error:
        raise BadCredentials(f"The file cannot be read: {error}") from None
    return _reading(store)


def _reading(store: Mapping[str, Any]) -> Reading:
    active = store["manifests"][store["active_manifest"]]
    signature = active.get("signature_info", {})
    actions = _actions(active.get("assertions", []))
    generator = active.get("claim_generator_info", [{}])[0]
    return Reading(
        manifest=store["active_manifest"],
        valid=store.get("validation_state") in _GOOD_STATES,
        issues=tuple(status["code"] for status in store.get("validation_status", [])),
        signed_by=", ".join(
            signature[key] for key in ("issuer", "common_name") if signature.get(key)
        ),
        signed_at=signature.get("time"),
        claim_generator=f"{generator.get('name', '')} {generator.get('version', '')}".strip(),
        actions=tuple(action["action"] for action in actions),
        source_type=next(
            (a["digitalSourceType"] for a in reversed(actions) if "digitalSourceType" in a), ""
        ),
        inputs=tuple(i.get("instance_id", "") for i in active.get("ingredients", [])),
    )


def _actions(assertions: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [
        action
        for assertion in assertions
        if assertion["label"].startswith("c2pa.actions")
        for action in assertion["data"]["actions"]
    ]
