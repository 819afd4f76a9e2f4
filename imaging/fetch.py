"""Source pictures from addresses that partners give: the only door for pictures from outside.

The guard (public addresses only, checked on the socket that is used and after every redirect)
is `accounts/outbound.py`; here are the limits and the words of the Image API.
"""

from __future__ import annotations

from uuid import UUID

from accounts.errors import InvalidRequest
from accounts.outbound import OutboundRefused, OutboundTooLarge, fetch
from imaging.own_pictures import read_own_picture
from imaging.photos import Rules

# "Maximum image download size is 50MB per image" (ShopIQ API documentation, "Image Enhance").
MAX_BYTES = 50 * 1024 * 1024
DEADLINE_SECONDS = 30.0


class DownloadFailed(InvalidRequest):
    """A source picture could not be had, or is not a picture. Nothing was charged."""

    code = "download_failed"

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"Failed to download image: {reason}")


def fetch_picture(url: str, *, partner_id: UUID, rules: Rules | None = None) -> bytes:
    """The bytes at `url`, as they are: whether they are a picture is found out by decoding.

    A picture of ours (an earlier result, a sample) is read from storage instead, without a
    request to ourselves; one of another partner is not, and is refused like any private address.

    Raises DownloadFailed with a plain reason; PhotoTooLarge and PhotoTypeUnsupported where
    `rules` are given.
    """
    data = read_own_picture(url, partner_id=partner_id)
    if data is None:
        data = _downloaded(url, rules)
    if rules is not None:
        rules.check(data)
    return data


def _downloaded(url: str, rules: Rules | None) -> bytes:
    most = rules.most_bytes if rules else MAX_BYTES
    try:
        answer = fetch(url, max_bytes=most, deadline_seconds=DEADLINE_SECONDS)
    except OutboundTooLarge as refused:
        raise (rules.too_large() if rules else DownloadFailed(str(refused))) from None
    except OutboundRefused as refused:
        raise DownloadFailed(str(refused)) from None
    if answer.status != 200:
        raise DownloadFailed(f"the server answered {answer.status}")
    if not answer.content:
        raise DownloadFailed("the file is empty")
    return answer.content
