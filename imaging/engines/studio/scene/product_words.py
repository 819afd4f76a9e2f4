"""Which product a prompt names, and what it says about that product."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple, cast

from . import archetypes, colours, vocabulary
from .leftovers import BRANDS, FLUFF, STOP_WORDS, UNSUPPORTED, word_set
from .look import ARCHETYPES, Finish, Metal
from .phrases import Clause, Hit, Word, find, is_colour_code, singular, spelled

# "Soft lighting" is never a lamp.
_NOT_PRODUCTS = frozenset({"light", "lighting"})
# Products that are also everyday words of briefs: they count only if nothing better is named.
_WEAK = word_set("""
        skincare cosmetic makeup furniture tableware ceramics print cream scent gel sheet throw
        powder frame mobile beverage artwork plaid timer canvas highlighter foundation compact
        blush plant table coffee-table dish shell
    """)
_MEASURES = word_set("""
        pair set photo photograph image picture shot close-up closeup view render rendering
        collection stack pile piece couple bunch lot kind type packshot photography visual
        mockup portrait
    """)
_NUMBERS = word_set("two three four five six seven eight nine ten several many multiple")
# What these hold says which of them is meant.
_CONTAINERS = word_set("bottle can jar tube flacon")
_PARTS = word_set("""
        lid cap top handle strap chain buckle zip zipper hardware sole lace collar sleeve pocket
        trim stem leg stand base case pump ring band screen dial bezel button knob rim spout lining
    """)
# No archetype draws these; without their names a wine glass would be a bottle of wine.
_UNDRAWN = (
    *("wine glass", "champagne glass", "beer glass", "whisky glass", "gin glass"),
    *("champagne flute", "wine cooler", "wine rack", "beer mug"),
)
_LONGEST_NAME = 4
_ARTICLES = word_set("a an the my our your this one")


class Named(NamedTuple):
    """The product's name in words[start:end] of clause `clause`; `archetype` "" if unknown."""

    archetype: str
    word: str
    clause: int
    start: int
    end: int


@dataclass
class Attributes:
    """What is said about the product, and the words that said it."""

    colours: list[str] = field(default_factory=list)  # hex
    part_colours: list[str] = field(default_factory=list)
    metal: Metal | None = None
    material: str | None = None
    finish: Finish | None = None
    understood: list[str] = field(default_factory=list)


@cache
def product_table() -> dict[str, str]:
    """Every phrase that names a product -> its archetype, makers' nicknames included."""
    assert archetypes  # importing the package registers them
    table = {word: made.name for made in ARCHETYPES.values() for word in made.words}
    table = {word: name for word, name in table.items() if word not in _NOT_PRODUCTS}
    table |= dict.fromkeys(_UNDRAWN, "")
    for brand, plain in BRANDS.items():
        if plain in table:
            table.setdefault(brand, table[plain])
    return table


@cache
def _describing_words() -> frozenset[str]:
    """Single words that describe rather than name."""
    phrases = [
        *colours.words(),
        *vocabulary.METALS,
        *vocabulary.STRUCTURAL_METALS,
        *vocabulary.MATERIALS,
        *vocabulary.FINISHES,
        *vocabulary.SURFACES,
        *vocabulary.LIGHTS,
        *vocabulary.MOODS,
        *vocabulary.CAMERAS,
    ]
    single = {word for phrase in phrases for word in phrase.split()}
    return frozenset(single | FLUFF | STOP_WORDS | vocabulary.SET_NOUNS)


def is_name_of_thing(word: Word) -> bool:
    """Whether an unknown word may be a noun for something the engine should have drawn."""
    text = word.text
    if word.name or is_colour_code(text) or not text[0].isalpha() or text in _NUMBERS:
        return False
    if text in BRANDS or singular(text) in BRANDS or text.endswith("'s"):
        return False
    if text in _describing_words() or singular(text) in _describing_words():
        return False
    return not (len(text) > 5 and text.endswith(("ed", "ly", "ing", "ful", "ish", "less")))


