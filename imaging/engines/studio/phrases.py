"""What each phrase of a request does to the plan: the rules of the request grammar."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from imaging.engines.studio import vocabulary as v
from imaging.engines.studio.looks import ShadowKind


@dataclass(kw_only=True)
class Draft:
    """A plan in the making; see `wording.Plan` for what the fields mean."""

    cut_out: bool = False
    keep_background: bool = False
    background: str = ""
    surface: str = ""
    shadow: ShadowKind | None = None
    keep_colours: bool = False
    keep_light: bool = False
    neutral: bool = False
    stops: float = 0.0
    contrast: float = 0.0
    vividness: float = 0.0
    warmth: float = 0.0
    sharpness: float | None = None
    remove_noise: bool | None = None
    tight: bool = False
    may_crop: bool = True
    understood: list[str] = field(default_factory=list)
    not_understood: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Wish:
    """How a phrase is meant where it stands: refused ("no", "don't"), kept as it is, lessened,
    removed, and how strongly. `text` is its whole clause."""

    text: str
    refuses: bool
    keeps: bool
    less: bool
    removes: bool
    degree: float


Apply = Callable[[Draft, Wish, re.Match[str]], None]


def _background(draft: Draft, wish: Wish, match: re.Match[str]) -> None:
    """A bare "background": removed, replaced or kept, as the rest of its clause says."""
    del match
    if wish.keeps or wish.refuses:
        draft.keep_background = True
    elif not v.BLURS.search(wish.text):
        draft.cut_out = True


def _transparent(draft: Draft, wish: Wish, match: re.Match[str]) -> None:
    if match.group(0).startswith("no ") or not wish.refuses:
        draft.background = "transparent"


def _coloured(draft: Draft, wish: Wish, match: re.Match[str]) -> None:
    """ "white background", "background in navy", "#ffeeaa", "clean pink surface"."""
    if wish.keeps:
        draft.keep_background = True
    elif not wish.refuses:
        colour = re.sub(r"\s+", " ", next(group for group in match.groups() if group))
        # The first one counts, but a code is more exact than the name it explains.
        explains = colour.startswith("#") and not draft.background.startswith("#")
        if not draft.background or explains:
            draft.background = colour


def _not_coloured(draft: Draft, wish: Wish, match: re.Match[str]) -> None:
    """ "The background should not be white" names no colour that it should be."""
    del wish
    draft.not_understood.append(match.group(0))


def _shade(draft: Draft, wish: Wish, match: re.Match[str]) -> None:
    """A dark or light background, or one that is to become so: the product stays as it is."""
    if wish.keeps:
        draft.keep_background = True
    elif not wish.refuses:
        draft.background = draft.background or v.SHADES[match.group(1) or match.group(2)]


def _gradient(draft: Draft, wish: Wish, match: re.Match[str]) -> None:
    if not wish.refuses:
        colours = [group.strip() for group in match.groups() if group]
        colours += ["light gray", "white"][len(colours) :]
        draft.background = f"gradient:{','.join(colours)}"


def _surface(draft: Draft, wish: Wish, match: re.Match[str]) -> None:
    if not wish.refuses and not wish.keeps:
        words = " ".join(match.group("words").split())
        draft.surface = f"{draft.surface} {words}".strip()


def _packshot(draft: Draft, wish: Wish, match: re.Match[str]) -> None:
    del match
    if not wish.refuses:
        draft.cut_out = True


def _shadow(draft: Draft, wish: Wish, match: re.Match[str]) -> None:
    if wish.refuses or wish.removes or "shadowless" in match.group(0):
        draft.shadow = "none"
        return
    if wish.less:
        draft.shadow = "soft"
        return
    manner = (match.group(1) or "").strip()
    kinds: dict[str, ShadowKind] = {
        "hard": "hard", "harsh": "hard", "sharp": "hard", "crisp": "hard", "strong": "hard",
        "stronger": "hard", "darker": "hard", "dramatic": "hard", "contact": "contact",
        "drop": "drop", "floating": "floating",
    }  # fmt: skip
    draft.shadow = kinds.get(manner, "soft")


def _reflection(draft: Draft, wish: Wish, match: re.Match[str]) -> None:
    if wish.removes:
        draft.not_understood.append(match.group(0))  # glare cannot be taken out of a photo
    elif wish.refuses:
        draft.shadow = "soft" if draft.shadow == "reflection" else draft.shadow
    else:
        draft.shadow = "reflection"


def _float(draft: Draft, wish: Wish, match: re.Match[str]) -> None:
    del match
    if not wish.refuses:
        draft.shadow = "floating"


def _vivid(draft: Draft, wish: Wish, match: re.Match[str]) -> None:
    del match
    if wish.refuses or wish.keeps:
        draft.keep_colours = True
    else:
        draft.vividness += (-0.3 if wish.less else 0.4) * wish.degree


def _muted(draft: Draft, wish: Wish, match: re.Match[str]) -> None:
    del match
    if not wish.refuses:
        draft.vividness -= 0.3 * wish.degree


def _monochrome(draft: Draft, wish: Wish, match: re.Match[str]) -> None:
    del match
    if not wish.refuses:
        draft.vividness = -1.0


def _keep_colours(draft: Draft, wish: Wish, match: re.Match[str]) -> None:
    if wish.refuses or wish.keeps:
        draft.keep_colours = True
    elif v.CHANGES.search(wish.text):
        draft.not_understood.append(match.group(0))  # a product is not dyed


def _neutral(draft: Draft, wish: Wish, match: re.Match[str]) -> None:
    del match
    if wish.refuses:
        draft.keep_colours = True
    else:
        draft.neutral = True


def _whiter(draft: Draft, wish: Wish, match: re.Match[str]) -> None:
    """A whiter background is another background; the product's colours stay."""
    if not re.search(v.GROUND, wish.text):
        _neutral(draft, wish, match)


