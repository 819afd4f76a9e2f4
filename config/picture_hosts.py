"""Where browsers fetch stored pictures from, for the Content-Security-Policy of our own pages."""

from __future__ import annotations

from urllib.parse import urlsplit


def picture_hosts(
    *, bucket: str, endpoint: str | None, region: str | None, domain: str | None
) -> list[str]:
    """Origins beside our own; none without a bucket. Both styles of S3 address are among them."""
    if not bucket:
        return []
    regional = f"s3.{region}.amazonaws.com" if region else "s3.amazonaws.com"
    place = urlsplit(endpoint or f"https://{regional}")
    origins = [f"{place.scheme}://{place.netloc}", f"{place.scheme}://{bucket}.{place.netloc}"]
    return [*([f"https://{domain}"] if domain else []), *origins]
