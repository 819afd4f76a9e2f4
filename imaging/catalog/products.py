"""Products: added, changed, found, removed. Each belongs to one partner."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction

from accounts.errors import Conflict, InvalidRequest, NotFound
from accounts.models import Partner
from imaging import recipes, storage
from imaging.catalog.models import Product
from imaging.models import LIVE, Generation
from imaging.photos import picture_type, read_photo

GONE = "Product not found."
SKU_TAKEN = "A product with this sku exists already."
_SKU_LENGTH, _TITLE_LENGTH = 120, 300


def read_sku(value: Any) -> str:
    """The partner's own name of a product. Raises InvalidRequest."""
    if not isinstance(value, str) or not 1 <= len(value.strip()) <= _SKU_LENGTH:
        raise InvalidRequest(f"sku must be text of 1 to {_SKU_LENGTH} characters", param="sku")
    return value.strip()


def read_title(value: Any) -> str:
    if not isinstance(value, str) or len(value) > _TITLE_LENGTH:
        raise InvalidRequest(
            f"title must be text of at most {_TITLE_LENGTH} characters", param="title"
        )
    return value.strip()


def _photo(value: Any, partner: Partner) -> dict[str, str]:
    """`image_url` or `image_path`: an address is kept as it is, a picture is stored."""
    source = read_photo(value, "image")
    if source.url:
        return {"image_url": source.url, "image_path": ""}
    content_type, extension = picture_type(source.data)
    path = storage.keep_product(
        source.data, partner_id=partner.pk, extension=extension, content_type=content_type
    )
    return {"image_path": path, "image_url": ""}


def add(*, partner: Partner, body: Mapping[str, Any]) -> Product:
    """A new product. Raises InvalidRequest, and Conflict where the sku is taken."""
    facts = {
        "sku": read_sku(body.get("sku")),
        "title": read_title(body.get("title", "")),
        "metadata": recipes.read_metadata(body),
    }
    if partner.products.filter(sku=facts["sku"]).exists():
        raise Conflict(SKU_TAKEN)
    photo = _photo(body.get("image"), partner)
    try:
        with transaction.atomic():
            return Product.objects.create(partner=partner, **facts, **photo)
    except IntegrityError:
        _discard(photo["image_path"])
        raise Conflict(SKU_TAKEN) from None


def change(product: Product, body: Mapping[str, Any]) -> Product:
    """Set what `body` names: title, image, metadata. The sku stays what it is. Raises
    InvalidRequest; the photo before is thrown away only once another has taken its place."""
    fields, before = ["updated_at"], product.image_path
    if "title" in body:
        product.title = read_title(body["title"])
        fields.append("title")
    if "metadata" in body:
        product.metadata = recipes.read_metadata(body)
        fields.append("metadata")
    if "image" in body:
        for name, value in _photo(body["image"], product.partner).items():
            setattr(product, name, value)
            fields.append(name)
    if before == product.image_path:
        product.save(update_fields=fields)
        return product
    try:
        _leave_to_waiting_jobs(product, before)
    except BaseException:
        _discard(product.image_path)
        raise
    # Should the database break off here, nobody knows which photo the row names: both stay.
    product.save(update_fields=fields)
    _throw_away(before)
    return product


def remove(product: Product) -> None:
    """Forget a product and its photo. Pictures that were made of it stay, and those that are
    ordered are made."""
    path = product.image_path
    _leave_to_waiting_jobs(product, path)
    product.delete()
    _throw_away(path)


def _leave_to_waiting_jobs(product: Product, path: str) -> None:
    """Jobs that were ordered of a photo take a copy of their own along before it goes."""
    waiting = product.generations.filter(status__in=LIVE) if path else []
    for job in waiting:
        if {"stored": path} not in job.sources:
            continue
        try:
            copy = {"stored": storage.keep_source(storage.read(path), partner_id=job.partner_id)}
        except FileNotFoundError:  # it is gone already
            return
        sources = [copy if source == {"stored": path} else source for source in job.sources]
        if not Generation.objects.filter(pk=job.pk, status__in=LIVE).update(sources=sources):
            storage.discard(copy["stored"])  # it ended this very moment


def _throw_away(path: str) -> None:
    transaction.on_commit(partial(_discard, path))


def _discard(path: str) -> None:
    """Delete a photo, where it is kept here at all."""
    if path:
        storage.discard(path)


def find_named(partner: Partner, name: object) -> Product | None:
    """The partner's product with this sku or this id, which may be written `prod_…`."""
    if not isinstance(name, str):
        return None
    if found := partner.products.filter(sku=name).first():
        return found
    try:
        return partner.products.filter(id=uuid.UUID(name.removeprefix("prod_"))).first()
    except ValueError:
        return None


def find(partner: Partner, product_id: Any, *, gone: str = GONE) -> Product:
    """The partner's product of that id. NotFound, also for another partner's and an odd id."""
    try:
        found = partner.products.filter(id=uuid.UUID(str(product_id))).first()
    except ValueError:
        found = None
    if found is None:
        raise NotFound(gone)
    found.partner = partner
    return found
