"""A catalogue of 10,000 rows checked and priced: how much memory, and does it say how far it is?

    python -m bench.importing [--rows 10000]

Runs `manage.py import_catalog --dry-run` as an operator would. Every fourth row has a photo beside
the file, which is read and checked; the others have addresses. Memory is the most that the
process ever held; the bar must have moved more than once.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench import ground
from bench.figures import Figure, conclude

TARGET_MEGABYTES = 200
PHOTO = ground.ROOT / "imaging" / "static" / "samples" / "mug.jpg"


def catalogue(folder: Path, rows: int) -> Path:
    """A CSV file of so many products, and the photo that some of them name."""
    shutil.copy(PHOTO, folder / "mug.jpg")
    path = folder / "catalogue.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("sku", "title", "image", "colour"))
        for number in range(rows):
            image = f"https://shop.example/{number}.jpg" if number % 4 else "mug.jpg"
            writer.writerow((f"MUG-{number}", f"Mug number {number}", image, "blue"))
    return path


def imported(path: Path, partner: str) -> tuple[dict[str, object], float, int]:
    """What a dry run of the file reports, the most megabytes it held, how often its bar moved."""
    command = [sys.executable, "manage.py", "import_catalog", str(path), "--partner", partner]
    command += ["--style", "white_bg", "--dry-run", "--json"]
    process = subprocess.Popen(
        command, cwd=ground.ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stderr is not None
    bar = process.stderr.read()
    report = json.loads(process.stdout.read())
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"the import failed:\n{bar}")
    moved = len(set(re.findall(r"(\d+)/\d+ \[", bar)))
    return report, used.ru_maxrss / 1024, moved


def body(kind: str) -> int:
    from accounts.models import Partner

    options = arguments()
    partner = Partner.objects.create(name="bench")
    with tempfile.TemporaryDirectory(prefix="softbox-bench-") as folder:
        path = catalogue(Path(folder), options.rows)
        began = time.monotonic()
        report, megabytes, moved = imported(path, str(partner.pk))
        taken = time.monotonic() - began
    print(
        f"{kind}: {report['ordered']} of {options.rows} rows in {taken:.1f} s, {moved} steps told"
    )
    if report["ordered"] != options.rows:
        raise SystemExit(f"rows were refused: {report['errors']}"[:600])
    what = f"{kind}, dry import of {options.rows:,} rows"
    return conclude(
        [
            Figure(f"{what}, most memory", megabytes, TARGET_MEGABYTES, "MB"),
            Figure(f"{what}, progress told", moved, 2, "times", at_least=True),
        ]
    )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    return parser.parse_args()


def main() -> int:
    arguments()
    return ground.on_databases("importing", ["SQLite", "PostgreSQL"], body)


if __name__ == "__main__":
    sys.exit(main())
