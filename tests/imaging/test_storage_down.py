"""A disk that ran full and an S3 that is away: points go back, nothing is lost, people are told."""

from __future__ import annotations

import errno
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import OperationalError
from django.utils import timezone

from imaging import checkup, jobs, recipes, storage, submitting, sweep
from imaging.checkup import Unhealthy
from imaging.models import Asset, Generation
from imaging.photos import Source
from imaging.running import NOT_STORED, run
from imaging.storage import StorageUnavailable
from tests.imaging.conftest import balance, delivery, fresh


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"


@pytest.fixture
def stuck(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Files whose path ends so cannot be deleted."""

    def make(end: str) -> None:
        real = FileSystemStorage.delete

        def delete(self: FileSystemStorage, name: str) -> None:
            if name.endswith(end):
                raise PermissionError(errno.EACCES, "Permission denied")
            real(self, name)

        monkeypatch.setattr(FileSystemStorage, "delete", delete)

    return make


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def work_off(engines: Any) -> None:
    while (job := jobs.claim(worker="w")) is not None:
        run(job, engines)


# --- Jobs ----------------------------------------------------------------------------------------


# A worker that fails gives its connection back, and with it a test's transaction.
committed = pytest.mark.django_db(transaction=True)


@committed
def test_a_job_whose_pictures_cannot_be_stored_fails_free(
    partner, submit, tiny_engines, full_disk, media
):
    full_disk()
    job = submit()
    work_off(tiny_engines)

    row = fresh(job)
    assert (row.status, row.attempts, balance(partner)) == ("failed", 3, 1000)
    assert (row.error_code, row.error_message) == ("storage_unavailable", NOT_STORED)
    assert not files(media)


@committed
def test_a_worker_without_room_for_its_own_files_says_so(
    partner, submit, tiny_engines, monkeypatch
):
    def full(*arguments: Any, **options: Any) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("tempfile.mkdtemp", full)
    job = submit()
    work_off(tiny_engines)

    row = fresh(job)
    assert (row.status, balance(partner)) == ("failed", 1000)
    assert row.error_code == "storage_unavailable"


@committed
def test_a_disk_that_is_full_for_a_moment_costs_one_try_and_leaves_nothing_behind(
    partner, submit, tiny_engines, full_disk, media
):
    full_disk(1, times=1)  # the picture is stored, its thumbnail is not
    job = submit()
    work_off(tiny_engines)

    row = fresh(job)
    assert (row.status, row.attempts, balance(partner)) == ("succeeded", 2, 992)
    assert len(files(media)) == row.assets.count() == 2


@committed
def test_pictures_stay_where_nobody_knows_whether_they_are_charged(
    submit, tiny_engines, monkeypatch, media
):
    real = jobs.finish

    def finish(*arguments: Any) -> bool:
        real(*arguments)
        raise OperationalError("the connection broke off while it committed")

    monkeypatch.setattr(jobs, "finish", finish)
    job = submit()
    work_off(tiny_engines)

    assert fresh(job).status == "succeeded"
    assert len(files(media)) == 2


def test_a_job_ends_although_its_upload_cannot_be_deleted(partner, submit, stuck, caplog):
    path = storage.keep_source(b"a photo", partner_id=partner.pk)
    job = submit(sources=[{"stored": path}])
    stuck(path)

    with caplog.at_level(logging.ERROR, "imaging.storage"):
        assert jobs.cancel(job.pk)

    assert fresh(job).status == "cancelled"
    assert balance(partner) == 1000


def test_an_order_whose_second_photo_does_not_fit_leaves_no_first_one(partner, full_disk, media):
    order = replace(
        recipes.create_order({"prompt": "a red mug"}),
        sources=(Source(data=b"1"), Source(data=b"2")),
    )
    full_disk(1)

    with pytest.raises(StorageUnavailable):
        submitting.submit(order, partner=partner)

    assert not files(media)
    assert not Generation.objects.exists()
    assert balance(partner) == 1000


def test_one_file_that_cannot_be_deleted_holds_up_no_other(claimed, stuck):
    for _ in range(3):
        jobs.finish(claimed().lease, delivery())
    Asset.objects.update(expires_at=timezone.now())
    kept = Asset.objects.first()
    assert kept is not None
    stuck(kept.path)

    assert sweep.expired_assets() == 2
    assert list(Asset.objects.all()) == [kept]


def test_where_nothing_can_be_deleted_the_sweep_ends(claimed, stuck, monkeypatch):
    jobs.finish(claimed().lease, delivery(made=4))
    Asset.objects.update(expires_at=timezone.now())
    monkeypatch.setattr(sweep, "_MOST_STUCK", 2)
    stuck("")

    assert sweep.expired_assets() == 0
    assert Asset.objects.count() == 4


# --- The check-up --------------------------------------------------------------------------------


def test_the_checkup_says_how_much_room_is_left():
    assert "GB are free" in checkup.check_storage()


def test_the_checkup_names_a_full_disk(full_disk, media):
    full_disk()

    with pytest.raises(Unhealthy, match=f"MEDIA_ROOT {media}: .*No space left on device"):
        checkup.check_storage()

    assert not files(media)


# --- S3 ------------------------------------------------------------------------------------------


@pytest.fixture
def on_s3(settings: Any) -> Callable[..., None]:
    def use(endpoint: str, *, bucket: str = "shots", key: str | None = "test") -> None:
        settings.AWS_STORAGE_BUCKET_NAME, settings.AWS_S3_ENDPOINT_URL = bucket, endpoint
        settings.AWS_S3_REGION_NAME = "eu-central-1"
        settings.AWS_ACCESS_KEY_ID = settings.AWS_SECRET_ACCESS_KEY = key
        backend = {"BACKEND": "imaging.s3.PictureStorage"}
        settings.STORAGES = {**settings.STORAGES, "default": backend}

    return use


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"bucket": "nowhere"}, "bucket nowhere: .*NoSuchBucket"),
        ({"key": None}, "bucket shots: Unable to locate credentials"),
    ],
)
def test_the_checkup_names_a_wrong_bucket_and_missing_keys(
    s3, on_s3, monkeypatch, facts: dict[str, Any], words: str
):
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):  # whoever runs this has some
        monkeypatch.setenv(name, "/dev/null")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    on_s3(s3, **facts)

    with pytest.raises(Unhealthy, match=f"AWS_STORAGE_BUCKET_NAME at {s3}: {words}"):
        checkup.check_storage()


def test_an_s3_that_is_away_is_told_and_not_waited_for(on_s3, partner):
    on_s3("http://127.0.0.1:1")
    limits = default_storage.connection.meta.client.meta.config
    assert limits.connect_timeout + limits.read_timeout <= 20
    assert limits.retries["total_max_attempts"] == 3

    for use in (
        lambda: storage.keep_source(b"a photo", partner_id=partner.pk),
        lambda: storage.read("partners/x.png"),
        lambda: storage.size("partners/x.png"),
        lambda: storage.delete("partners/x.png"),
    ):
        with pytest.raises(StorageUnavailable):
            use()


def test_what_s3_does_not_have_is_missing_and_not_away(s3, on_s3):
    on_s3(s3)

    with pytest.raises(FileNotFoundError):
        storage.read("partners/x.png")
    assert not default_storage.exists("partners/x.png")
