"""One request to a shop's API, and what came of it in words for the merchant."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from accounts.errors import InvalidRequest
from accounts.outbound import OutboundFailed, OutboundRefused, check_url, fetch, is_allowed_host
from integrations.shops.told import Photo, listed

ANSWER_MAX_BYTES = 16 * 1024 * 1024
# A shop that is asked to take a picture from us downloads and scales it before it answers.
DEADLINE_SECONDS = 60.0
_LONGEST_WAIT = 3600.0
_PORTS = {"http": 80, "https": 443}

CREDENTIALS_REFUSED = "The shop refuses our credentials; connect it again"
PRODUCT_GONE = "The shop no longer has this product"
UNREADABLE = "The shop gave no answer that can be read"


class ShopRefused(Exception):
    """The shop will not do it, however often it is asked. The reason is safe to show."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class ShopBusy(Exception):
    """The shop may do it later; `wait_seconds` where it said when."""

    def __init__(self, reason: str, wait_seconds: float | None = None) -> None:
        self.reason = reason
        self.wait_seconds = wait_seconds
        super().__init__(reason)


def origin(value: Any, *, param: str) -> str:
    """`https://host[/path]` of a shop, from a host name or an address. Nothing is contacted.

    Credentials are sent there, so plain http is for hosts that the operator allows only.
    Raises InvalidRequest naming `param`.
    """
    text = str(value or "").strip().rstrip("/")
    url = text if "://" in text else f"https://{text}"
    try:
        parsed = check_url(url)
    except OutboundRefused as refused:
        raise InvalidRequest(f"{param} cannot be used: {refused.reason}", param=param) from None
    port = parsed.port or _PORTS[parsed.scheme]
    if parsed.scheme != "https" and not is_allowed_host(parsed.host, port):
        raise InvalidRequest(f"{param} must be an https address", param=param)
    if parsed.query or parsed.fragment:
        raise InvalidRequest(f"{param} must be a plain address", param=param)
    return url


def credential(value: Any, *, param: str) -> str:
    """A key or token as a header can carry it, without the line end that was copied along.

    Raises InvalidRequest naming `param`; a shop would only seem to be broken.
    """
    text = str(value or "").strip()
    if not (text and text.isascii() and text.isprintable()):
        raise InvalidRequest(f"{param} must be printable ASCII, as keys are", param=param)
    return text


def host_of(address: str) -> str:
    """The host, with its port where one is written."""
    return urlsplit(address).netloc.lower()


def ask(
    method: str, url: str, *, headers: Mapping[str, str], body: Mapping[str, Any] | None = None
) -> Any:
    """The JSON that the shop answers. Raises ShopRefused and ShopBusy."""
    content = None if body is None else json.dumps(body).encode()
    typed = {"Content-Type": "application/json"} if content is not None else {}
    try:
        answer = fetch(
            url,
            method=method,
            headers={"Accept": "application/json", **typed, **headers},
            body=content,
            max_bytes=ANSWER_MAX_BYTES,
            deadline_seconds=DEADLINE_SECONDS,
            follow_redirects=False,
        )
    except OutboundFailed as failed:
        raise ShopBusy(f"The shop could not be reached: {failed.reason}") from None
    except OutboundRefused as refused:
        raise ShopRefused(f"The shop cannot be reached: {refused.reason}") from None
    value = _parsed(answer.content)
    if 200 <= answer.status < 300 and value is not None:
        return value
    raise _trouble(answer.status, value, answer.headers)


def images_in(answer: Any) -> list[Photo]:
    """The images of an answer. An answer without a list of them must not pass for an empty list.

    Raises ShopBusy.
    """
    images = answer.get("images") if isinstance(answer, dict) else None
    if not isinstance(images, list):
        raise ShopBusy(UNREADABLE)
    return list(listed(images))


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


# The shop could not fetch our picture just now; WooCommerce says 400 to that.
_FETCH_FAILED = "woocommerce_product_image_upload_error"


def _trouble(status: int, value: Any, headers: Mapping[str, str]) -> Exception:
    code = value.get("code") if isinstance(value, dict) else None
    if status in (408, 425, 429) or status >= 500 or status < 300 or code == _FETCH_FAILED:
        return ShopBusy(f"The shop answered {status}", _wait(headers.get("retry-after", "")))
    if status in (401, 403):
        return ShopRefused(CREDENTIALS_REFUSED)
    if status in (404, 410) or code == "woocommerce_rest_product_invalid_id":
        return ShopRefused(PRODUCT_GONE)
    return ShopRefused(f"The shop answered {status}")


def _wait(text: str) -> float | None:
    """Seconds of a Retry-After header; Shopify writes "2.0"."""
    try:
        seconds = float(text)
    except ValueError:
        return None
    return min(seconds, _LONGEST_WAIT) if seconds >= 0 else None
