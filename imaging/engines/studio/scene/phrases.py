"""A prompt as clauses of words, and finding phrases in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Generic, Literal, NamedTuple, TypeVar

Role = Literal["head", "of", "with", "made", "in", "place", "purpose", "aside"]
"""What joins a clause to the one before it; "aside" follows a comma."""

Value = TypeVar("Value")


class Word(NamedTuple):
    """One word, lower case. `name` where it is capitalised inside a sentence."""

    text: str
    name: bool = False


class Clause(NamedTuple):
    role: Role
    words: tuple[Word, ...]


class Hit(NamedTuple, Generic[Value]):
    """A phrase found at words[start:end]."""

    start: int
    end: int
    phrase: str
    value: Value


_JOINERS: dict[str, Role] = {
    **dict.fromkeys(("on", "onto", "upon", "atop", "over", "against", "under", "beneath"), "place"),
    **dict.fromkeys(("beside", "near", "behind", "at", "by", "inside", "among", "amid"), "place"),
    **dict.fromkeys(("underneath", "between", "into", "around", "along", "within"), "place"),
    **dict.fromkeys(("with", "featuring", "including", "having", "plus", "wearing"), "with"),
    **dict.fromkeys(("holding", "using", "showing", "presenting", "displaying"), "with"),
    **dict.fromkeys(("for", "to", "from", "as"), "purpose"),
    "in": "in",
    "of": "of",
    "made-of": "made",
}
_REWRITES = (
    (re.compile(r"\b(?:placed |set |standing |sitting |resting )?on top of\b", re.I), "on"),
    (re.compile(r"\bin front of\b", re.I), "against"),
    (re.compile(r"\b(?:next|close) to\b", re.I), "beside"),
    (re.compile(r"\bsurrounded by\b", re.I), "beside"),
    (re.compile(r"\b(?:lit|illuminated) (?:by|with)\b", re.I), "with"),
    (re.compile(r"\b(?:made|crafted|built|carved) (?:out of|of|from|in)\b", re.I), "made-of"),
    (re.compile(r"\bw/", re.I), "with "),
)
_QUOTED = re.compile(r"[\"“”„«]([^\"“”„«»]{1,80})[\"“”»]|(?<![\w])['‘]([^'‘’]{1,40})['’](?![\w])")
_PIECE = re.compile(
    r"[^\W_][\w'’/.&-]*[\w]|[^\W_]|#[0-9a-f]{6}\b|#[0-9a-f]{3}\b|&|[,.;:!?()|\n—–]", re.I
)
_HEX = re.compile(r"#(?:[0-9a-f]{6}|[0-9a-f]{3})\b", re.I)


def quoted(prompt: str) -> tuple[str, str]:
    """(label text, prompt without it): the first text in quotation marks, one line, trimmed."""
    found = _QUOTED.search(prompt)
    if not found:
        return "", prompt
    text = found.group(1) or found.group(2)
    printable = "".join(c for c in text if c.isprintable())
    return " ".join(printable.split()), _QUOTED.sub(" ", prompt)


def clauses(text: str) -> list[Clause]:
    """The text cut at punctuation and joining words; the first clause is the head."""
    found: list[Clause] = []
    role: Role = "head"
    words: list[Word] = []
    for piece, starts_sentence in _tokens(text):
        joiner = _JOINERS.get(piece.lower())
        if joiner or not (piece[0].isalnum() or piece[0] in "#&"):
            if words:
                found.append(Clause(role, tuple(words)))
                words = []
                role = "aside"
            if joiner:
                role = joiner
            continue
        name = piece[0].isupper() and not starts_sentence and not piece.isupper()
        words.append(Word(piece.lower().replace("’", "'"), name))
    if words:
        found.append(Clause(role, tuple(words)))
    return found


def _tokens(text: str) -> Iterable[tuple[str, bool]]:
    """Words and punctuation marks, each with whether it begins a sentence."""
    for pattern, plain in _REWRITES:
        text = pattern.sub(plain, text)
    begins = True
    for match in _PIECE.finditer(text):
        piece = match.group(0)
        yield piece, begins
        begins = piece in ".!?\n:"


def is_colour_code(word: str) -> bool:
    return bool(_HEX.fullmatch(word))


def singular(word: str) -> str:
    """A plain guess at the singular."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is", "'s")):
        return word[:-1]
    return word


def find(words: Sequence[Word], table: Mapping[str, Value], longest: int = 4) -> list[Hit[Value]]:
    """Phrases of the table in the words, left to right, the longest first, none overlapping.

    The last word of a phrase may be in the plural.
    """
    hits: list[Hit[Value]] = []
    at = 0
    while at < len(words):
        for count in range(min(longest, len(words) - at), 0, -1):
            phrase = spelled(words[at : at + count], table)
            if phrase is not None:
                hits.append(Hit(at, at + count, phrase, table[phrase]))
                at += count
                break
        else:
            at += 1
    return hits


def spelled(words: Sequence[Word], table: Mapping[str, Value]) -> str | None:
    """The table's key for these words, or None. The last of them may be in the plural."""
    texts = [w.text for w in words]
    whole = " ".join(texts)
    last = singular(texts[-1])
    candidates = [whole, " ".join([*texts[:-1], last])]
    if "-" in whole:
        candidates += [c.replace("-", " ") for c in candidates]
    return next((c for c in candidates if c in table), None)
