"""The kinds of staff page that Softbox needs beside unfold's own.

Rows that staff edit leave a trail. Rows that only services write are looked at, never edited. What
a service does gets a form that calls it; what may be read only once is shown on the answer's page
and kept nowhere.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import flatten_fieldsets
from django.contrib.admin.views.main import ERROR_FLAG
from django.core.exceptions import PermissionDenied
from django.db import DataError, models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin as UnfoldModelAdmin
from unfold.admin import TabularInline as UnfoldTabularInline

from accounts import audit
from accounts.admin_choices import KnownSelect, may_be_key
from accounts.admin_widgets import dress
from accounts.api.address import client_address
from accounts.errors import ServiceError
from accounts.models import Partner

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
    QuerySet = models.QuerySet[Any]
else:  # unfold has no types, and Django's classes are generic in their stubs only
    ModelAdmin, TabularInline, QuerySet = UnfoldModelAdmin, UnfoldTabularInline, models.QuerySet


def acting(request: HttpRequest) -> dict[str, Any]:
    """Who does it, as the services and the audit trail want to know."""
    return {"actor": str(request.user), "address": client_address(request.META)}


STATES = {
    **dict.fromkeys(("succeeded", "delivered", "active", "captured", "live", "paid"), "success"),
    **dict.fromkeys(("failed", "revoked", "blocked", "expired", "refunded"), "danger"),
    **dict.fromkeys(("queued", "running", "pending", "held", "building"), "warning"),
}
"""unfold's colours of the states that rows have; others stay grey."""


def pretty(value: object) -> SafeString:
    """JSON to read."""
    return format_html(
        '<pre class="json">{}</pre>', json.dumps(value, indent=2, ensure_ascii=False)
    )


def _storable(value: object) -> None:
    """JSON can say a NUL where text cannot, and Python reads NaN; no database takes either."""
    try:
        text = json.dumps(value, allow_nan=False)
    except ValueError:
        raise forms.ValidationError("NaN and Infinity are not allowed.") from None
    if "\\u0000" in text:
        raise forms.ValidationError("Null characters are not allowed.")


class _Shallow(json.JSONDecoder):
    def decode(self, s: str, *where: Any) -> Any:
        try:
            return super().decode(s, *where)
        except RecursionError:
            raise json.JSONDecodeError("It is nested too deeply", s[:40], 0) from None


class CarefulAdmin(ModelAdmin):
    """Tells whoever names a row that cannot be, or filters by what no column holds, instead of
    breaking off."""

    list_per_page = 50

    def response_action(self, request: HttpRequest, queryset: QuerySet, *where: Any) -> Any:
        chosen = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if all(may_be_key(self.opts.pk, one) for one in chosen):
            return super().response_action(request, queryset, *where)
        self.message_user(request, "What was chosen is no row of this list.", messages.ERROR)
        return HttpResponseRedirect(request.get_full_path())

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        try:
            return super().changelist_view(request, extra_context)
        except (OverflowError, DataError):
            # A number of the address is beyond what the column holds. ERROR_FLAG is Django's own
            # way of saying that there is no such filter.
            if request.method != "GET" or ERROR_FLAG in request.GET:
                raise
            return HttpResponseRedirect(f"{request.path}?{ERROR_FLAG}=1")

    def lookup_allowed(self, lookup: str, value: str, request: Any = None) -> bool:
        """Bytes are no matter for a filter."""
        column = lookup.partition("__")[0]
        stored = {f.name for f in self.opts.fields if isinstance(f, models.BinaryField)}
        return column not in stored and super().lookup_allowed(lookup, value, request)


