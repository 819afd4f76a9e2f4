"""A prompt becomes a scene: a small grammar, no model; it says what it did not understand.

The head of the first noun phrase names the product ("a leather watch box on an oak table" is a
box). What stands before it, or follows "in" or "made of", describes the product; what follows
"on", "against" and the like describes the set; light may be named anywhere. A product that no
archetype draws becomes a labelled stand-in.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from . import vocabulary
from .leftovers import BRANDS, FLUFF, STOP_WORDS, word_set
from .look import ARCHETYPES, Look
from .phrases import Clause, Word, clauses, find, is_colour_code, quoted, singular
from .product_words import (
    Attributes,
    Named,
    describe,
    ends_in_colour,
    is_only_description,
    is_part_description,
    name_product,
    product_table,
    subject_kind,
)
from .refusals import forbids_print, unheeded, without_refusals
from .set_words import SetWords, read_set
from .spec import SceneSpec, Setting

# Parts whose colour and material are the product's own.
_WHOLE_PARTS = word_set("strap band upholstery shade body cover finish case bracelet glaze")
# Decoration that is drawn all the same, because it belongs to the product.
_OWN_PARTS = {
    "gift_box": word_set("ribbon ribbons bow"),
    "planter": word_set("plant plants leaf leaves foliage"),
    "apple": word_set("leaf leaves"),
    "citrus_fruit": word_set("leaf leaves"),
}


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A prompt as the engine understands it.

    `understood` and `not_understood` are words of the prompt; `notes` are plain sentences about
    what cannot be shown. `stand_in` is true where no archetype draws the product.
    """

    spec: SceneSpec
    understood: tuple[str, ...]
    not_understood: tuple[str, ...]
    notes: tuple[str, ...]
    stand_in: bool


def read(prompt: str, seed: int | None = None) -> Reading:
    """Read a prompt. Without a seed, the prompt itself gives one: same prompt, same scene."""
    text, rest = quoted(prompt)
    rest, refused = without_refusals(rest)
    parts = clauses(rest)
    named = name_product(parts)
    about = _attributes(parts, named)
    where = read_set(parts, named.clause if named else -1, named.end if named else 0)
    number = zlib.crc32(prompt.encode()) if seed is None else seed
    spec = SceneSpec(
        archetype=named.archetype if named else "",
        look=_look(about, named, text, number, blank=forbids_print(refused)),
        setting=_setting(where, named, number),
    )
    known = [*([named.word] if named and named.archetype else []), *about.understood]
    known += [*where.understood, *([f'"{text}"'] if text else [])]
    unknown = [*_unknown_words(parts, named, known), *unheeded(refused)]
    notes = _notes(parts, named, unknown)
    return Reading(
        spec=spec,
        understood=_once(known),
        not_understood=tuple(unknown),
        notes=notes,
        stand_in=not spec.archetype,
    )


def _attributes(parts: Sequence[Clause], named: Named | None) -> Attributes:
    """What is said about the product, nearest words first."""
    about = Attributes()
    if named is None:
        return about
    own = parts[named.clause].words
    describe(own[: named.start], about)
    behind = own[named.end :]
    if is_only_description(behind):
        describe(behind, about)
    for index, clause in enumerate(parts):
        if index == named.clause:
            continue
        loose = clause.role in ("in", "aside")
        if clause.role == "in" and index > named.clause and ends_in_colour(clause.words):
            describe(clause.words, about)
            continue
        if clause.role == "made" or (loose and is_only_description(clause.words)):
            describe(clause.words, about)
        elif index > named.clause and (
            (clause.role == "with" and _about_product(clause))
            or (clause.role == "aside" and is_part_description(clause.words))
        ):
            whole = any(singular(w.text) in _WHOLE_PARTS for w in clause.words)
            describe(clause.words, about, of_a_part=not whole)
    return about


def _about_product(clause: Clause) -> bool:
    """Whether a "with" clause speaks of a part ("with gold hardware"), not of light or set."""
    texts = {singular(w.text) for w in clause.words}
    if texts & (vocabulary.SET_NOUNS - {"color", "colour", "tone", "base", "top"}):
        return False
    return not find(clause.words, vocabulary.LIGHTS) and not texts & {"light", "lighting", "shadow"}


