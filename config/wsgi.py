"""The WSGI entry point (granian serves it)."""

import gc
import os
import resource

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

# A waiting request has a socket and, on SQLite, a database of three files: the usual limit of
# 1,024 is too low for WEB_THREADS of them.
OPEN_FILES = 8192


def raise_file_limit() -> None:
    """Let this process open OPEN_FILES files, or as many as the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))


def leave_alone_what_stays() -> None:
    """Take everything that is loaded by now out of the garbage collector's rounds.

    It stays as long as the process does, and a full round over it holds up every thread for 0.1 s.
    """
    _ = get_resolver().url_patterns  # loads the views, which the first request would do
    gc.collect()
    gc.freeze()


raise_file_limit()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
leave_alone_what_stays()