def name_product(parts: Sequence[Clause]) -> Named | None:
    """The product the prompt is about; None if it names nothing at all."""
    second_best: Named | None = None
    for index, clause in enumerate(parts):
        if clause.role in ("place", "purpose", "made", "in"):
            continue
        if clause.role == "with" and not _names_no_thing(parts[:index]):
            continue
        named = _of_clause(parts, index)
        if named is None:
            continue
        if named.archetype and named.word not in _WEAK:
            return named
        second_best = second_best or named
        alone = clause.role == "head" and len(parts) == 1
        if not named.archetype and (alone or _led_by_article(clause)):
            return second_best
    return second_best


def _names_no_thing(before: Sequence[Clause]) -> bool:
    """Whether the clauses so far only spoke of people or feelings ("a woman holding ...")."""
    words = [w for clause in before for w in clause.words]
    return not any(is_name_of_thing(w) and subject_kind(w) is None for w in words)


def _led_by_article(clause: Clause) -> bool:
    return clause.words[0].text in _ARTICLES


def _of_clause(parts: Sequence[Clause], index: int) -> Named | None:
    """The product that is the head of this clause's first noun phrase."""
    clause = parts[index]
    words = clause.words
    following = parts[index + 1] if index + 1 < len(parts) else None
    if following is not None and following.role == "of":
        joined = _container_of(words, following.words, index)
        if joined:
            return joined
        if singular(words[-1].text) in _MEASURES:
            return None  # "a photo of ...": the next clause names it
    if clause.role == "of" and index and not _is_measure(parts[index - 1]):
        return None  # "box of matches" is a box: already named
    head = _head(words)
    if head is not None:
        tail = _unknown_run(words, head.end)
        if tail:
            whole = " ".join(w.text for w in words[head.start : tail])
            return Named("", whole, index, head.start, tail)
        return Named(head.value, head.phrase, index, head.start, head.end)
    return _unknown_head(words, index)


def _is_measure(clause: Clause) -> bool:
    return singular(clause.words[-1].text) in _MEASURES


def _container_of(words: Sequence[Word], held: Sequence[Word], index: int) -> Named | None:
    """ "cup of coffee" is a coffee cup, "jar of honey" a honey jar."""
    table = product_table()
    last = singular(words[-1].text)
    content = [w.text for w in held if w.text not in STOP_WORDS][:2]
    for count in (2, 1):
        for phrase in (
            f"{last} of {' '.join(content[:count])}",
            f"{' '.join(content[:count])} {last}",
        ):
            if len(content) >= count and phrase in table:
                return Named(table[phrase], phrase, index, len(words) - 1, len(words))
        if len(content) > 1 and (phrase := f"{content[-1]} {last}") in table:
            return Named(table[phrase], phrase, index, len(words) - 1, len(words))  # "jam jar"
        inside = " ".join(content[:count])
        if last in _CONTAINERS and len(content) >= count and inside in table:
            return Named(table[inside], f"{last} of {inside}", index, len(words) - 1, len(words))
    return None


def _head(words: Sequence[Word]) -> Hit[str] | None:
    """The product that the first noun phrase is about: what ends last, by its longest name.

    "Red wine bottle" is a wine bottle, though "red wine" is a product too; a "serum bottle" is
    what serum comes in.
    """
    table = product_table()
    hits: list[Hit[str]] = []
    for start in range(len(words)):
        for end in range(start + 1, min(start + _LONGEST_NAME, len(words)) + 1):
            phrase = spelled(words[start:end], table)
            if phrase is not None:
                hits.append(Hit(start, end, phrase, table[phrase]))
    for at, word in enumerate(words):
        first = [hit for hit in hits if hit.end <= at]
        within = any(hit.start <= at < hit.end for hit in hits)
        if word.text in ("and", "&", "or", "plus") and first and not within:
            hits = first  # another product begins
            break
    head = max(hits, key=_last_and_longest, default=None)
    if head is None or head.phrase not in _CONTAINERS:
        return head
    before = (hit for hit in hits if hit.end == head.start and hit.value)
    inside = max(before, key=_last_and_longest, default=None)
    if inside is None:
        return head
    return Hit(inside.start, head.end, f"{inside.phrase} {head.phrase}", inside.value)


