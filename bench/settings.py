"""Settings of benchmarks: an engine that takes no time, and only the addresses they measure."""

from config.settings import *  # noqa: F403

ENGINE_FACTORIES = {"studio": "tests.imaging.tiny_engine:TinyEngine"}
ROOT_URLCONF = "bench.urls"
MIDDLEWARE: list[str] = []
