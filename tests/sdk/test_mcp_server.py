"""The MCP server of the Python client: a program of its own, spoken to over its pipes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, StdioServerParameters
from mcp.server.mcpserver.exceptions import ToolError
from PIL import Image

from accounts import keys
from accounts.models import Partner
from billing import points
from imaging.models import Generation
from imaging.photos import UPLOAD_MAX_BYTES
from softbox.mcp_server import photo

pytestmark = pytest.mark.django_db(transaction=True)

SDK = Path(__file__).resolve().parents[2] / "sdk" / "python"
COMMAND = [sys.executable, "-c", "from softbox.mcp_command import main; main()"]
TOOLS = {
    *("make_packshot", "create_picture", "enhance_photos", "edit_photo"),
    *("get_generation", "get_balance", "list_styles", "list_platforms"),
}

Ask = Callable[[Client], Awaitable[Any]]


@pytest.fixture
def ask(site: str, partner: Partner) -> Callable[..., Any]:
    """Runs a conversation with a server that has a key of the partner's."""

    def run(talk: Ask, *, environment: str = "test", key: str = "") -> Any:
        key = key or keys.create_key(partner=partner, environment=environment).key
        server = StdioServerParameters(
            command=COMMAND[0],
            args=COMMAND[1:],
            env={"SOFTBOX_API_KEY": key, "SOFTBOX_URL": site, "PYTHONPATH": str(SDK)},
        )

        async def converse() -> Any:
            async with Client(server, read_timeout_seconds=60) as client:
                return await talk(client)

        # In a thread of its own: the browser of other tests leaves a loop running in this one.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(anyio.run, converse).result()

    return run


def said(result: Any) -> str:
    """The text of a tool's answer."""
    return "\n".join(part.text for part in result.content)


