"""Where a webhook may go: https, or http to a host that the operator allows."""

from __future__ import annotations

from typing import Any

from accounts.errors import InvalidRequest
from accounts.outbound import OutboundRefused, check_url, is_allowed_host
from accounts.webhooks.models import URL_LENGTH

_PORTS = {"http": 80, "https": 443}


def webhook_url(value: Any, *, param: str) -> str:
    """`value`, if a webhook may be sent there. Nothing is resolved or contacted.

    Raises InvalidRequest naming `param`. That the host is no private one is checked each time
    something is sent, on the address that is connected to.
    """
    if not isinstance(value, str) or not value.strip() or len(value) > URL_LENGTH:
        raise InvalidRequest(f"{param} must be a valid HTTPS URL", param=param)
    try:
        url = check_url(value.strip())
    except OutboundRefused as refused:
        raise InvalidRequest(f"{param} cannot be used: {refused.reason}", param=param) from None
    port = url.port or _PORTS[url.scheme]
    if url.scheme != "https" and not is_allowed_host(url.host, port):
        raise InvalidRequest(f"{param} must be a valid HTTPS URL", param=param)
    return value.strip()
