"""`make sdk`: clients from the OpenAPI document, in `build/sdk`.

openapi.json                 the document
python/                      generated with openapi-python-client
typescript/                  generated with openapi-typescript, where npm is installed
softbox_client-*.whl         the client written by hand, `sdk/python`
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import django
from django.utils.module_loading import import_string

ROOT = Path(__file__).resolve().parent.parent
SDK = ROOT / "sdk"
BUILD = ROOT / "build" / "sdk"


def main() -> None:
    shutil.rmtree(BUILD, ignore_errors=True)
    BUILD.mkdir(parents=True)
    document = write_document(BUILD / "openapi.json")
    print(f"{'OpenAPI document':<20} {document.relative_to(ROOT)}")
    package = generate_python(document, BUILD / "python")
    print(f"{'Python, generated':<20} {package.relative_to(ROOT)}")
    print(f"{'Python, by hand':<20} {build_wheel(BUILD).relative_to(ROOT)}")
    if (npm := shutil.which("npm")) is None:
        print("TypeScript is left out: npm is not installed.")
    else:
        made = generate_typescript(npm, document, BUILD / "typescript")
        print(f"{'TypeScript':<20} {made.relative_to(ROOT)}")


def write_document(path: Path) -> Path:
    """The OpenAPI document as the server gives it, for PUBLIC_URL."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("DEBUG", "1")  # no secret is needed to describe the API
    django.setup()
    # Not before the settings are there.
    encoded: bytes = import_string("config.openapi.encoded_document")()
    path.write_bytes(encoded)
    return path


def generate_python(document: Path, folder: Path) -> Path:
    """A Python package in `folder`: httpx, attrs, a function for every operation."""
    program = Path(sys.executable).parent / "openapi-python-client"
    told: list[str | Path] = ["--path", document, "--output-path", folder]
    how: list[str | Path] = [
        "--config",
        SDK / "openapi-python-client.yml",
        "--meta",
        "setup",
        "--fail-on-warning",
    ]
    _run([program, "generate", *told, *how])
    return folder


def build_wheel(folder: Path) -> Path:
    """The wheel of `sdk/python`, built from a copy so that nothing is left among the sources."""
    copy = folder / "source"
    shutil.copytree(SDK / "python", copy)
    _run([sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", folder, copy])
    shutil.rmtree(copy)
    return next(folder.glob("softbox_client-*.whl"))


def generate_typescript(npm: str, document: Path, folder: Path) -> Path:
    """Types of every path, and a client on openapi-fetch that is checked against them."""
    shutil.copytree(SDK / "typescript", folder, ignore=shutil.ignore_patterns("node_modules"))
    _run([npm, "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=folder)
    tools = folder / "node_modules" / ".bin"
    _run([tools / "openapi-typescript", document, "-o", folder / "src" / "schema.d.ts"])
    _run([tools / "tsc", "--project", folder])
    return folder


def _run(command: list[str | Path], cwd: Path = ROOT) -> None:
    """Run it; what it says is shown only where it fails, which ends this program."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{Path(command[0]).name} failed:\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    main()