def ended_within(seconds: float) -> list[str]:
    """How all generations stand, once none is open any more."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and Generation.objects.filter(finished_at=None).exists():
        time.sleep(0.05)
    return list(Generation.objects.values_list("status", flat=True))


@pytest.fixture
def mug(tmp_path: Path) -> Path:
    path = tmp_path / "mug.png"
    Image.new("RGB", (40, 30), "#884422").save(path)
    return path


def test_the_tools_are_described_with_what_they_take(ask: Callable[..., Any]) -> None:
    async def talk(client: Client) -> Any:
        return (await client.list_tools()).tools

    tools = {tool.name: tool for tool in ask(talk)}

    assert set(tools) == TOOLS
    assert all(tool.description for tool in tools.values())
    packshot = tools["make_packshot"].input_schema
    assert packshot["required"] == ["product_image"]
    assert "address" in packshot["properties"]["product_image"]["description"]
    assert [name for name, tool in tools.items() if tool.annotations.read_only_hint] == [
        *("get_generation", "get_balance", "list_styles", "list_platforms")
    ]


def test_pictures_are_ordered_followed_and_looked_up(ask: Callable[..., Any], mug: Path) -> None:
    async def talk(client: Client) -> Any:
        order = {"product_image": str(mug), "style": "marble", "seed": 7}
        made = (await client.call_tool("make_packshot", order)).structured_content
        edit = {"image": str(mug), "operations": ["removeBackground"]}
        edited = (await client.call_tool("edit_photo", edit)).structured_content
        created = await client.call_tool("create_picture", {"prompt": "a red mug on oak"})
        enhance = {"images": ["https://shop.example/mug.jpg"], "request": "brighter"}
        enhanced = (await client.call_tool("enhance_photos", enhance)).structured_content
        found = await client.call_tool("get_generation", {"generation_id": made["generationId"]})
        return made, edited, created.structured_content, enhanced, found.structured_content

    made, edited, created, enhanced, found = ask(talk)

    assert (made["seed"], found["id"]) == (7, made["generationId"])
    assert all(len(one["imageUrls"]) == 1 for one in (made, edited, enhanced))
    assert created["imageUrl"].startswith("http")


def test_progress_is_told_while_a_picture_is_made(
    ask: Callable[..., Any],
    rich: Partner,
    worker: None,
) -> None:
    steps: list[tuple[float, float | None, str | None]] = []

    async def heard(progress: float, total: float | None, message: str | None) -> None:
        steps.append((progress, total, message))

    async def talk(client: Client) -> Any:
        prompt = {"prompt": "steps 3 0.05"}
        return await client.call_tool("create_picture", prompt, progress_callback=heard)

    result = ask(talk, environment="live")

    assert result.structured_content["pointsUsed"] == 8
    assert steps
    assert steps[-1][1] == 3


def test_styles_and_the_balance_are_there_to_ask_for(
    ask: Callable[..., Any],
    rich: Partner,
) -> None:
    async def talk(client: Client) -> Any:
        styles = await client.call_tool("list_styles", {})
        platforms = await client.call_tool("list_platforms", {})
        balance = await client.call_tool("get_balance", {})
        return styles.structured_content, said(platforms), balance.structured_content

    styles, platforms, balance = ask(talk, environment="live")

    assert {"name", "label", "description", "aspectRatio"} == set(styles["result"][0])
    assert "amazon" in platforms
    assert balance["points"]["balance"] == 100


def test_the_scopes_that_the_page_names_are_enough_for_every_tool(
    ask: Callable[..., Any], partner: Partner, mug: Path
) -> None:
    page = (SDK.parents[1] / "docs" / "assistants.md").read_text()
    named = re.findall(r"`(\w+:\w+)`", page)
    key = keys.create_key(partner=partner, environment="test", scopes=named).key
    calls: dict[str, dict[str, Any]] = {
        "make_packshot": {"product_image": str(mug)},
        "create_picture": {"prompt": "a red mug on oak"},
        "enhance_photos": {"images": ["https://shop.example/mug.jpg"]},
        "edit_photo": {"image": str(mug), "operations": ["upscale"]},
        **{name: {} for name in ("get_balance", "list_styles", "list_platforms")},
    }

    async def talk(client: Client) -> Any:
        answers = {name: await client.call_tool(name, given) for name, given in calls.items()}
        made = answers["make_packshot"].structured_content["generationId"]
        found = await client.call_tool("get_generation", {"generation_id": made})
        return {**answers, "get_generation": found}

    answers = ask(talk, key=key)

    assert set(answers) == TOOLS
    assert [said(answer) for answer in answers.values() if answer.is_error] == []


def test_a_refusal_is_told_in_the_server_s_words_and_nothing_is_made(
    ask: Callable[..., Any], mug: Path
) -> None:
    async def talk(client: Client) -> Any:
        order = {"product_image": str(mug), "style": "baroque"}
        return await client.call_tool("make_packshot", order)

    refused = ask(talk)
    stranger = ask(talk, key="sq_test_" + "x" * 40)

    assert refused.is_error
    assert "style" in said(refused)
    assert "(invalid_request)" in said(refused)
    assert stranger.is_error
    assert "(unauthorized)" in said(stranger)
    assert not Generation.objects.exists()


def test_a_file_that_is_no_picture_is_not_sent_away(tmp_path: Path, mug: Path) -> None:
    secret = tmp_path / "id_rsa"
    secret.write_text("-----BEGIN OPENSSH PRIVATE KEY-----")

    assert photo(str(mug)) == mug
    assert photo("https://shop.example/a.jpg") == "https://shop.example/a.jpg"
    with pytest.raises(ToolError, match="not a picture"):
        photo(str(secret))
    with pytest.raises(ToolError, match="cannot be read"):
        photo(str(tmp_path / "missing.png"))


@pytest.mark.parametrize("given", ["a\0b", "~nobody-of-that-name/mug.png", "", "x" * 5000])
def test_what_is_no_path_at_all_is_said_to_be_none(given: str) -> None:
    with pytest.raises(ToolError):
        photo(given)


def test_nobody_waits_for_a_pipe_to_speak(tmp_path: Path) -> None:
    pipe = tmp_path / "mug.png"
    os.mkfifo(pipe)

    with pytest.raises(ToolError, match="not a file"):
        photo(str(pipe))


def test_a_file_that_the_api_would_refuse_for_its_size_is_not_sent(tmp_path: Path) -> None:
    big = tmp_path / "big.png"
    with big.open("wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        file.truncate(UPLOAD_MAX_BYTES + 1)

    with pytest.raises(ToolError, match="larger than 15 MB"):
        photo(str(big))


def test_a_call_that_is_called_off_cancels_its_order(
    ask: Callable[..., Any],
    rich: Partner,
    worker: None,
) -> None:
    async def talk(client: Client) -> Any:
        prompt = {"prompt": "steps 200 0.1"}
        with anyio.CancelScope() as call:

            async def heard(*progress: Any) -> None:
                call.cancel()

            await client.call_tool("create_picture", prompt, progress_callback=heard)
        assert call.cancelled_caught
        await client.call_tool("get_balance", {})

    ask(talk, environment="live")

    assert ended_within(10) == ["cancelled"]
    assert points.balance(partner_id=rich.pk) == 100


def refusal(command: list[str], **environment: str) -> str:
    """The one line that the command ends with instead of beginning."""
    done = subprocess.run(
        command,
        env={**environment, "PYTHONPATH": str(SDK)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    return done.stderr


@pytest.mark.parametrize(
    ("key", "hidden", "said_so"), [("", "", "SOFTBOX_API_KEY"), ("sq_test_1", "mcp", "extra")]
)
def test_what_the_command_lacks_is_said_in_one_line(key: str, hidden: str, said_so: str) -> None:
    code = f"import sys; sys.modules.update(dict.fromkeys({hidden.split()!r})); {COMMAND[2]}"

    assert said_so in refusal([sys.executable, "-c", code], SOFTBOX_API_KEY=key)


@pytest.mark.parametrize(
    ("key", "url", "said_so"),
    [("sq_live_secret x", "", "key"), ("sq_live_secret", "localhost:8000", "base_url")],
)
def test_so_is_a_key_or_an_address_that_is_none(key: str, url: str, said_so: str) -> None:
    said = refusal(COMMAND, SOFTBOX_API_KEY=key, SOFTBOX_URL=url)

    assert said_so in said
    assert "secret" not in said


def test_on_its_output_there_is_the_protocol_and_nothing_else(site: str, partner: Partner) -> None:
    key = keys.create_key(partner=partner, environment="test").key
    hello = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"},
        },
    }

    done = subprocess.run(
        COMMAND,
        input=json.dumps(hello) + "\n",
        env={**os.environ, "SOFTBOX_API_KEY": key, "SOFTBOX_URL": site, "PYTHONPATH": str(SDK)},
        capture_output=True,
        text=True,
        timeout=60,
    )

    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == [1]
    assert answers[0]["result"]["serverInfo"]["name"] == "softbox"
    assert key not in done.stdout + done.stderr
