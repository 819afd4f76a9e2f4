"""Settings of worker processes that tests start: the tiny engine in the studio's place."""

from tests.settings import *  # noqa: F403

ENGINE_FACTORIES = {"studio": "tests.imaging.tiny_engine:TinyEngine"}
ROOT_URLCONF = "tests.imaging.no_urls"
