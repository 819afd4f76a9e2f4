"""The WSGI entry point (granian serves it)."""

import os
import resource

from django.core.wsgi import get_wsgi_application

# A waiting request has a socket and, on SQLite, a database of three files: the usual limit of
# 1,024 is too low for WEB_THREADS of them.
OPEN_FILES = 8192


def raise_file_limit() -> None:
    """Let this process open OPEN_FILES files, or as many as the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))


raise_file_limit()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
