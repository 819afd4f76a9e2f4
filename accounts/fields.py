"""Model fields that keep their text encrypted, or keep the keyed hash of another field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Expression

from accounts.crypto import blind_index, blind_indexes, decrypt, encrypt, normalised

if TYPE_CHECKING:
    TextField = models.TextField[str, str]
    OptionalTextField = models.TextField[str | None, str | None]
    CharField = models.CharField[str, str]
    Field = models.Field[Any, Any]
else:  # Django's fields are generic in their stubs only
    TextField, CharField, OptionalTextField = models.TextField, models.CharField, models.TextField
    Field = object


class Encrypted(Field):
    """Text that lies encrypted in the database and is plain in Python.

    The context is `app.model.field`. An empty string stays empty: there is nothing to hide. The
    only question the database can answer about it is `isnull`; look-ups go through a
    BlindIndexField beside it.
    """

    @property
    def context(self) -> str:
        return f"{self.model._meta.label_lower}.{self.name}"

    def get_prep_value(self, value: Any) -> Any:
        plain = super().get_prep_value(value)
        return encrypt(plain, self.context) if plain else plain

    def from_db_value(
        self, value: str | None, expression: Expression, connection: BaseDatabaseWrapper
    ) -> str | None:
        return decrypt(value, self.context) if value else value

    def get_lookup(self, lookup_name: str) -> Any:
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None


class EncryptedTextField(Encrypted, TextField):
    """Encrypted text that is always there, be it empty."""


class OptionalEncryptedTextField(Encrypted, OptionalTextField):
    """Encrypted text with null=True: its absence is the one thing a constraint can ask about."""


class BlindIndexField(CharField):
    """The keyed hash of another field of the same row, kept up to date on every save.

    Find rows with `Model.objects.filter(email_index__in=field.candidates(email))`.
    """

    def __init__(self, *args: Any, source: str, **kwargs: Any) -> None:
        self.source = source
        kwargs.setdefault("max_length", 64)
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "source": self.source}

    @property
    def context(self) -> str:
        return f"{self.model._meta.label_lower}.{self.name}"

    def value_for(self, plain: str) -> str:
        """What is stored for `plain` (an empty one has no index)."""
        return blind_index(normalised(plain), self.context) if plain else ""

    def candidates(self, plain: str) -> list[str]:
        """Every value that a row with this plain text may have while keys are rotated."""
        return blind_indexes(normalised(plain), self.context)

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = self.value_for(getattr(model_instance, self.source) or "")
        setattr(model_instance, self.attname, value)
        return value
