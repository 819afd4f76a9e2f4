"""`softbox-mcp`: the Image API as tools of the Model Context Protocol, over standard pipes.

Needs the extra `mcp` of this package. The key and the server's address come from SOFTBOX_API_KEY
and SOFTBOX_URL. Nothing is ever written to a file of the user's, and of their files only pictures
that a tool was asked for by path are read.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, cast

import anyio.from_thread
import anyio.to_thread
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations
from pydantic import Field

from softbox.answers import AcceptedJob, CreatedImage, MadeImages
from softbox.client import Softbox
from softbox.errors import ApiError, SoftboxError
from softbox.generations import Event
from softbox.wishes import AspectRatio, EditStep, Mode, Photo, Resolution

Answer = TypeVar("Answer")

MOST_BYTES = 15 * 1024 * 1024
"""What the API takes of a photo that is sent along."""
_SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*")
_HINT = (
    "Pictures of products for shops. Ask list_styles before make_packshot where the look is open. "
    "Every finished picture costs points; get_balance tells what is left. The answers hold "
    "addresses of pictures and, in notes, what could not be done: tell the user both."
)
_READS = ToolAnnotations(read_only_hint=True)
_MAKES = ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=True)

PhotoText = Annotated[
    str, Field(description="The photo: an https address, or the path of a file on this computer.")
]
Ratio = Annotated[AspectRatio | None, Field(description="The shape. Default 1:1.")]
Size = Annotated[Resolution | None, Field(description="Long side: 1024, 2048 or 4096 pixels.")]
Count = Annotated[int, Field(ge=1, le=50, description="How many; each costs as much as one.")]
Seed = Annotated[int | None, Field(ge=0, description="The same seed makes the same picture.")]


def build(softbox: Softbox) -> MCPServer[Any]:
    """The server with its tools, which speak to the API through `softbox`."""
    server: MCPServer[Any] = MCPServer("softbox", title="Softbox", instructions=_HINT)
    _making(server, softbox)
    _looking(server, softbox)
    return server


def _making(server: MCPServer[Any], softbox: Softbox) -> None:
    """The tools that make pictures and cost points."""

    @server.tool(annotations=_MAKES)
    async def make_packshot(
        ctx: Context[Any, Any],
        product_image: PhotoText,
        style: Annotated[str, Field(description="A name of list_styles.")] = "studio_packshot",
        platform: Annotated[str | None, Field(description="amazon, etsy, shopify, ...")] = None,
        background: Annotated[str | None, Field(description="#RRGGBB, a name, transparent")] = None,
        location: Annotated[str | None, Field(description="office, outdoor, cafe, ...")] = None,
        prompt: Annotated[str | None, Field(description="Further wishes, in a sentence.")] = None,
        aspect_ratio: Ratio = None,
        resolution: Size = None,
        count: Count = 1,
        seed: Seed = None,
    ) -> dict[str, Any]:
        """Turn the photo of a product into a finished product picture, its own pixels kept."""
        wishes = _said(
            product_image=photo(product_image),
            style=style,
            platform=platform,
            background=background,
            location=location,
            prompt=prompt,
            aspect_ratio=aspect_ratio,
            resolution=resolution,
            count=count,
            seed=seed,
        )
        return await _made(ctx, softbox, lambda: softbox.start.packshot(**wishes))

    @server.tool(annotations=_MAKES)
    async def create_picture(
        ctx: Context[Any, Any],
        prompt: Annotated[str, Field(min_length=3, max_length=4000)],
        aspect_ratio: Ratio = None,
        resolution: Size = None,
        mode: Annotated[Mode, Field(description="thinking refines the prompt; dearer.")] = "fast",
        seed: Seed = None,
    ) -> dict[str, Any]:
        """Make a picture from a sentence, without any photo."""
        wishes = _said(aspect_ratio=aspect_ratio, resolution=resolution, mode=mode, seed=seed)
        return await _made(ctx, softbox, lambda: softbox.start.create(prompt, **wishes))

    @server.tool(annotations=_MAKES)
    async def enhance_photos(
        ctx: Context[Any, Any],
        images: Annotated[
            list[str],
            Field(min_length=1, max_length=4, description="Their https addresses; no files."),
        ],
        request: Annotated[str | None, Field(description="What to improve.")] = None,
        aspect_ratio: Ratio = None,
        resolution: Size = None,
        seed: Seed = None,
    ) -> dict[str, Any]:
        """Improve one to four photos: light, colour, background, sharpness."""
        wishes = _said(
            user_request=request, aspect_ratio=aspect_ratio, resolution=resolution, seed=seed
        )
        return await _made(ctx, softbox, lambda: softbox.start.enhance(images, **wishes))

    @server.tool(annotations=_MAKES)
    async def edit_photo(
        ctx: Context[Any, Any],
        image: PhotoText,
        operations: Annotated[
            list[str | dict[str, Any]],
            Field(
                min_length=1,
                description="Steps in order, by name or with fields: removeBackground, background, "
                "shadow, relight, expand, upscale, crop, resize, format. "
                'Such as {"operation": "resize", "width": 1200}.',
            ),
        ],
    ) -> dict[str, Any]:
        """Change a photo step by step."""
        steps = cast(list[EditStep], operations)
        return await _made(ctx, softbox, lambda: softbox.start.edit(photo(image), steps))


def _looking(server: MCPServer[Any], softbox: Softbox) -> None:
    """The tools that only look."""

    @server.tool(annotations=_READS)
    async def get_generation(generation_id: str) -> dict[str, Any]:
        """How a picture is getting on, or what became of it."""
        return dict(await _asked(lambda: softbox.generations.get(generation_id)))

    @server.tool(annotations=_READS)
    async def get_balance() -> dict[str, Any]:
        """Points left, and what pictures cost at present."""
        usage = await _asked(softbox.usage)
        return {"points": usage["points"], "prices": usage["currentPricing"]}

    @server.tool(annotations=_READS)
    async def list_styles() -> list[dict[str, Any]]:
        """The looks that make_packshot knows: name, description, recommended shape."""
        styles = await _asked(softbox.styles)
        return [
            {name: style[name] for name in ("name", "label", "description", "aspectRatio")}
            for style in styles
        ]

    @server.tool(annotations=_READS)
    async def list_platforms() -> list[dict[str, Any]]:
        """The marketplaces that make_packshot knows, with their rules."""
        return await _asked(softbox.platforms)


def photo(given: str) -> Photo:
    """An address as it is; a path as a file, once it is known to be a picture.

    Raises ToolError: whoever speaks through a model must not get any other file sent away.
    """
    if given.lower().startswith(("https://", "http://", "data:")):
        return given
    try:
        path = Path(given).expanduser()
        # To read from a pipe or a terminal is to wait for it, and for ever where it is our own.
        if path.exists() and not path.is_file():
            raise ToolError(f"{given} is not a file")
        with path.open("rb") as file:
            start = file.read(16)
        size = path.stat().st_size
    except OSError as error:
        raise ToolError(f"{given[:200]} cannot be read: {error.strerror}") from None
    except (ValueError, RuntimeError):  # a NUL in it; the home of nobody
        raise ToolError("That is no path of a file") from None
    boxed = start[4:12] in (b"ftypavif", b"ftypheic", b"ftypmif1")
    webp = start[:4] == b"RIFF" and start[8:12] == b"WEBP"
    if not (start.startswith(_SIGNATURES) or boxed or webp):
        raise ToolError(f"{given} is not a picture")
    if size > MOST_BYTES:
        raise ToolError(f"{given} is larger than {MOST_BYTES // 2**20} MB")
    return path


def _said(**wishes: Any) -> Any:
    """The wishes that were made."""
    return {name: value for name, value in wishes.items() if value is not None}


async def _made(
    ctx: Context[Any, Any], softbox: Softbox, order: Callable[[], AcceptedJob]
) -> dict[str, Any]:
    """The answer of an order that is followed to its end, its progress reported on the way.

    Who calls the tool off is not to pay for a picture that nobody will be shown.
    """

    def report(event: Event) -> None:
        if event.kind == "progress":
            step, of, label = (event.data.get(name) for name in ("step", "of", "label"))
            anyio.from_thread.run(ctx.report_progress, float(step or 0), of, label)

    def follow() -> CreatedImage | MadeImages:
        return softbox.generations.wait(job["id"], on_event=report)

    # Awaited whatever happens: what was ordered must be known before it can be called off.
    job = await _asked(order)
    try:
        return dict(await _asked(follow, abandon_on_cancel=True))
    except anyio.get_cancelled_exc_class():
        with anyio.CancelScope(shield=True), suppress(ToolError):
            await _asked(lambda: softbox.generations.cancel(job["id"]))
        raise


async def _asked(ask: Callable[[], Answer], *, abandon_on_cancel: bool = False) -> Answer:
    """What the API answers, asked for in a thread. A refusal is told to the model in its words."""
    try:
        return await anyio.to_thread.run_sync(ask, abandon_on_cancel=abandon_on_cancel)
    except ApiError as refused:
        raise ToolError(f"{refused.message} ({refused.code})") from refused
    except SoftboxError as failed:
        raise ToolError(str(failed)) from failed


def main(transport: Literal["stdio"] = "stdio") -> None:
    """Serve until standard input ends. A key or an address that is none is said in one line."""
    try:
        client = Softbox()
    except ValueError as error:
        raise SystemExit(f"softbox-mcp cannot begin: {error}") from None
    with client as softbox:
        build(softbox).run(transport)


if __name__ == "__main__":
    main()
