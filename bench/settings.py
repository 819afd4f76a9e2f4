"""Settings of benchmarks: the real ones, an engine that takes no time, and an empty view."""

from config.settings import *  # noqa: F403

ENGINE_FACTORIES = {"studio": "tests.imaging.tiny_engine:TinyEngine"}
ROOT_URLCONF = "bench.urls"
