"""Whether the engine and its renderer work: for `manage.py doctor`, which may take a moment.

Apart from `checkup.py`, because a web process must not come near the renderer.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator

from django.conf import settings

from imaging.checkup import Unhealthy
from imaging.engines.client import EngineHost, HostError
from imaging.engines.diffusion.catalogue import Catalogue, CatalogueError
from imaging.engines.diffusion.weights import WeightsError, locate, verify
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
    """What the engines draw with: the diffusion engine's weights, where it is the one that is
    asked first, and the studio's renderer, which needs none."""
    if settings.IMAGING_ENGINE == "diffusion":
        return f"{_weights()}; {_renderer()}"
    return _renderer()


def _weights() -> str:
    """Which models of the catalogue are on this machine and whole."""
    try:
        catalogue = Catalogue.read()
    except CatalogueError as error:
        raise Unhealthy(str(error)) from None
    faults = dict(_faults(catalogue))
    present = [name for name in catalogue.models if name not in faults]
    routed = {name for names in catalogue.routes.values() for name in names}
    if not routed & set(present):
        raise Unhealthy(f"no model of a route is ready: {next(iter(faults.values()), 'no routes')}")
    missing = f"; missing: {', '.join(faults)}" if faults else ""
    return f"{catalogue.path.name}: {', '.join(present)} ready{missing}"


def _faults(catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    for name, model in catalogue.models.items():
        try:
            verify(locate(model))
        except WeightsError as error:
            yield name, str(error)


def _renderer() -> str:
    if importlib.util.find_spec("mitsuba") is None:
        raise Unhealthy("no Mitsuba wheel for this machine: create and staged sets do not work")
    library = working_llvm()
    if library is None:
        return "studio needs no weights; no usable LLVM, so the renderer is the slow scalar one"
    return f"studio needs no weights; the renderer uses {library}"
