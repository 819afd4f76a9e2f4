"""The shape of every command an operator types: one JSON object or one sentence."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentTypeError
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from accounts.api.envelope import iso, json_points
from accounts.errors import ServiceError
from accounts.models import Partner


class Error(CommandError):
    """A one-line reason and exit status 1. Django prints the class's name before it."""


class PlainCommand(BaseCommand):
    """A command whose bad arguments are one line on stderr and exit status 1."""

    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)

        def refuse(message: str) -> NoReturn:
            reason = message.replace("\n", " ")
            if not parser.called_from_command_line:
                raise Error(reason)
            sys.stderr.write(f"Error: {reason}\n")
            sys.exit(1)

        parser.error = refuse  # type: ignore[method-assign]  # argparse would exit with 2
        return parser


@contextmanager
def database_refusals() -> Iterator[None]:
    """What the database refuses, as a one-line reason."""
    try:
        yield
    except DatabaseError as error:
        reason = str(error).strip().partition("\n")[0]
        raise Error(f"the database refuses ({reason}); is it migrated?") from None


class JsonCommand(PlainCommand):
    """A command that prints one JSON object with `--json` and a plain sentence otherwise.

    Subclasses give `add_options`, `run` (the JSON object) and `sentence`. Bad input, whoever finds
    it, is one line on stderr and exit status 1.
    """

    def add_options(self, parser: CommandParser) -> None:
        """The command's own arguments."""

    def run(self, **options: Any) -> Mapping[str, Any]:
        """Do it; returns what `--json` prints. ServiceErrors become the one-line reason."""
        raise NotImplementedError

    def sentence(self, answer: Mapping[str, Any]) -> str:
        """What is printed without `--json`."""
        raise NotImplementedError

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        self.add_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with database_refusals():
                answer = self.run(**options)
        except ServiceError as error:
            raise Error(error.message) from None
        self.tell(answer, as_json=options["json"])

    def tell(self, answer: Mapping[str, Any], *, as_json: bool) -> None:
        """Print the answer."""
        words = json.dumps(answer, default=_plain) if as_json else self.sentence(answer)
        self.stdout.write(words)


def _plain(value: object) -> Any:
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, Decimal):
        return json_points(value)
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form here")


def partner_with(partner_id: str) -> Partner:
    """The partner an operator named. Raises Error."""
    try:
        return Partner.objects.get(pk=UUID(partner_id))
    except (ValueError, Partner.DoesNotExist):
        raise Error(f"there is no partner {partner_id}") from None


def moment(text: str) -> datetime:
    """An ISO 8601 moment; without an offset it is UTC."""
    try:
        parsed = datetime.fromisoformat(text)
        # The year 10000 of UTC may begin in 9999 elsewhere.
        return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise ArgumentTypeError(f"'{text}' is no ISO 8601 date and time") from None


def positive(text: str) -> int:
    """A whole number from 1 to what the database's integers hold."""
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) < 2**31):
        raise ArgumentTypeError(f"'{text}' is no whole number above zero")
    return int(text)


def amount(text: str) -> Decimal:
    """An exact decimal number of points."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise ArgumentTypeError(f"'{text}' is no number")
    return number
