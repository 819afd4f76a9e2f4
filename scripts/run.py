"""`make run`: a finished product picture on a fresh machine, then a server that keeps running.

Creates `.env` (with secrets of its own) and the demo partner once, migrates, starts web and
workers, sends the sample photos and a sentence through the REST API with the demo live key, and
prints where the results lie.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from scripts.serve import (
    ROOT,
    environment,
    refuse_taken_port,
    start,
    stop,
    stop_on_signals,
)

DEMO_FILE = ROOT / "var" / "demo.env"
LOG_FILE = ROOT / "var" / "softbox.log"
RESULTS = ROOT / "var" / "demo"
START_SECONDS = 60


def create_env_file() -> None:
    """`.env` from `.env.example`, with fresh secrets, readable by its owner only."""
    target = ROOT / ".env"
    if target.exists():
        return
    lines = (ROOT / ".env.example").read_text().splitlines()
    filled = [
        line.replace("change-me", secrets.token_urlsafe(48)) if "=change-me" in line else line
        for line in lines
    ]
    _write_private(target, "\n".join(filled) + "\n")


def _write_private(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)


def manage(*arguments: str) -> str:
    """Standard output of one management command; its own words and exit on failure."""
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(f"manage.py {arguments[0]} failed")
    return done.stdout


def demo_partner() -> dict[str, str]:
    """The demo partner's keys and login; created the first time, read afterwards."""
    if not DEMO_FILE.exists():
        made = json.loads(
            manage(
                *("create_partner", "--name", "Demo Shop", "--email", "demo@softbox.localhost"),
                *("--bucket", "starter:5000", "--json"),
            )
        )
        names = {
            "partnerId": "PARTNER_ID",
            "managementKey": "MANAGEMENT_KEY",
            "liveKey": "LIVE_KEY",
            "testKey": "TEST_KEY",
            "webhookSecret": "WEBHOOK_SECRET",
            "email": "EMAIL",
            "password": "PASSWORD",
        }
        _write_private(DEMO_FILE, "".join(f"{names[k]}={v}\n" for k, v in made.items()))
    pairs = (line.split("=", 1) for line in DEMO_FILE.read_text().splitlines() if "=" in line)
    return dict(pairs)


def shown(path: Path) -> Path:
    """As one would type it here."""
    return path.relative_to(ROOT)


def wait_until_ready(base: str, server: subprocess.Popen[bytes]) -> None:
    """Until web, database, storage and a worker answer; gives up after START_SECONDS."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            last_words = "\n".join(LOG_FILE.read_text().splitlines()[-15:])
            raise SystemExit(f"A process ended while starting:\n{last_words}")
        try:
            with urllib.request.urlopen(f"{base}/readyz", timeout=5):  # noqa: S310 (own address)
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    raise SystemExit(f"Not ready within {START_SECONDS} s; {shown(LOG_FILE)} may say why.")


def call(base: str, path: str, key: str, body: dict[str, Any]) -> dict[str, Any]:
    """POST `body` to the API; the answer's data. Exits with the API's own message on an error."""
    request = urllib.request.Request(  # noqa: S310 (own address)
        f"{base}{path}",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "X-API-Key": key},
    )
    try:
        with urllib.request.urlopen(request, timeout=300) as answer:  # noqa: S310 (own address)
            return dict(json.load(answer)["data"])
    except urllib.error.HTTPError as error:
        if error.code == 401:
            raise SystemExit(
                f"The keys in {shown(DEMO_FILE)} are not known to this database."
                " Delete the file and run again: a new demo partner will be made."
            ) from None
        said = json.load(error)
        raise SystemExit(
            f"{path} answered {error.code}: {said['message']} ({shown(LOG_FILE)} says more, under"
            f" {said['correlationId']})"
        ) from None


def save(name: str, url: str) -> Path:
    RESULTS.mkdir(parents=True, exist_ok=True)
    target = RESULTS / name
    with urllib.request.urlopen(url, timeout=60) as source, target.open("wb") as file:  # noqa: S310
        shutil.copyfileobj(source, file)
    return target


def make_pictures(base: str, public_url: str, key: str) -> None:
    """Three real requests, one of each kind, with their results saved and printed."""
    photo = f"{public_url}/static/samples/bottle.jpg"
    orders: list[tuple[str, str, str, dict[str, Any]]] = [
        (
            "packshot.png",
            "Packshot of a product photo",
            "/partner/v1/image/packshot",
            {"productImage": photo, "background": "#ffffff", "shadow": "soft"},
        ),
        (
            "enhance.png",
            "The same photo, enhanced",
            "/partner/v1/image/enhance",
            {"images": [photo], "userRequest": "brighter and more vibrant colours"},
        ),
        (
            "create.png",
            "A picture from a sentence",
            "/partner/v1/image/create",
            {"prompt": "a brown leather handbag on white marble, soft studio light"},
        ),
    ]
    for name, title, path, body in orders:
        print(f"\n{title} ...", flush=True)
        data = call(base, path, key, body)
        url = data.get("imageUrl") or data["imageUrls"][0]
        file = save(name, url)
        seconds = data["totalTimeMs"] / 1000
        print(f"  file  {shown(file)}  ({seconds:.1f} s, {data['pointsUsed']} points)")
        print(f"  url   {url}", flush=True)


def greet(public_url: str, demo: dict[str, str]) -> None:
    print(f"\nSoftbox is running at {public_url} (Ctrl-C stops it).")
    print(f"  dashboard     {public_url}/dashboard/")
    print(f"                log in as {demo['EMAIL']}  {demo['PASSWORD']}")
    print(f"  API           {public_url}/partner/v1, keys in {shown(DEMO_FILE)}")
    print(f"  staff admin   {public_url}/admin/")
    print("                its first log-in: .venv/bin/python manage.py createsuperuser")
    sys.stdout.flush()


def main() -> int:
    create_env_file()
    env = environment()
    base = f"http://127.0.0.1:{env['PORT']}"
    refuse_taken_port()
    manage("migrate", "--verbosity", "0")
    demo = demo_partner()
    stop_on_signals()
    print(f"Starting web and workers (their log: {shown(LOG_FILE)}) ...", flush=True)
    with LOG_FILE.open("wb") as log:
        server = start(log)
    try:
        wait_until_ready(base, server)
        make_pictures(base, env["PUBLIC_URL"], demo["LIVE_KEY"])
        greet(env["PUBLIC_URL"], demo)
        status = server.wait()
        print(f"A process ended, so all were stopped; {shown(LOG_FILE)} says why.")
        return status or 1
    except KeyboardInterrupt:
        return 0
    finally:
        stop(server)


if __name__ == "__main__":
    sys.exit(main())
