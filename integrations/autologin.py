"""Log-in links: a signed token that opens one account's own pages, and nothing else.

A token names the account and its present epoch. Raising the epoch voids every link that was
given out; deleting the account voids them for good. They are JWTs (HS256) with a key derived for
this purpose alone, so no other signature of ours is one.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from urllib.parse import urlencode

import jwt
from django.conf import settings
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts import audit
from integrations.models import Account

LIFE = timedelta(days=7)
_ALGORITHM = "HS256"
_AUDIENCE = "softbox:auto-login"


def _key() -> bytes:
    return salted_hmac("integrations.autologin", "jwt", algorithm="sha256").digest()


def token_for(account: Account) -> str:
    """A token for the account's pages, good for LIFE."""
    now = timezone.now()
    claims = {
        "aud": _AUDIENCE,
        "sub": account.pk,
        "epoch": account.login_epoch,
        "iat": now,
        "exp": now + LIFE,
        "jti": secrets.token_hex(8),
    }
    return jwt.encode(claims, _key(), algorithm=_ALGORITHM)


def url_for(account: Account, *, actor: str = audit.SYSTEM, address: str | None = None) -> str:
    """The link to send the account's owner to."""
    audit.record(
        action="account.login_link",
        target=account.pk,
        partner=account.partner,
        actor=actor,
        address=address,
    )
    return f"{settings.PUBLIC_URL}/chat?{urlencode({'token': token_for(account)})}"


def account_of(token: str) -> Account | None:
    """The account a token opens; None for one that is wrong, over, revoked, or whose account is
    gone."""
    try:
        claims = jwt.decode(
            token,
            _key(),
            algorithms=[_ALGORITHM],
            audience=_AUDIENCE,
            options={"require": ["exp", "sub", "epoch"]},
        )
    except jwt.InvalidTokenError:
        return None
    return still_open(claims["sub"], claims["epoch"])


def still_open(account_id: object, epoch: object) -> Account | None:
    """The account, if links of that epoch are still good."""
    if not isinstance(account_id, str) or not isinstance(epoch, int):
        return None
    rows = Account.objects.select_related("partner")
    return rows.filter(pk=account_id, login_epoch=epoch, partner__active=True).first()


def revoke(account: Account, *, actor: str = audit.SYSTEM, address: str | None = None) -> None:
    """Void every link that was given out, and end every visit that began with one."""
    Account.objects.filter(pk=account.pk).update(login_epoch=F("login_epoch") + 1)
    account.refresh_from_db(fields=["login_epoch"])
    audit.record(
        action="account.logins_revoked",
        target=account.pk,
        partner=account.partner,
        actor=actor,
        address=address,
    )
