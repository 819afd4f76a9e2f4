"""Log-in sessions in the database, as Django keeps them; a key that it never made is no key."""

from __future__ import annotations

import re

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

_KEY = re.compile(r"[a-z0-9]{32}")


class SessionStore(DatabaseStore):
    """PostgreSQL is not asked for what a stranger's cookie may hold, such as a NUL."""

    def _validate_session_key(self, key: str) -> bool:
        """Whether `key` has the form of one of ours; an empty session begins where it has not."""
        return bool(key and _KEY.fullmatch(key))


def forget_old() -> None:
    """Throw away sessions that are over; Django leaves them where they are."""
    SessionStore.clear_expired()
