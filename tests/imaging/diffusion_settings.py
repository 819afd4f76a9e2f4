"""Settings of a worker that draws with the tiny models and stores where the test's server looks."""

import os

from tests.settings import *  # noqa: F403

MEDIA_ROOT = os.environ["TEST_MEDIA_ROOT"]
IMAGING_ENGINE = "diffusion"
ROOT_URLCONF = "tests.imaging.no_urls"
