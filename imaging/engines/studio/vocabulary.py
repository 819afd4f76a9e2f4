"""Word lists of the request grammar (`wording`). Lower case, "gray" and "color" spelt so."""

from __future__ import annotations

import re

from imaging.engines.studio.looks import COLOURS

_NAMES = sorted({name.replace(" ", "[ -]?") for name in COLOURS}, key=len, reverse=True)
COLOUR = r"(?:#[0-9a-f]{6}|#[0-9a-f]{3}|" + "|".join(_NAMES) + ")"
"""A colour, by name or code. Longer names first: "light gray" before "gray"."""

PLAIN = r"(?:clean|plain|pure|solid|simple|crisp|seamless|bright|uniform|flat|neutral|studio|new)"
MISSPELT_GROUND = re.compile(
    r"\bback(?:round|groud|gound|gorund|grond|grund|groung| ground)\b|\bba[kc]ground\b"
)
RGB = re.compile(r"\brgb ?\( ?(\d{1,3}) ?, ?(\d{1,3}) ?, ?(\d{1,3}) ?\)")
GROUND = r"(?:background|backdrop|surface|backgrounds|bg|sweep|wall|cyclorama)"

_MATERIAL = (
    r"marble|oak|walnut|wood(?:en|grain)?|concrete|cement|slate|stone|linen|terrazzo|plaster"
    r"|acrylic|plexiglass|fabric|cloth"
)
_PIECE = r"table(?:top)?|surface|slab|floor|podium|pedestal|plinth|counter(?:top)?|board|shelf|desk"
SURFACE = (
    r"(?:(?:on|onto|upon|over) )?(?:(?:top of )?(?:an? |the )?)"
    rf"(?P<words>(?:(?:white|black|dark|light|gray|beige|rustic|polished|rough|natural|warm|round"
    rf"|pink|green) )*(?:\b(?:{_MATERIAL})\b(?: wood)?(?: (?:{_PIECE})\b)?"
    r"|\b(?:podium|pedestal|plinth)\b)"
    r"(?: (?:in|with|under) (?:soft |warm |bright |morning |evening |golden )*"
    r"(?:window light|sunlight|sun light|sunset light|daylight))?)"
)
"""A set that is rendered: a material, a piece of furniture of it, the light it stands in."""

PACKSHOT = (
    r"\bpack ?-?shots?\b"
    r"|\b(?:e-?commerce|marketplace|catalog(?:ue)?|online (?:shop|store)|amazon|ebay|etsy|shopify)"
    r"(?: (?:store|shop|product|ready))*(?: (?:listings?|photos?|images?|pictures?|shots?))*\b"
    r"|\bproduct (?:listings?|pages?)(?: (?:photos?|images?|pictures?))?\b|\blistings?(?: image)?\b"
    r"|\bstudio (?:product )?(?:shots?|photos?|images?|pictures?|photograph\w*)\b"
)

ALWAYS = (
    r"\b(?:professional|high|better|best|good|overall|image|picture|photo)?[ -]?quality\b"
    r"|\b(?:auto(?:matically)?[- ]?)?enhanc\w*\b|\bimprov\w*\b|\bup-?(?:scal|siz)\w*\b"
    r"|\b(?:high(?:er)?[ -])?resolution\b|\b(?:[124]k|hd|uhd|hi-?res)\b|\benlarg\w*\b"
    r"|\bretouch\w*\b|\bprofessional(?:ly)?\b|\bfix\b|\bcorrect\b|\bcent(?:er|re)\w*\b"
)
"""What is always done."""

REFUSES = re.compile(
    r"\b(?:no|not|without|don'?t|do not|never|avoid|cannot|can't|mustn't|nor)\b"
    r"|\bun(?:changed|touched)\b"
)
KEEPS = re.compile(
    r"\b(?:keep\w*|preserv\w*|maintain\w*|retain\w*|leav\w+|original|same|as (?:it )?(?:is|are)"
    r"|unchanged|untouched|stays?|true to)\b"
)
LESS = re.compile(r"\b(?:less|reduc\w*|lower\w*|decreas\w*|tone down|fewer|too|minimi[sz]\w*)\b")
REMOVES = re.compile(
    r"\b(?:remov\w*|delet\w*|eras\w*|eliminat\w*|get rid of|take (?:out|away)|fix)\b"
)
SHADES = {"dark": "dark gray", "light": "light gray"}
"""A background that is only called dark or light."""
CHANGES = re.compile(
    r"\b(?:remov\w*|delet\w*|eras\w*|chang\w*|replac\w*|touch\w*|alter\w*|cut\w*|modif\w*|edit\w*)\b"
)
BLURS = re.compile(r"\bblur\w*\b")
SLIGHTLY = re.compile(r"\b(?:slight\w*|a bit|a little|little|subtl[ey]|gently|a touch|somewhat)\b")
STRONGLY = re.compile(r"\b(?:much|very|a lot|strong\w*|super|extremely|really|dramatic\w*|far)\b")
STARTS_ANEW = re.compile(
    r"\b(?:make|add|use|with|more|keep|give|put|place|remove|change|set|increase|apply|"
    r"enhance|improve|brighten|sharpen|upscale|on|onto)\b"
)

_SMALL = """
a about above add added after again against all also always amazing an and any apply are area
areas as at attractive away background be beautiful beautifully been before being below bit both
brand bring but by can can't cannot change changed changing clean clean-looking cleaner
completely could create created delete deleted do does doing don't done down each effect effects
eliminate erase erased even every exact exactly extremely far feel fewer fit for from fully get
getting give given giving good great had has have having her here his how i if image images in
increase increased increasing inside into is isn't it item items its just keep keeping kept
leave leaving less let life like little look looking looks lot lower made main maintain make
makes making may me mine modern more most much must mustn't my myself natural naturally need
needs never nice nicely no nor not object of off on only onto or original our out over overall
perfect perfectly photo photograph photos picture pictures piece place placed placing please
premium preserve preserving product products put putting quite rather ready realistic really
reduce reduced reducing remain remains remove removed removing replace replaced replacing retain
same scene set setting shall shot should show showing shown sits sitting slight slightly so some
somewhat stand standing stands stay stays still strongly style subject subtle such super sure
take taken than that the their them then there these they thing this those through to too top
touch toward unchanged under unneeded untouched up upon us use used using version very want
wants was way we well were what when where which while whole will with within without wonderful
would you your
"""
SMALL_WORDS = frozenset(_SMALL.split())
"""Words that carry no wish of their own."""
