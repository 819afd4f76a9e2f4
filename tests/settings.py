"""Settings for tests: throw-away secrets, a fast password hash, files in a folder of their own."""

import atexit
import os
import secrets
import shutil
import tempfile
from pathlib import Path

os.environ["DEBUG"] = "0"
os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(32))
os.environ.setdefault("FIELD_ENCRYPTION_KEYS", secrets.token_urlsafe(32))
os.environ.setdefault("DATABASE_URL", f"sqlite:///{tempfile.gettempdir()}/softbox-tests.sqlite3")
os.environ["PUBLIC_URL"] = "http://testserver"
os.environ["MEDIA_ROOT"] = tempfile.mkdtemp(prefix="softbox-media-")
os.environ.setdefault("LOG_FORMAT", "json")
# A developer's own certificate must not sign the tests' pictures.
os.environ["C2PA_CERTIFICATE_FILE"] = os.environ["C2PA_PRIVATE_KEY_FILE"] = ""

atexit.register(shutil.rmtree, os.environ["MEDIA_ROOT"], ignore_errors=True)

from config.settings import *  # noqa: E402, F403 (the environment must be set first)

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# A file even for SQLite: in memory there are no locks between connections and no WAL.
DATABASES["default"].setdefault("TEST", {})  # noqa: F405
if "sqlite" in DATABASES["default"]["ENGINE"]:  # noqa: F405
    DATABASES["default"]["TEST"]["NAME"] = str(  # noqa: F405
        Path(tempfile.gettempdir()) / f"softbox-test-{os.getpid()}.sqlite3"
    )
