"""Whether everything a job needs is there: for /readyz and `manage.py doctor`.

Each check returns one sentence about what it found and raises Unhealthy with the reason where
something is wrong.
"""

from __future__ import annotations

import shutil
import uuid
from datetime import timedelta

from django.conf import settings
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from accounts import crypto, reencryption
from accounts.models import ApiKey
from imaging import schedules, storage
from imaging.models import Generation, Priority, Status, WorkerBeat

SILENT_AFTER = timedelta(seconds=30)
STUCK_AFTER = timedelta(minutes=15)
CLOCK_SKEW = timedelta(seconds=5)


class Unhealthy(Exception):
    """Something a job needs is missing or broken."""


def check_database() -> str:
    """It answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return f"{connection.vendor} answers"


def check_migrations() -> str:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        raise Unhealthy(f"{len(missing)} migrations are missing: run manage.py migrate")
    return "all migrations are applied"


def check_queue() -> str:
    """It moves: jobs that have waited long see others being started. A long queue is no fault."""
    edge = timezone.now() - STUCK_AFTER
    waiting = Generation.objects.filter(status=Status.QUEUED)
    stuck = waiting.filter(created_at__lt=edge, priority=Priority.INTERACTIVE)
    if stuck.exists() and not Generation.objects.filter(started_at__gte=edge).exists():
        raise Unhealthy(
            f"{stuck.count()} jobs wait longer than {STUCK_AFTER}, and none was started since"
        )
    return f"{waiting.count()} jobs wait"


def check_workers() -> str:
    """At least one worker that makes pictures was heard lately."""
    return _heard("gpu")


def check_errands() -> str:
    """At least one worker that sends webhooks, imports, builds stores and keeps the schedules."""
    return _heard(schedules.QUEUE)


def _heard(queue: str) -> str:
    heard = WorkerBeat.objects.filter(queue=queue, seen_at__gt=timezone.now() - SILENT_AFTER)
    count = heard.count()
    if not count:
        raise Unhealthy(
            f"no worker of the {queue} queue was heard in {SILENT_AFTER.total_seconds():.0f} s: "
            f"start one with manage.py worker {queue}"
        )
    return f"{count} worker{'s' if count > 1 else ''} of the {queue} queue"


def check_cache() -> str:
    """What processes share for a while can be written and read."""
    if not settings.REDIS_URL:
        return "REDIS_URL is not set: each process remembers for itself"
    name = f"checkup:{uuid.uuid4()}"
    cache.set(name, "softbox", timeout=10)
    if cache.get(name) != "softbox":
        raise Unhealthy("what was written to Redis reads back differently")
    return "Redis writes and reads"


def check_storage() -> str:
    """A file can be written, read and deleted, and one that is missing is told from a refusal."""
    where = f"MEDIA_ROOT {settings.MEDIA_ROOT}"
    if settings.AWS_STORAGE_BUCKET_NAME:
        where = f"AWS_STORAGE_BUCKET_NAME at {settings.AWS_S3_ENDPOINT_URL or 'Amazon'}"
    try:
        _write_and_read(f"checkup/{uuid.uuid4()}.txt")
    except OSError as error:
        raise Unhealthy(f"{where}: {' '.join(str(error).split())}") from error
    return f"{default_storage.__class__.__name__} writes and reads{_room()}"


def _write_and_read(wanted: str) -> None:
    """Raises OSError where the storage does, and Unhealthy."""
    try:
        name = default_storage.save(wanted, ContentFile(b"softbox"))
    except OSError:
        storage.take_back(wanted)  # a probe comes every few seconds
        raise
    try:
        with default_storage.open(name) as file:
            if file.read() != b"softbox":
                raise Unhealthy("a stored file reads back differently")
    finally:
        default_storage.delete(name)
    try:
        default_storage.exists(name)
    except OSError as error:
        # Amazon says 403 of a missing object to who may not list the bucket.
        raise Unhealthy(f"the key may write and not ask what is there: {error}") from error


def _room() -> str:
    """How much room a disk has left."""
    if settings.AWS_STORAGE_BUCKET_NAME:
        return ""
    return f", {shutil.disk_usage(settings.MEDIA_ROOT).free / 1e9:.1f} GB are free"


def check_keys() -> str:
    """Encrypted fields can be read with the keys that are set, also those that are stored."""
    if crypto.decrypt(crypto.encrypt("softbox", context="checkup"), context="checkup") != "softbox":
        raise Unhealthy("FIELD_ENCRYPTION_KEYS do not decrypt what they encrypt")
    if unreadable := reencryption.unreadable():
        raise Unhealthy(
            f"FIELD_ENCRYPTION_KEYS do not open what is stored in {', '.join(unreadable)}: "
            "an earlier key is missing"
        )
    active = ApiKey.objects.filter(revoked_at=None).count()
    return f"{len(settings.FIELD_ENCRYPTION_KEYS)} encryption keys, {active} active API keys"


def check_clocks() -> str:
    """This machine's clock and the database's agree, or leases and limits go wrong."""
    if connection.vendor != "postgresql":
        return "the database has no clock of its own"
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        skew = abs(cursor.fetchone()[0] - timezone.now())
    if skew > CLOCK_SKEW:
        raise Unhealthy(f"the database's clock differs by {skew.total_seconds():.1f} s")
    return f"the database's clock differs by {skew.total_seconds():.3f} s"
