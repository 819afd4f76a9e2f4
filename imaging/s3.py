"""Pictures on S3 or anything that speaks it."""

from __future__ import annotations

from typing import Any

from botocore.config import Config
from storages.backends.s3 import S3Storage

from imaging.storage import cache_control, is_private


class PictureStorage(S3Storage):  # type: ignore[misc]  # django-storages has no types
    """S3 with each picture's own Cache-Control.

    Objects get no ACL: buckets made since 2023 refuse them. A bucket policy lets everybody read
    `partners/*`; what lies under `private/` is reached by signed addresses only.
    """

    def get_default_settings(self) -> dict[str, Any]:
        settings: dict[str, Any] = super().get_default_settings()
        # Names are random: looking first whether one is taken would cost a request each.
        settings["file_overwrite"] = True
        settings["client_config"] = settings["client_config"] or Config(
            s3={"addressing_style": settings["addressing_style"]},
            signature_version=settings["signature_version"] or "s3v4",
            proxies=settings["proxies"],
            # Many S3-compatible servers refuse the checksums that newer clients add.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        return settings

    def get_object_parameters(self, name: str) -> dict[str, Any]:
        return {
            **super().get_object_parameters(name),
            "CacheControl": cache_control(private=is_private(name)),
        }

    def plain_url(self, name: str) -> str:
        """The address that anybody may use, as long as the bucket's policy says so."""
        return str(self.url(name)).partition("?")[0]

    def signed_url(self, name: str, *, seconds: int) -> str:
        """An address that opens one object for a while; always the bucket's own, because a
        custom domain would not know the signature."""
        return str(
            self.bucket.meta.client.generate_presigned_url(
                "get_object", Params={"Bucket": self.bucket.name, "Key": name}, ExpiresIn=seconds
            )
        )
