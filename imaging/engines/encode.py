"""Finished pixels -> a file in one of four formats, its origin written into its metadata.

Every file says how it was made (IPTC digital source type) and by which recipe, as XMP, which all
four formats carry. Source: IPTC Photo Metadata Standard 2023.1, "Digital Source Type".
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Literal, get_args
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from PIL import Image

from imaging.engines import png
from imaging.engines.base import EngineError, Pixels, SourceType
from imaging.engines.picture import FORMATS, flatten

Format = Literal["png", "jpeg", "webp", "avif"]

_CONTENT_TYPES: dict[Format, str] = {
    "png": "image/png",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "avif": "image/avif",
}
_EXTENSIONS: dict[Format, str] = {"png": "png", "jpeg": "jpg", "webp": "webp", "avif": "avif"}

SOURCE_TYPE_BASE = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_RECIPE_PREFIX = "urn:recipe:sha256:"
_NAMESPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
}
_XMP_KEYWORD = "XML:com.adobe.xmp"

ALPHA_DROPPED = "JPEG cannot hold transparency: the picture was laid on white."


@dataclass(frozen=True, kw_only=True)
class Metadata:
    """What a file says about itself. `recipe_id` is the sha256 hex of the recipe; `software`
    names product, engine and version."""

    source_type: SourceType
    recipe_id: str
    software: str
    title: str = ""
    description: str = ""


def content_type(file_format: Format) -> str:
    """The MIME type of a format."""
    return _CONTENT_TYPES[file_format]


def extension(file_format: Format) -> str:
    """The usual file name ending, without the dot."""
    return _EXTENSIONS[file_format]


def format_note(pixels: Pixels, file_format: Format) -> str | None:
    """A sentence for the caller where the format cannot hold what the pixels say."""
    return ALPHA_DROPPED if file_format == "jpeg" and pixels.shape[2] == 4 else None


def encode(
    pixels: Pixels,
    *,
    format: Format,  # noqa: A002 - the word that recipes and the API use
    quality: int = 90,
    metadata: Metadata,
) -> bytes:
    """The file of (H, W, 3) or (H, W, 4) uint8 sRGB, with its origin inside.

    `quality` is 1 to 100 and means nothing to PNG. JPEG has no alpha: the picture is laid on
    white (`format_note` says so). Raises ValueError for another format or quality.
    """
    if format not in get_args(Format):
        raise ValueError(f"no such format: {format}")
    if not 1 <= quality <= 100:
        raise ValueError(f"quality is 1 to 100, not {quality}")
    packet = xmp_packet(metadata)
    if format == "png":
        chunks = [
            png.text_chunk("Software", metadata.software),
            png.international_chunk(_XMP_KEYWORD, packet),
        ]
        return png.write(pixels, chunks)
    image = Image.fromarray(flatten(pixels) if format == "jpeg" else pixels)
    file = io.BytesIO()
    if format == "jpeg":
        # Full-resolution colour where quality is asked for: red labels smear at 4:2:0.
        subsampling = 0 if quality >= 85 else 2
        image.save(
            file, "JPEG", quality=quality, subsampling=subsampling, optimize=True,
            xmp=packet.encode(),
        )  # fmt: skip
    elif format == "webp":
        # A third of the time of method 4 for 3 to 5 % more bytes.
        image.save(file, "WEBP", quality=quality, method=2, xmp=packet.encode())
    else:
        image.save(file, "AVIF", quality=quality, speed=8, xmp=packet.encode())
    return file.getvalue()


def xmp_packet(metadata: Metadata) -> str:
    """The XMP packet of `metadata`. Source: ISO 16684-1."""
    namespaces = " ".join(f'xmlns:{name}="{uri}"' for name, uri in _NAMESPACES.items())
    attributes = (
        f" xmp:CreatorTool={quoteattr(_printable(metadata.software))}"
        f" dc:identifier={quoteattr(_RECIPE_PREFIX + metadata.recipe_id)}"
        f' Iptc4xmpExt:DigitalSourceType="{SOURCE_TYPE_BASE}{metadata.source_type}"'
    )
    texts = "".join(
        f'<dc:{name}><rdf:Alt><rdf:li xml:lang="x-default">{escape(_printable(text))}</rdf:li>'
        f"</rdf:Alt></dc:{name}>"
        for name, text in (("title", metadata.title), ("description", metadata.description))
        if text
    )
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        f'{namespaces}><rdf:Description rdf:about=""{attributes}>{texts}</rdf:Description>'
        '</rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
    )


def _printable(text: str) -> str:
    """`text` without the control characters and lone surrogates that XML 1.0 forbids."""
    return "".join(
        c for c in text if c in "\t\n\r" or (c >= " " and not "\ud800" <= c <= "\udfff"
        and c not in "\ufffe\uffff")
    )  # fmt: skip


def read_metadata(data: bytes) -> Metadata:
    """What `encode` wrote into a file. Raises EngineError("bad_input") where nothing was."""
    try:
        with Image.open(io.BytesIO(data), formats=(*FORMATS, "AVIF")) as image:
            packet = image.info.get("xmp") or image.info.get(_XMP_KEYWORD) or b""
        text = packet.decode() if isinstance(packet, bytes) else str(packet)
        root = ElementTree.fromstring(text[text.index("<x:xmpmeta") : text.index("<?xpacket end")])  # noqa: S314 - our own files
    except (OSError, ValueError, ElementTree.ParseError) as error:
        raise EngineError("bad_input", "The file carries no record of its origin.") from error
    description = root.find(".//rdf:Description", _NAMESPACES)
    if description is None:
        raise EngineError("bad_input", "The file carries no record of its origin.")
    return Metadata(
        source_type=_source_type(description),
        recipe_id=_attribute(description, "dc", "identifier").removeprefix(_RECIPE_PREFIX),
        software=_attribute(description, "xmp", "CreatorTool"),
        title=_text(description, "title"),
        description=_text(description, "description"),
    )


def _source_type(description: ElementTree.Element) -> SourceType:
    uri = _attribute(description, "Iptc4xmpExt", "DigitalSourceType")
    known: dict[str, SourceType] = {SOURCE_TYPE_BASE + term: term for term in get_args(SourceType)}
    if uri not in known:
        raise EngineError("bad_input", "The file carries no known digital source type.")
    return known[uri]


def _attribute(node: ElementTree.Element, prefix: str, name: str) -> str:
    return node.get(f"{{{_NAMESPACES[prefix]}}}{name}", "")


def _text(node: ElementTree.Element, name: str) -> str:
    return node.findtext(f"dc:{name}/rdf:Alt/rdf:li", "", _NAMESPACES)
