"""Whether words and pictures are moderated and finished pictures signed: for `manage.py doctor`.

Reads the catalogue and the files it names; loads no model.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.conf import settings

from imaging import provenance
from imaging.checkup import Unhealthy
from imaging.credentials import BadCredentials
from imaging.engines.diffusion.catalogue import Catalogue, CatalogueError, Role
from imaging.engines.diffusion.weights import WeightsError, locate, verify

RENEW_WITHIN = timedelta(days=14)

OFF = "picture moderation is off"


def check_moderation() -> str:
    """Who checks words and pictures; that nobody looks at pictures is said, not a fault."""
    if settings.IMAGING_ENGINE != "diffusion":
        return f"words by the list; {OFF}: the studio engine has no model for it"
    try:
        catalogue = Catalogue.read()
    except CatalogueError as error:
        raise Unhealthy(str(error)) from None
    policy = catalogue.safety.policy
    if policy == "rules_only":
        return f"words by the list; {OFF} by the policy rules_only"
    reader, looker = (_checker(catalogue, role) for role in ("moderate-text", "moderate-image"))
    words = f"words by the list and {reader}" if reader else "words by the list"
    pictures = f"pictures by {looker}" if looker else f"{OFF}: no model in {catalogue.path.name}"
    return f"{words}; {pictures}; policy {policy}"


def _checker(catalogue: Catalogue, role: Role) -> str:
    """The model of a role, its files whole; "" where the catalogue has none."""
    model = catalogue.for_role(role)
    if model is None:
        return ""
    try:
        verify(locate(model))
    except WeightsError as error:
        if catalogue.safety.policy == "required":
            raise Unhealthy(f"required and not usable, so no picture is made: {error}") from None
        return f"nobody ({error})"
    return model.label


def check_credentials() -> str:
    """The certificate that signs pictures, where there is one, can sign and does not run out."""
    if not provenance.configured():
        return "no certificate: pictures carry their origin as XMP, unsigned"
    try:
        signer = provenance.signing_credentials()
    except BadCredentials as error:
        raise Unhealthy(f"pictures are not signed: {error}") from None
    if signer.expires_at < datetime.now(UTC) + RENEW_WITHIN:
        raise Unhealthy(f"the certificate of {signer.issued_to} expires {signer.expires_at:%d %B}")
    stamped = "" if signer.timestamp_url else "; no time stamps, so signatures end with it"
    return f"signed by {signer.issued_to} until {signer.expires_at:%d %B %Y}{stamped}"