class AuditedAdmin(CarefulAdmin):
    """Rows that staff edit; the audit trail says who changed what."""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(field, forms.JSONField):
            field.validators = [*field.validators, _storable]
            field.decoder = _Shallow
        return field

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs["widget"] = KnownSelect(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if form.changed_data or not change:
            self._record(request, obj, "changed" if change else "created", form.changed_data)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self._record(request, obj, "deleted", [])
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        for row in queryset:
            self._record(request, row, "deleted", [])
        super().delete_queryset(request, queryset)

    def _record(self, request: HttpRequest, row: Any, deed: str, fields: list[str]) -> None:
        audit.record(
            action=f"{self.opts.model_name}.{deed}",
            target=str(row.pk),
            partner=row if isinstance(row, Partner) else getattr(row, "partner", None),
            facts={"row": str(row), **({"fields": fields} if fields else {})},
            **acting(request),
        )


class SearchableAdmin(CarefulAdmin):
    """Finds rows by whole ids too. Django's own search does not find a UUID on SQLite."""

    search_ids: tuple[str, ...] = ()
    """Columns that hold ids, the likeliest first: the first in which it is found decides."""
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # counting each choice reads the table once for each

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        term = search_term.strip()
        # Where text holds an id, it holds it as it was written.
        is_text = {f.name for f in self.opts.fields if isinstance(f, models.CharField)}
        try:
            wanted = UUID(term)
        except ValueError:
            return super().get_search_results(request, queryset, search_term)
        questions = [
            (f"{name}__in", [term, str(wanted)]) if name in is_text else (name, wanted)
            for name in self.search_ids
        ]
        for question in questions:
            found = queryset.filter(models.Q(question))
            if found.order_by().exists():
                return found, False
        return super().get_search_results(request, queryset, search_term)


@cache
def _coloured(name: str, label: str) -> Callable[[models.Model], str]:
    """A column of a list that shows a state in its colour."""

    def state(row: models.Model) -> str:
        return str(getattr(row, name))

    told = {"short_description": label, "admin_order_field": name, "label": STATES}
    state.__name__ = name
    state.__dict__.update(told)
    return state


@cache
def _reading(name: str, label: str) -> Callable[[models.Model], SafeString]:
    """A column that shows a JSON field to read. unfold's own way writes styles into the page, which
    the policy forbids. The same object each time: Django looks for it in several lists."""

    def read(row: models.Model) -> SafeString:
        return pretty(getattr(row, name))

    read.__name__ = name
    read.short_description = label  # type: ignore[attr-defined]  # how Django wants it
    return read


def _with_json_to_read(opts: Any, names: Iterable[Any]) -> list[Any]:
    """`names` with JSON fields in a form to read; nested tuples stay nested."""
    fields = {f.name: f for f in opts.fields if isinstance(f, models.JSONField)}
    shown: list[Any] = []
    for name in names:
        if isinstance(name, list | tuple):
            shown.append(tuple(_with_json_to_read(opts, name)))
        else:
            found = fields.get(name)
            shown.append(_reading(name, str(found.verbose_name)) if found else name)
    return shown


class ReadOnlyAdmin(SearchableAdmin):
    """Rows that only services write. All their columns are shown, but for `exclude`.

    Actions on them name `permissions=["act"]`: who may change such rows may ask the services for
    what the actions offer, and who may only look may not.
    """

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        if self.fields:
            return list(self.fields)
        hidden = self.exclude or ()
        return [*(f.name for f in self.opts.fields if f.name not in hidden), *self.readonly_fields]

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        states: dict[Any, Any] = {
            f.name: _coloured(f.name, str(f.verbose_name))
            for f in self.opts.fields
            if f.name in ("status", "state")
        }
        return [states.get(name, name) for name in super().get_list_display(request)]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return [
            (title, {**options, "fields": _with_json_to_read(self.opts, options["fields"])})
            for title, options in super().get_fieldsets(request, obj)
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return list(flatten_fieldsets(self.get_fieldsets(request, obj)))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_act_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        codename = f"{self.opts.app_label}.change_{self.opts.model_name}"
        return bool(request.user.has_perm(codename))


class ReadOnlyLines(TabularInline):
    """Rows of the row they belong to, to look at, on a tab of their own."""

    tab = True
    extra = 0
    can_delete = False
    show_change_link = True

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return _with_json_to_read(self.opts, self.fields or ())

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return self.get_fields(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@dataclass(frozen=True)
class Done:
    """What a service made, what of it can be read this once, and the page to see next."""

    row: models.Model
    shown_once: Mapping[str, str] = field(default_factory=dict)
    leads_to: str = ""


class ServiceForm(forms.Form):
    """A form that makes its row by calling a service."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for one in self.fields.values():
            dress(one)

    def carry_out(self, **who: Any) -> Done:
        """Call the service with the cleaned data. Its ServiceErrors are shown on the form."""
        raise NotImplementedError


class FormServing(ReadOnlyAdmin):
    """Serves a ServiceForm on a page of its own and does what it says."""

    def serve(
        self,
        request: HttpRequest,
        form: ServiceForm,
        *,
        title: str,
        words: str = "",
        deed: str = "",
        said: str = "",
    ) -> HttpResponse:
        """The page with `form`, or what follows when it was sent and the service agreed.

        `deed` is written on its button, `said` on the page that follows.
        """
        if request.method == "POST" and form.is_valid():
            try:
                done = form.carry_out(**acting(request))
            except ServiceError as error:
                form.add_error(None, error.message)
            else:
                if isinstance(done.row, self.model):
                    self.log_addition(request, done.row, [{"added": {}}])
                return self._done(request, done, title=title, said=said)
        page = {"form": form, "title": title, "words": words, "deed": deed}
        return self._page(request, "accounts/service_form.html", **page)

    def _done(self, request: HttpRequest, done: Done, *, title: str, said: str) -> HttpResponse:
        if not done.shown_once:
            self.message_user(request, said or f"{done.row} was added.", messages.SUCCESS)
            return HttpResponseRedirect(done.leads_to or self._list())
        # Not in a message: those lie in a cookie until the next page.
        return self._page(request, "accounts/shown_once.html", done=done, title=title)

    def _page(self, request: HttpRequest, template: str, **context: Any) -> TemplateResponse:
        known = self.admin_site.each_context(request)
        more = {"opts": self.opts, "back": self._list(), **context}
        return TemplateResponse(request, template, {**known, **more})

    def _list(self) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")


class ServiceAdmin(FormServing):
    """Rows that `service_form` makes and nobody edits."""

    service_form: type[ServiceForm]
    service_words = ""

    def has_add_permission(self, request: HttpRequest) -> bool:
        codename = f"{self.opts.app_label}.add_{self.opts.model_name}"
        return bool(request.user.has_perm(codename))

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = self.service_form(request.POST or None, initial=self._first(request))
        title = f"Add {self.opts.verbose_name}"
        return self.serve(request, form, title=title, words=self.service_words)

    def _first(self, request: HttpRequest) -> dict[str, str]:
        """What the address fills in. A moment is two fields, and no text can be both."""
        fields = self.service_form.base_fields
        return {
            name: text
            for name, text in request.GET.dict().items()
            if name in fields and not isinstance(fields[name], forms.MultiValueField)
        }
