"""The last word between a few whole masks.

Settling region by region is right most often, but where it is wrong, one of the graph cuts is
often right as a whole. A linear rule over what the judge measures picks one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from imaging.engines.studio.cutout import judge
from imaging.engines.studio.cutout.evidence import F32, Mask, View
from imaging.engines.studio.cutout.explained import Explained
from imaging.engines.studio.cutout.fitted import CHOICE
from imaging.engines.studio.cutout.foot import without_shadow
from imaging.engines.studio.cutout.masks import overlap, to_frame
from imaging.engines.studio.cutout.proposals import Proposals, frame_width, share_of

RIVALS = ("near", "vote", "unshaded")


@dataclass(frozen=True)
class Candidate:
    """A finished mask and the judge's measures of it."""

    mask: Mask  # (h, w)
    facts: dict[str, float]


def candidates(
    view: View,
    explained: Explained,
    proposals: Proposals,
    settled: Mask,
    clear: float,
    rivals: tuple[str, ...] = RIVALS,
) -> dict[str, Candidate]:
    """The settled mask and its rivals by name, those that hold nothing left out.

    `clear` 0..1 is how clear-cut the decisions were that led to `settled`.
    """
    share = share_of(proposals)
    found = {}
    for name, mask in {"settled": settled, **{r: proposals[r] for r in rivals}}.items():
        mask = to_frame(without_shadow(view, explained, mask), frame_width(*mask.shape))
        if not mask.any() or mask.all():
            continue
        others = [other for key, other in proposals.items() if key != name]
        facts = judge.features(view, explained, mask, others, clear)
        facts |= {
            "of_settled": overlap(mask, settled),
            "of_share": _soft_overlap(mask, share),
            "settled": float(name == "settled"),
        }
        found[name] = Candidate(mask, facts)
    return found


def chosen(found: dict[str, Candidate]) -> Candidate:
    """The candidate that the rule holds to be the best; `found` is not empty."""
    return max(found.values(), key=lambda candidate: merit(candidate.facts, CHOICE))


def merit(facts: dict[str, float], rule: dict[str, float]) -> float:
    """Log odds: the rule's weighted facts and its bias."""
    return sum(rule[name] * value for name, value in facts.items()) + rule["bias"]


def _soft_overlap(mask: Mask, share: F32) -> float:
    either = float(np.maximum(mask, share).sum())
    return float(share[mask].sum()) / either if either else 1.0
