"""Pictures on S3 or anything that speaks it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import S3TransferRetriesExceededError
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from storages.backends.s3 import S3Storage

from imaging.storage import cache_control, is_private

# botocore's own limits (a minute each, five tries) would hold a request or a probe for minutes.
_CONNECT_SECONDS, _SILENCE_SECONDS, _TRIES = 5, 15, 3


class PictureStorage(S3Storage):  # type: ignore[misc]  # django-storages has no types
    """S3 with each picture's own Cache-Control.

    Objects get no ACL: buckets made since 2023 refuse them. A bucket policy lets everybody read
    `partners/*`; what lies under `private/` is reached by signed addresses only. Whatever goes
    wrong is an OSError, as it is on a disk.
    """

    def get_default_settings(self) -> dict[str, Any]:
        settings: dict[str, Any] = super().get_default_settings()
        # Names are random: looking first whether one is taken would cost a request each.
        settings["file_overwrite"] = True
        settings["client_config"] = settings["client_config"] or Config(
            s3={"addressing_style": settings["addressing_style"]},
            signature_version=settings["signature_version"] or "s3v4",
            proxies=settings["proxies"],
            connect_timeout=_CONNECT_SECONDS,
            read_timeout=_SILENCE_SECONDS,
            retries={"total_max_attempts": _TRIES, "mode": "standard"},
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

    def _open(self, name: str, mode: str = "rb") -> Any:
        with self._told():
            file = super()._open(name, mode)
            if "r" in mode:
                file.open()  # fetches it, which would otherwise wait for the first read
            return file

    def _save(self, name: str, content: Any) -> str:
        with self._told():
            return str(super()._save(name, content))

    def delete(self, name: str) -> None:
        with self._told():
            super().delete(name)

    def exists(self, name: str) -> bool:
        with self._told():
            return bool(super().exists(name))

    def size(self, name: str) -> int:
        with self._told():
            return int(super().size(name))

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What S3 or the way there refuses, as an OSError that names the bucket."""
        try:
            yield
        except (BotoCoreError, ClientError, Boto3Error, S3TransferRetriesExceededError) as error:
            raise OSError(f"bucket {self.bucket_name}: {error}") from error

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
