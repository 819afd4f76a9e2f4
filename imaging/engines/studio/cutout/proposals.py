"""Several independent guesses at the product's mask.

Each guess fails on other pictures, so they are made side by side; `forest.py` settles. The graph
cuts are OpenCV's GrabCut (Rother et al. 2004), seeded in different ways.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np

from imaging.engines.cores import THREADS
from imaging.engines.studio.cutout.evidence import F32, U8, Mask, View, hue
from imaging.engines.studio.cutout.explained import Explained, explain
from imaging.engines.studio.cutout.masks import fill_holes, grow, shrink, touches_frame

Proposals = dict[str, Mask]


def graph_cut(rgb: U8, prob: F32, never: Mask, surely: Mask, rounds: int) -> Mask:
    """GrabCut started from a probability map; `never` and `surely` are fixed.

    The random seed is set for the calling thread, so the same input gives the same mask.
    """
    labels = np.where(prob > 0.5, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    labels[surely] = cv2.GC_FGD
    labels[never] = cv2.GC_BGD
    inside = int(np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)).sum())
    # The colour models have five components each: too few pixels cannot carry them.
    if inside < 10 or labels.size - inside < 10:
        return inside_mask(labels)
    cv2.setRNGSeed(7)
    models = np.zeros((2, 1, 65))
    cv2.grabCut(rgb, labels, (0, 0, 1, 1), models[0], models[1], rounds, cv2.GC_INIT_WITH_MASK)
    return inside_mask(labels)


def inside_mask(labels: U8) -> Mask:
    """GrabCut's labels -> the pixels it holds to be product."""
    return np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD))


def tidy(mask: Mask, prob: F32) -> Mask:
    """The main piece and its worthy companions, without specks and pin-holes.

    A piece that touches the frame is probably a neighbour: it weighs half as the main piece,
    and is no companion of one that stands free.
    """
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
    opened = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, kernel)
    count, pieces, stats, _ = cv2.connectedComponentsWithStats(opened, connectivity=8)
    if count < 2:
        return opened.astype(bool)
    framed = np.array([touches_frame(s, mask.shape) for s in stats[1:]])
    weight = np.bincount(pieces.ravel(), (prob + 0.01).ravel(), count)[1:]
    weight *= np.where(framed, 0.5, 1.0)
    area = stats[1:, cv2.CC_STAT_AREA]
    best = int(weight.argmax())
    worthy = (weight > 0.22 * weight[best]) & (area > 0.02 * area[best])
    # A pair of shoes is a product; a smaller thing at a distance is part of the set.
    far = np.array([_gap(stats[1 + best], s) for s in stats[1:]]) > 0.05 * max(mask.shape)
    worthy &= ~far | (weight > 0.5 * weight[best])
    worthy &= ~framed | framed[best]
    worthy[best] = True
    kept = np.concatenate([[False], worthy])[pieces]
    return fill_holes(kept, share=0.004)


def _gap(a: np.ndarray, b: np.ndarray) -> float:
    """Distance in pixels between two components' boxes (OpenCV statistics)."""
    across = max(a[0] - b[0] - b[2], b[0] - a[0] - a[2], 0)
    down = max(a[1] - b[1] - b[3], b[1] - a[1] - a[3], 0)
    return float(np.hypot(across, down))


def propose(view: View) -> tuple[Proposals, Explained]:
    """Named masks (h, w), and what the backdrop around them explains.

    Deterministic; the cuts run side by side.
    """
    h, w = view.prob.shape
    edge = frame(h, w, frame_width(h, w))
    inner = frame(h, w, *_inset(h, w, 0.16))
    prob = view.prob

    def seeded() -> Mask:
        return graph_cut(view.rgb, prob, (prob < 0.06) | edge, (prob > 0.93) & ~edge, 4)

    def cautious() -> Mask:
        doubtful = view.cautious
        return graph_cut(view.rgb, doubtful, (doubtful < 0.04) | edge, (doubtful > 0.93) & ~edge, 4)

    def within() -> Mask:
        nothing = np.zeros((h, w), np.bool_)
        return graph_cut(view.rgb, np.where(inner, 0, 0.6).astype(np.float32), edge, nothing, 3)

    with ThreadPoolExecutor(THREADS) as pool:
        futures = {f.__name__: pool.submit(f) for f in (seeded, cautious, within)}
        found = {name: tidy(future.result(), prob) for name, future in futures.items()}
        found["evidence"] = tidy(prob > 0.5, prob)
        around = ~np.logical_or.reduce([*found.values(), prob > 0.5])
        explained = explain(view.lab, shrink(around, 5))
        vote = pool.submit(_vote, view, view.rgb, list(found.values()), edge)
        found["unshaded"] = _unshaded(view, found["seeded"], explained, edge)
        found["vote"] = vote.result()
        share, tints = share_of(found), tinted(view.lab)
        opinions = {
            "tinted": pool.submit(_seeded, tints, prob, edge),
            "tinted_vote": pool.submit(_vote, view, tints, list(found.values()), edge),
            "near": pool.submit(near, view, share),
        }
        found |= {name: opinion.result() for name, opinion in opinions.items()}
    return found, explained