def _bright(draft: Draft, wish: Wish, match: re.Match[str]) -> None:
    del match
    if wish.refuses:
        draft.keep_light = True
    elif not wish.keeps:
        draft.stops += (-0.4 if wish.less else 0.45) * wish.degree


def _dark(draft: Draft, wish: Wish, match: re.Match[str]) -> None:
    del match
    if not wish.refuses and not wish.keeps:
        # "less dark" and "remove the dark areas" ask for light.
        draft.stops += (0.4 if wish.less or wish.removes else -0.45) * wish.degree


def _keep_light(draft: Draft, wish: Wish, match: re.Match[str]) -> None:
    del match
    if wish.refuses or wish.keeps:
        draft.keep_light = True


def _warm(draft: Draft, wish: Wish, match: re.Match[str]) -> None:
    del match
    if not wish.refuses:
        draft.warmth += (-0.1 if wish.less else 0.1) * wish.degree


def _cool(draft: Draft, wish: Wish, match: re.Match[str]) -> None:
    del match
    if not wish.refuses:
        draft.warmth -= (-0.1 if wish.less else 0.1) * wish.degree


def _contrast(draft: Draft, wish: Wish, match: re.Match[str]) -> None:
    del match
    if not wish.refuses and not wish.keeps:
        draft.contrast += (-0.2 if wish.less else 0.25) * wish.degree


def _sharp(draft: Draft, wish: Wish, match: re.Match[str]) -> None:
    if match.group(0).startswith("blurr") and re.search(v.GROUND, wish.text):
        draft.not_understood.append(match.group(0))  # "make the background blurry"
        return
    draft.sharpness = 0.0 if wish.refuses or wish.less else min(1.0, 0.7 * wish.degree)


def _noise(draft: Draft, wish: Wish, match: re.Match[str]) -> None:
    keeps_grain = wish.keeps or (wish.refuses and match.group(0).startswith("denois"))
    draft.remove_noise = not keeps_grain


def _crop(draft: Draft, wish: Wish, match: re.Match[str]) -> None:
    if match.group(0).endswith("out"):
        draft.not_understood.append(match.group(0))  # nothing lies beyond a photo's edge
    elif wish.refuses:
        draft.may_crop = False
    else:
        draft.tight = True


def _nothing(draft: Draft, wish: Wish, match: re.Match[str]) -> None:
    """Understood, and done anyway (quality, resolution, "enhance")."""
    del draft, wish, match