def _last_and_longest(hit: Hit[str]) -> tuple[int, int]:
    return hit.end, hit.end - hit.start


def _unknown_run(words: Sequence[Word], start: int) -> int:
    """Where a run of unknown nouns that begins right at `start` ends; 0 if there is none.

    "watch strap" is a strap, not a watch.
    """
    end = start
    while end < len(words) and end < start + 2 and is_name_of_thing(words[end]):
        if subject_kind(words[end]):
            break
        end += 1
    return end if end > start else 0


def _unknown_head(words: Sequence[Word], index: int) -> Named | None:
    """The last unknown noun of the first noun phrase, with the unknown noun before it."""
    positions = [i for i, w in enumerate(words) if is_name_of_thing(w)]
    if not positions:
        return None
    first_and = next((i for i, w in enumerate(words) if w.text in ("and", "&")), len(words))
    before_and = [i for i in positions if i < first_and] or positions
    last = before_and[-1]
    if subject_kind(words[last]) == "people":
        return None
    start = last - 1 if last - 1 in before_and else last
    return Named("", " ".join(w.text for w in words[start : last + 1]), index, start, last + 1)


def subject_kind(word: Word) -> str | None:
    """What the word shows that the engine cannot ("people", "animals", ...), or None."""
    return UNSUPPORTED.get(word.text) or UNSUPPORTED.get(singular(word.text))


def describe(words: Sequence[Word], into: Attributes, *, of_a_part: bool = False) -> None:
    """Add the colours, metals, materials and finishes in the words.

    `of_a_part`: they describe a part ("with a red lid"), so a colour is the second one and a
    material does not count.
    """
    for hit in find(words, _attribute_table()):
        kind, value = hit.value
        if of_a_part and kind in ("material", "finish"):
            continue
        into.understood.append(hit.phrase)
        if kind == "colour":
            (into.part_colours if of_a_part else into.colours).append(value)
        elif kind == "metal":
            into.metal = into.metal or cast(Metal, value)
        elif kind == "material":
            into.material = into.material or value
        else:
            into.finish = into.finish or cast(Finish, value)
    for word in words:
        if is_colour_code(word.text):
            (into.part_colours if of_a_part else into.colours).append(word.text)
            into.understood.append(word.text)


@cache
def _attribute_table() -> dict[str, tuple[str, str]]:
    table: dict[str, tuple[str, str]] = {}
    table |= {phrase: ("material", value) for phrase, value in vocabulary.MATERIALS.items()}
    for phrase, metal in vocabulary.STRUCTURAL_METALS.items():
        table[phrase] = ("material", "aluminium" if metal == "alu" else phrase)
    table |= {phrase: ("finish", value) for phrase, value in vocabulary.FINISHES.items()}
    table |= {word: ("colour", colours.named(word) or "") for word in colours.words()}
    table |= {phrase: ("metal", value) for phrase, value in vocabulary.METALS.items()}
    return table


def ends_in_colour(words: Sequence[Word]) -> bool:
    """Whether a clause is a shade with a name of its own ("in heather grey")."""
    names = [hit for hit in find(words, _attribute_table()) if hit.value[0] == "colour"]
    return bool(names) and names[-1].end == len(words)


def is_part_description(words: Sequence[Word]) -> bool:
    """Whether a clause describes a part of the product ("rose gold lid")."""
    return singular(words[-1].text) in _PARTS and is_only_description(words[:-1])


def is_only_description(words: Sequence[Word]) -> bool:
    """Whether a clause holds nothing but attributes ("in sage green", "matte black")."""
    covered = {i for hit in find(words, _attribute_table()) for i in range(hit.start, hit.end)}
    rest = [w for i, w in enumerate(words) if i not in covered and not is_colour_code(w.text)]
    return bool(len(rest) < len(words)) and all(
        w.text in STOP_WORDS or w.text in ("color", "colour", "tone", "finish", "shade", "material")
        for w in rest
    )
