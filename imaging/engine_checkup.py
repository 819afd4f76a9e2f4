"""Whether the engine and its renderer work: for `manage.py doctor`, which may take a moment.

Apart from `checkup.py`, because a web process must not come near the renderer.
"""

from __future__ import annotations

import importlib.util

from django.conf import settings

from imaging.checkup import Unhealthy
from imaging.engines.client import EngineHost, HostError
from imaging.engines.studio.scene.variant import working_llvm
from imaging.tiers import FACTORIES


def check_engine() -> str:
    """The configured engine starts in its host process."""
    host = EngineHost(FACTORIES[settings.IMAGING_ENGINE])
    try:
        facts = host.facts()
    except (HostError, OSError, ValueError, TypeError) as error:
        raise Unhealthy(f"the engine {settings.IMAGING_ENGINE} does not start: {error}") from None
    finally:
        host.close()
    return f"{facts.name} {facts.version} ({facts.kind}) starts"


def check_models() -> str:
    """What the engine draws with: for the studio engine the renderer, which needs no weights."""
    if importlib.util.find_spec("mitsuba") is None:
        raise Unhealthy("no Mitsuba wheel for this machine: create and staged sets do not work")
    library = working_llvm()
    if library is None:
        return "studio needs no weights; no usable LLVM, so the renderer is the slow scalar one"
    return f"studio needs no weights; the renderer uses {library}"