def _look(about: Attributes, named: Named | None, text: str, seed: int, *, blank: bool) -> Look:
    shades = about.colours
    second = [*shades[1:], *about.part_colours]
    material, metal = about.material, about.metal
    if metal is None and not shades and material in vocabulary.STRUCTURAL_METALS:
        # A painted steel bottle is painted; only a bare one shows its metal.
        metal = vocabulary.STRUCTURAL_METALS[material]
    return Look(
        color=shades[0] if shades else None,
        color2=second[0] if second else None,
        metal=metal,
        material=material,
        finish=about.finish,
        text=text,
        blank=blank and not text,
        word=named.word[:24] if named else "product",
        seed=seed,
    )


def _setting(where: SetWords, named: Named | None, seed: int) -> Setting:
    made = ARCHETYPES.get(named.archetype) if named else None
    usual = Setting()
    elevation = where.elevation
    if elevation is None:
        elevation = made.elevation if made else None
    if elevation is None:
        elevation = 52.0 if made and made.flat else usual.elevation
    surface = None if where.podium and where.surface is None else where.surface
    return Setting(
        surface=surface,
        backdrop=where.backdrop,
        podium=where.podium,
        light=where.light or usual.light,
        elevation=elevation,
        fill=where.fill or usual.fill,
        seed=seed,
    )


def _unknown_words(parts: Sequence[Clause], named: Named | None, known: Iterable[str]) -> list[str]:
    """Words that changed nothing and are not mere wording, in order, once each."""
    heard = {piece for phrase in known for piece in (phrase, *phrase.split())}
    own = _OWN_PARTS.get(named.archetype, frozenset()) if named else frozenset()
    unknown: list[str] = []
    for index, clause in enumerate(parts):
        for place, word in enumerate(clause.words):
            product = named and index == named.clause and named.start <= place < named.end
            if product and named and named.archetype:
                continue
            plain = {word.text, singular(word.text)}
            if plain & (heard | own | FLUFF | STOP_WORDS | vocabulary.SET_NOUNS):
                continue
            purpose = clause.role == "purpose" and not product
            if purpose or is_colour_code(word.text) or not word.text[0].isalpha():
                continue
            unknown.append(word.text)
    return list(dict.fromkeys(unknown))


def _notes(parts: Sequence[Clause], named: Named | None, unknown: list[str]) -> tuple[str, ...]:
    notes: list[str] = []
    if named is None:
        notes.append("The request names no product, so a neutral stand-in is shown.")
    elif not named.archetype:
        notes.append(
            f"The studio engine does not know how to draw '{named.word}', "
            "so a neutral stand-in is shown."
        )
    notes += _cannot_show(parts, unknown)
    notes += _brands(parts)
    others = _other_products(parts, named)
    if others:
        notes.append(f"Only one product is shown; left out: {', '.join(others)}.")
    return tuple(notes)


def _cannot_show(parts: Sequence[Clause], unknown: list[str]) -> list[str]:
    """One sentence for each kind of thing that the engine has no way to show."""
    by_kind: dict[str, list[str]] = {}
    for clause in parts:
        previous = ""
        for word in clause.words:
            kind = subject_kind(word)
            wanted = word.text in unknown and clause.role != "purpose"
            if kind and wanted and previous not in ("no", "without"):
                by_kind.setdefault(kind, []).append(word.text)
            previous = word.text
    return [
        f"The studio engine cannot show {kind}; left out: {', '.join(dict.fromkeys(words))}."
        for kind, words in by_kind.items()
    ]


def _brands(parts: Sequence[Clause]) -> list[str]:
    words: list[Word] = [w for clause in parts for w in clause.words]
    marks = [hit.phrase for hit in find(words, BRANDS)]
    if not marks:
        return []
    return [
        f"Brand names and their marks are not drawn; left out: {', '.join(dict.fromkeys(marks))}."
    ]


def _other_products(parts: Sequence[Clause], named: Named | None) -> list[str]:
    """Further products that were asked for beside the first one."""
    if named is None or not named.archetype:
        return []
    own = parts[named.clause].words[named.end :]
    joined = next((i for i, w in enumerate(own) if w.text in ("and", "&")), len(own))
    others = [hit.phrase for hit in find(own[joined:], product_table())]
    for clause in parts:
        if clause.role == "place" and clause.words[0].text in ("a", "an", "two", "some"):
            hits = find(clause.words, product_table())
            plain = [hit for hit in hits if hit.phrase not in vocabulary.PLACES]
            others += [hit.phrase for hit in plain if hit.end == len(clause.words)]
    return list(dict.fromkeys(others))


def _once(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))
