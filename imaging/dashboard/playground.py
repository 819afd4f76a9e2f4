"""The playground: the API in the browser. What it sends is what the code beside it would send."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.api import correlation
from accounts.dashboard.access import Visit, page
from accounts.dashboard.snippets import request_snippets
from accounts.errors import InvalidRequest, ServiceError
from billing import points
from imaging import recipes, submitting
from imaging.api import testmode
from imaging.dashboard import brand
from imaging.dashboard.gallery import SURFACE, standing
from imaging.dashboard.pictures import local
from imaging.dashboard.uploads import data_uri
from imaging.engines import presets
from imaging.engines.base import ASPECT_RATIOS, RESOLUTIONS
from imaging.photos import read_photo
from imaging.recipes import MODES, PROMPT_MAX, SHADOWS, Order

SAMPLES = ("mug", "bottle", "camera")
YOUR_PHOTO = "https://shop.example/your-photo.jpg"
"""Stands in code for a photo that was uploaded here."""


def _same(names: Any) -> list[tuple[str, str]]:
    return [(name, name) for name in names]


class PlaygroundForm(forms.Form):
    """One request. Which fields count depends on the operation."""

    operation = forms.ChoiceField(choices=_same(["packshot", "enhance", "create"]))
    prompt = forms.CharField(
        required=False,
        max_length=PROMPT_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        label="In words",
    )
    photo = forms.ChoiceField(
        required=False, choices=[*_same(SAMPLES), ("file", "file"), ("url", "url")]
    )
    photo_file = forms.FileField(
        required=False,
        label="Your photo",
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp,image/gif"}),
    )
    photo_url = forms.CharField(required=False, max_length=2048, label="Its address")
    style = forms.ChoiceField(
        required=False,
        choices=[("", "none")] + [(name, style.label) for name, style in presets.styles().items()],
    )
    background = forms.CharField(
        required=False,
        max_length=200,
        help_text="A colour such as #ffffff, or words.",
        widget=forms.TextInput(attrs={"list": "colours"}),
    )
    shadow = forms.ChoiceField(required=False, choices=[("", "the style's own"), *_same(SHADOWS)])
    aspect_ratio = forms.ChoiceField(choices=_same(ASPECT_RATIOS), label="Aspect ratio")
    resolution = forms.ChoiceField(choices=_same(RESOLUTIONS))
    mode = forms.ChoiceField(choices=_same(MODES))
    seed = forms.IntegerField(
        required=False, min_value=0, max_value=2**32 - 1, help_text="Empty: another each time."
    )


FIRST = {
    "operation": "packshot",
    "photo": "mug",
    "style": "studio_packshot",
    "aspect_ratio": "1:1",
    "resolution": "1k",
    "mode": "fast",
}


@dataclass(frozen=True)
class Wanted:
    """A filled-in form: the operation, the body that code would send, the file uploaded here."""

    operation: str
    body: Mapping[str, Any]
    upload: str = ""

    @property
    def path(self) -> str:
        return f"/partner/v1/image/{self.operation}"


@page(read="make", write="make")
def playground(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The form; POST makes the picture, and with htmx answers with its progress alone."""
    if request.method == "POST":
        return _make(request, visit)
    first = FIRST | brand.first_choices(visit.partner)
    form = PlaygroundForm(initial=first)
    context = {
        "form": form,
        "samples": SAMPLES,
        "visit": visit,
        "first": first,
        "colours": brand.colours(visit.partner),
    }
    return render(request, "imaging/playground.html", context)


@page(write="make")
def quote(request: HttpRequest, visit: Visit) -> HttpResponse:
    """What the form as it stands would cost, and the code that does the same. Makes nothing."""
    form = PlaygroundForm(request.POST)
    context: dict[str, Any] = {"visit": visit}
    if form.is_valid():
        wanted = _wanted(form, uploads=False)
        mode = form.cleaned_data["mode"]
        context["price"] = points.quote(
            partner_id=visit.partner.pk, operation=wanted.operation, mode=mode
        )
        context["snippets"] = request_snippets(wanted.path, wanted.body)
    return render(request, "imaging/quote.html", context)


def _make(request: HttpRequest, visit: Visit) -> HttpResponse:
    form = PlaygroundForm(request.POST, request.FILES)
    try:
        if not form.is_valid():
            field, errors = next(iter(form.errors.items()))
            raise InvalidRequest(f"{field}: {errors[0]}", param=field)
        order = submitting.checked(_order(_wanted(form)), visit.partner)
        if visit.test:
            return _test_answer(request, visit, order)
        row = submitting.submit(
            order,
            partner=visit.partner,
            surface=SURFACE,
            correlation_id=correlation.current_id(),
        )
        visit.note("generation.ordered", row.pk, operation=row.operation)
    except ServiceError as error:
        return render(request, "imaging/refused.html", {"error": error})
    if not request.htmx:  # type: ignore[attr-defined]  # django-htmx
        return redirect("dashboard-generation", row.pk)
    return render(request, "imaging/progress.html", standing(row))


def _test_answer(request: HttpRequest, visit: Visit, order: Order) -> HttpResponse:
    """What a test key gets: at once, at no cost, a placeholder."""
    made = testmode.test_generation(
        order, partner_id=visit.partner.pk, now_ms=int(time.time() * 1000)
    )
    context = {"address": local(made.image_urls[0]), "answer": testmode.test_answer(made)}
    return render(request, "imaging/test_result.html", context)


def _wanted(form: PlaygroundForm, *, uploads: bool = True) -> Wanted:
    """The API body of a form. Without `uploads` an uploaded photo need not be there yet."""
    data = form.cleaned_data
    operation = data["operation"]
    body: dict[str, Any] = {
        "aspectRatio": data["aspect_ratio"],
        "resolution": data["resolution"],
        "mode": data["mode"],
    }
    if data["seed"] is not None:
        body["seed"] = data["seed"]
    if operation == "create":
        return Wanted(operation, {"prompt": data["prompt"], **body})
    address, upload = _photo(data, uploads=uploads)
    if operation == "enhance":
        words = {"userRequest": data["prompt"]} if data["prompt"] else {}
        return Wanted(operation, {"images": [address], **words, **body}, upload)
    named = {"style": data["style"], "background": data["background"], "shadow": data["shadow"]}
    words = {name: value for name, value in {**named, "prompt": data["prompt"]}.items() if value}
    return Wanted(operation, {"productImage": address, **words, **body}, upload)


def _photo(data: Mapping[str, Any], *, uploads: bool) -> tuple[str, str]:
    """The address of the photo as code would name it, and the upload as a data URI."""
    choice = data["photo"] or SAMPLES[0]
    if choice in SAMPLES:
        return f"{settings.PUBLIC_URL}/static/samples/{choice}.jpg", ""
    if choice == "url":
        return data["photo_url"].strip() or YOUR_PHOTO, ""
    file = data["photo_file"]
    if file is None:
        if uploads:
            raise InvalidRequest("Choose a photo first.", param="photo_file")
        return YOUR_PHOTO, ""
    return YOUR_PHOTO, data_uri(file)


def _order(wanted: Wanted) -> Order:
    """The order of a filled-in form. Raises InvalidRequest in the API's words."""
    if wanted.operation == "create":
        return recipes.create_order(wanted.body)
    check = recipes.enhance_order if wanted.operation == "enhance" else recipes.packshot_order
    order = check(wanted.body)
    if wanted.upload:
        order = replace(order, sources=(read_photo(wanted.upload, "photo_file"),))
    return order
