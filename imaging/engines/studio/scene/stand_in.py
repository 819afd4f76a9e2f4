"""What is shown for a product that no archetype draws: a neutral form that says so."""

from __future__ import annotations

import numpy as np

from . import geometry
from .look import Look, Material, Mesh, Part

YAW = -24.0
_GREY = "#b9b6b0"


def stand_in(look: Look) -> list[Part]:
    """A matte block, 12 x 9 x 15 cm, with a small card that names the word.

    It takes the colour of the request, so that the picture still serves as a layout.
    """
    colour = look.color or _GREY
    block = geometry.rounded_box((12.0, 9.0, 15.0), 0.9)
    low = float(block.vertices[:, 2].min())
    block = block._replace(vertices=block.vertices - np.array([0, 0, low], np.float32))
    card = Material(
        kind="label", color="#f4f1ea", text=look.word or "product", art="tag", aspect=1.9
    )
    return [
        Part(block, Material(kind="paint", color=colour, roughness=0.72)),
        Part(_card(7.2, 3.8, -4.5, 8.0), card),
    ]


def _card(width: float, height: float, y: float, middle: float) -> Mesh:
    """A flat patch facing -y, a hair before the plane at `y`."""
    x, z = width / 2, height / 2
    corners = [[-x, -z], [x, -z], [x, z], [-x, z]]
    vertices = np.array([[cx, y - 0.02, middle + cz] for cx, cz in corners])
    normals = np.tile([0.0, -1.0, 0.0], (4, 1))
    uv = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
    return geometry.as_mesh(vertices, normals, np.array([[0, 1, 2], [0, 2, 3]]), uv)
