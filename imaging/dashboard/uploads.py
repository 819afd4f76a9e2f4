"""Photos that come with a form, as the API would be sent them."""

from __future__ import annotations

import base64

from django.core.files.base import File

from accounts.errors import InvalidRequest
from imaging.photos import UPLOAD_MAX_BYTES


def data_uri(file: File[bytes]) -> str:
    """An uploaded photo as a data URI; what kind it is the API finds out itself.

    Raises InvalidRequest for one that is too large, before it is read.
    """
    if (file.size or 0) > UPLOAD_MAX_BYTES:
        megabytes = UPLOAD_MAX_BYTES // (1024 * 1024)
        raise InvalidRequest(f"The photo is over {megabytes} MB.", param="photo_file")
    return f"data:image/jpeg;base64,{base64.b64encode(file.read()).decode()}"