_COLOUR = v.COLOUR
RULES: tuple[tuple[re.Pattern[str], Apply], ...] = tuple(
    (re.compile(pattern), apply)
    for pattern, apply in (
        (rf"\b({_COLOUR}) (?:to|into) ({_COLOUR}) gradient(?: {v.GROUND})?\b", _gradient),
        (rf"\bgradient(?: {v.GROUND})?(?: (?:from|of|in|an?))*"
         rf" ({_COLOUR}) (?:to|into) ({_COLOUR})\b", _gradient),
        (rf"(?:({_COLOUR})[ -])?gradient(?: (?:background|backdrop))?", _gradient),
        (r"\btransparent(?: (?:background|png|backdrop))?|\balpha channel|\bno backgrounds?\b",
         _transparent),
        (v.SURFACE, _surface),
        (rf"\b{v.GROUND}\b(?: \w+){{0,2}} (?:not|isn't)(?: be)?(?: {v.PLAIN})* (?:{_COLOUR})\b",
         _not_coloured),
        (rf"\b(?:{_COLOUR}) (?:{v.PLAIN} )*{v.GROUND}(?: (?:to|into|with|by|an?|{v.PLAIN}))*"
         rf" ({_COLOUR})(?: one| {v.GROUND})?(?= *$)"
         rf"|\b{v.GROUND}(?: color)? from (?:an? )?(?:{v.PLAIN} )*(?:{_COLOUR}) (?:in)?to (?:an? )?"
         rf"(?:{v.PLAIN} )*({_COLOUR})\b"
         rf"|\b({_COLOUR}) (?:{v.GROUND} )?instead of (?:the |an? )?(?:{v.PLAIN} )*(?:{_COLOUR})\b"
         rf"(?: {v.GROUND})?", _coloured),
        (rf"(?:{v.PLAIN} )*\b({_COLOUR}) (?:{v.PLAIN} )*{v.GROUND}\b"
         rf"|{v.GROUND}\b(?: (?:color|to|in|of|with|is|be|as|an?|{v.PLAIN}))*[ ]+({_COLOUR})\b"
         rf"|(?<![\w])(?:(?:{v.PLAIN} )*(?:{_COLOUR}) )?(#[0-9a-f]{{6}}|#[0-9a-f]{{3}})\b",
         _coloured),
        (rf"(?:on|onto|against) (?:an? )?(?:{v.PLAIN} )*({_COLOUR})"
         r"(?=$| (?:with|without|for|in)\b)", _coloured),
        (rf"\b(dark|light)(?:er)? (?:{v.PLAIN} )*{v.GROUND}\b"
         rf"|\b{v.GROUND}\b(?: (?:to|is|be|a|bit|much|slightly|little))* (dark|light)(?:er)?\b",
         _shade),
        (rf"(?:{v.PLAIN} )*\b(?:{v.GROUND})\b|\bcut ?-?outs?\b|\bisolate[ds]?\b", _background),
        (v.PACKSHOT, _packshot),
        (r"(?:\b(?:very|more|subtle|natural|realistic|gentle|light|lighter|weaker|studio|long"
         r"|nice) )*(?:(softer|soft|hard|harsh|sharp|crisp|stronger|strong|darker|dramatic|contact"
         r"|drop|floating) )?"
         r"(?:(?:subtle|natural|realistic|gentle) )*\bshadow(?:s|ing)?\b|\bshadowless\b", _shadow),
        (r"\breflect(?:ions?|ive|ing|s)?(?: (?:surface|floor|table))?\b"
         r"|\bmirror(?:ed)?(?: (?:effect|surface|floor))?\b"
         r"|\bgloss(?:y)? (?:surface|floor|table)\b|\bglare\b", _reflection),
        (r"\b(?:levitat|hover|float)\w*\b", _float),
        (r"\bmonochrome\b|\bgra[ye]scale\b", _monochrome),
        (r"\bmuted\b|\bdesaturat\w*|\bsubdued\b|\btone[sd]? down\b|\bwashed[- ]out look\b", _muted),
        (r"\b(?:colou?rs? )?(?:vibran\w*|vivid\w*|saturat\w*|colorful\w*|punch\w*)(?: colors?)?\b"
         r"|\bcolors? (?:to )?pop\b|\bpop\b|\b(?:rich|bold|strong)(?:er)? colors?\b", _vivid),
        (r"\bwhite[- ]balance\b|\bcolor[- ]?cast\b|\bcolor[- ]correct\w*|\bneutral colors?\b"
         r"|\b(?:true|accurate|correct|natural) colors?\b|\byellow(?:ish)? (?:tint|cast|tone)\b"
         r"|\b(?:yellow|blue|green)(?:ish)? tint\b", _neutral),
        (r"\bwhit(?:er|en\w*)\b(?: whites?\b)?", _whiter),
        (r"\bcolors?\b(?: true to \w+)?|\btrue[- ]to[- ]\w+", _keep_colours),
        (r"\b(?:well|evenly|better)[- ]lit\b|\bbright(?:er|en\w*|ness)?\b|\blight(?:en\w*|er)\b"
         r"|\bunderexpos\w+\b", _bright),
        (r"\bdark(?:er|en\w*)?\b|\bdim(?:mer)?\b|\bmood(?:y|ier)\b|\boverexpos\w+\b", _dark),
        (r"\b(?:studio |soft |natural |even )*(?:light(?:ing)?|exposure|illumination)\b",
         _keep_light),
        (r"\bwarm(?:er|th)?\b(?: (?:tones?|look|feel))?", _warm),
        (r"\b(?:cool|cold)(?:er)?\b(?: (?:tones?|look|feel))?", _cool),
        (r"\bcontrast(?:y|ed)?\b", _contrast),
        (r"\bsharp(?:er|en\w*|ness)?(?: (?:details?|edges|focus))?\b|\bcrisp(?:er)?\b"
         r"|\bclear(?:er)?\b|\b(?:more |fine |finer )?details?\b|\bblurr(?:y|iness)\b", _sharp),
        (r"\bde-?nois\w*\b|\bnois[ey](?: reduction)?\b|\bgrain(?:y|iness)?\b", _noise),
        (r"\b(?:tight(?:er)? )?crop\w*(?: (?:it|in|a bit|tight(?:ly|er)?|close(?:r|ly)?))*\b"
         r"|\bfill(?:s|ing)? the frame\b|\bclose[- ]?up\b"
         r"|\bzoom\w*(?: in| out)?\b", _crop),
        (v.ALWAYS, _nothing),
    )
)  # fmt: skip