def share_of(masks: Proposals) -> F32:
    """(h, w) 0..1 share of the proposals that hold each pixel to be product."""
    return np.asarray(np.mean(list(masks.values()), axis=0), np.float32)


def _seeded(rgb: U8, prob: F32, edge: Mask) -> Mask:
    return tidy(graph_cut(rgb, prob, (prob < 0.06) | edge, (prob > 0.93) & ~edge, 3), prob)


def tinted(lab: F32) -> U8:
    """(h, w, 3) the picture with hue stretched and lightness pressed: shadows all but vanish."""
    flat = np.dstack([lab[..., 0] * 1.02, 128 + 1.6 * hue(lab)])
    return np.ascontiguousarray(np.clip(flat, 0, 255).astype(np.uint8))


def near(view: View, share: F32) -> Mask:
    """A cut that knows only the product's surroundings: far things mislead no colour model.

    `share` (h, w) 0..1 is how many of the other proposals hold each pixel to be product.
    """
    prob = np.asarray((share + view.prob) / 2, np.float32)
    about = share > 0.4
    if int(about.sum()) < 30:
        return about
    rows, columns = np.nonzero(about.any(1))[0], np.nonzero(about.any(0))[0]
    pad = round(0.18 * max(np.ptp(rows), np.ptp(columns))) + 6
    box = (
        slice(max(0, int(rows[0]) - pad), int(rows[-1]) + pad + 1),
        slice(max(0, int(columns[0]) - pad), int(columns[-1]) + pad + 1),
    )
    crop = np.ascontiguousarray(view.rgb[box])
    edge = frame(crop.shape[0], crop.shape[1], 2)
    never = (share[box] < 0.05) & (view.prob[box] < 0.3) | edge
    surely = shrink(share[box] > 0.95, 5) & ~edge
    mask = np.zeros(share.shape, np.bool_)
    mask[box] = graph_cut(crop, prob[box], never, surely, 3)
    return tidy(mask, prob)


def _vote(view: View, rgb: U8, masks: list[Mask], edge: Mask) -> Mask:
    """A cut of `rgb` seeded where the guesses and the evidence agree."""
    share = sum((m.astype(np.float32) for m in masks), np.float32(0)) / len(masks)
    mixed = np.asarray(0.5 * share + 0.5 * view.prob, np.float32)
    never = (share < 0.1) & (view.prob < 0.5) | edge
    surely = (share > 0.95) & (view.prob > 0.5) & ~edge
    return tidy(graph_cut(rgb, mixed, never, surely, 2), mixed)


def _unshaded(view: View, mask: Mask, explained: Explained, edge: Mask) -> Mask:
    """A cut that takes whatever the backdrop explains, lit or shaded, for backdrop at first."""
    shadow = (explained.shaded > 0.6) & (explained.drop > 1) & (explained.drop < 45)
    backdrop = (explained.same > 0.5) | shadow
    prob = np.where(mask & ~backdrop, np.maximum(view.prob, 0.6), 0.2).astype(np.float32)
    if float((prob > 0.5).sum()) < 0.2 * float(mask.sum()):
        return mask
    never = ~grow(mask, 9) | edge
    return tidy(graph_cut(view.rgb, prob, never, np.zeros_like(mask), 3), prob)


def frame_width(h: int, w: int) -> int:
    """Pixels along the frame that are backdrop to every graph cut: each needs an outside."""
    return max(2, round(0.012 * max(h, w)))


def frame(h: int, w: int, down: int, across: int | None = None) -> Mask:
    """(h, w) mask of a frame `down` rows and `across` columns thick."""
    across = down if across is None else across
    mask = np.ones((h, w), np.bool_)
    mask[down : h - down, across : w - across] = False
    return mask


def _inset(h: int, w: int, share: float) -> tuple[int, int]:
    return max(1, int(h * share)), max(1, int(w * share))
