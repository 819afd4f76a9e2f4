"""The words of a request -> a plan: what to do, what was understood, what was not.

A small grammar, not a language model: phrases it knows, degrees ("slightly", "much"), refusals
("no shadow", "keep the background", "don't change the colours"). A word it does not know changes
nothing and is listed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields

from imaging.engines.studio import vocabulary as v
from imaging.engines.studio.looks import ShadowKind
from imaging.engines.studio.phrases import RULES, Draft, Wish


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a request asks for, beyond the automatic correction.

    `background` is text for `looks.backdrop_of`, `surface` the words for a rendered set; numbers
    are added to the automatic correction (stops, contrast, vividness as in `finish.Correction`;
    `warmth` in log units, positive is warmer). None means: as the automatic correction sees fit.
    """

    cut_out: bool = False
    keep_background: bool = False
    background: str = ""
    surface: str = ""
    shadow: ShadowKind | None = None
    keep_colours: bool = False
    keep_light: bool = False
    neutral: bool = False  # take a colour cast out as far as it is believed
    stops: float = 0.0
    contrast: float = 0.0
    vividness: float = 0.0
    warmth: float = 0.0
    sharpness: float | None = None
    remove_noise: bool | None = None
    tight: bool = False  # fill the frame with the product
    may_crop: bool = True
    understood: tuple[str, ...] = ()
    not_understood: tuple[str, ...] = ()


_LONGEST_LIST = 40
_NEAR = 28  # characters before a phrase in which "less" or "too" still belongs to it


@dataclass(frozen=True)
class _Clause:
    """A piece of the request. `refused`, `removed`: what the clause before says holds here too
    ("without shadows and reflections")."""

    text: str
    refused: bool = False
    removed: bool = False

    def wish(self, start: int) -> Wish:
        """How a phrase that starts at `start` is meant."""
        before = self.text[:start]
        degree = 0.5 if v.SLIGHTLY.search(self.text) else 1.0
        if v.STRONGLY.search(self.text):
            degree = 1.6
        return Wish(
            text=self.text,
            refuses=self.refused or bool(v.REFUSES.search(before)),
            keeps=bool(v.KEEPS.search(self.text)),
            less=bool(v.LESS.search(before[-_NEAR:])),
            removes=self.removed or bool(v.REMOVES.search(self.text)),
            degree=degree,
        )


def read(text: str) -> Plan:
    """The plan of a request. Empty text is an empty plan."""
    draft = Draft()
    for clause in _clauses(text):
        _read_clause(draft, clause)
    _settle(draft)
    values = {f.name: getattr(draft, f.name) for f in fields(Plan)}
    for name in ("understood", "not_understood"):
        phrases = (_as_written(phrase, text) for phrase in values[name])
        values[name] = tuple(dict.fromkeys(phrases))[:_LONGEST_LIST]
    lost = values["not_understood"]
    values["understood"] = tuple(said for said in values["understood"] if said not in lost)
    return Plan(**values)


def _as_written(phrase: str, text: str) -> str:
    """The phrase in the spelling of the request."""
    spelt = text.lower()
    if "colour" in spelt:
        phrase = phrase.replace("color", "colour")
    return phrase.replace("gray", "grey") if "grey" in spelt else phrase


def _as_hex(match: re.Match[str]) -> str:
    return "#" + "".join(f"{min(int(code), 255):02x}" for code in match.groups())


def _clauses(text: str) -> list[_Clause]:
    clean = text.lower().replace("’", "'").replace("grey", "gray")
    clean = re.sub(r"\bblack\s*(?:and|&)\s*white\b", "monochrome", clean)
    clean = re.sub(r"\bcolour", "color", clean)
    clean = v.MISSPELT_GROUND.sub("background", clean)
    clean = re.sub(rf"\b({v.GROUND}) ?[:=] ?", r"\1 ", clean)
    clean = v.RGB.sub(_as_hex, clean)
    clauses: list[_Clause] = []
    for sentence in re.split(r"[.;:!?,\n()]|\b(?:then|but)\b", clean):
        refused = removed = False
        for piece in re.split(r"\b(?:and|also|plus)\b|&", sentence):
            goes_on = len(piece.split()) <= 3 and not v.STARTS_ANEW.search(piece)
            clause = _Clause(piece, refused and goes_on, removed and goes_on)
            refused = clause.refused or bool(v.REFUSES.search(piece))
            removed = clause.removed or bool(v.REMOVES.search(piece))
            clauses.append(clause)
    return clauses


def _read_clause(draft: Draft, clause: _Clause) -> None:
    rest = clause.text
    for pattern, apply in RULES:
        while match := pattern.search(rest):
            apply(draft, clause.wish(match.start()), match)
            draft.understood.append(" ".join(match.group(0).split()))
            # Blanked, not cut: places stay the same and neighbours do not become a new phrase.
            rest = rest[: match.start()] + "~" * len(match.group(0)) + rest[match.end() :]
    for word in re.findall(r"#?[^\W_][\w'-]*", rest):
        if len(word) > 1 and word not in v.SMALL_WORDS and not word.isdigit():
            draft.not_understood.append(word)


def _settle(draft: Draft) -> None:
    """Where wishes meet: a kept background is neither replaced nor cut away."""
    if draft.keep_background:
        draft.cut_out, draft.background, draft.surface = False, "", ""
        return
    if draft.background or draft.surface:
        draft.cut_out = True
    if draft.cut_out and not draft.background and not draft.surface:
        draft.background = "white"
