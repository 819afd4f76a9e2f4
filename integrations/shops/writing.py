"""Putting finished pictures into the shop: each at most once, whoever dies in between.

Before a picture is sent, the shop is asked which pictures the product has; one that bears our
name is there already, although nobody noted it, and is only noted.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from accounts import audit
from imaging import storage
from imaging.models import Asset, Generation, Status
from integrations.shops import styles
from integrations.shops.calls import ShopBusy, ShopRefused
from integrations.shops.models import ShopPicture, ShopProduct
from integrations.shops.shopify import Shopify
from integrations.shops.woocommerce import WooCommerce
from integrations.shops.written import NewPicture, ours_among

MOST_ATTEMPTS = 10
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=1)
ONLY_A_STAND_IN = "The product could not be shown"
GONE = "The finished picture is no longer stored"

State = ShopPicture.State


def settle(product: ShopProduct) -> None:
    """Note how the jobs of the product's ended batches went."""
    making = product.pictures.filter(state=State.MAKING).select_related("generation__batch")
    for picture in making:
        generation = picture.generation
        if generation is not None and generation.batch and generation.batch.finished_at is None:
            continue
        asset = _asset(generation)
        if asset is not None:
            picture.state, picture.name = State.MADE, _stem(asset.path)
            picture.save(update_fields=["state", "name"])
        else:
            fail(product, picture, _why(generation))


def _asset(generation: Generation | None) -> Asset | None:
    """The picture of a job that made one of the product itself."""
    if generation is None or generation.status != Status.SUCCEEDED or generation.stand_in:
        return None
    return generation.assets.filter(kind=Asset.Kind.OUTPUT).order_by("position").first()


def _why(generation: Generation | None) -> str:
    if generation is None:
        return GONE
    if generation.status == Status.SUCCEEDED:
        return ONLY_A_STAND_IN if generation.stand_in else GONE
    return generation.error_message or f"The picture's job is {generation.status}"


def write(product: ShopProduct, picture: ShopPicture, shop: Shopify | WooCommerce) -> bool:
    """Put one made picture into the shop. True: it is there, or never will be; False: wait."""
    try:
        asset = _asset(picture.generation)
        if asset is None:
            raise ShopRefused(GONE)
        present = shop.pictures(product.remote_id)
        there = ours_among(present, picture.name)
        new = _new_picture(picture, asset)
        remote_id = there.id if there else shop.add(product.remote_id, present, new)
    except ShopBusy as busy:
        return _wait(product, picture, busy)
    except (ShopRefused, FileNotFoundError) as error:
        fail(product, picture, error.reason if isinstance(error, ShopRefused) else GONE)
        return True
    picture.state, picture.remote_id, picture.written_at = State.WRITTEN, remote_id, timezone.now()
    picture.problem = ""
    picture.save(update_fields=["state", "remote_id", "written_at", "problem"])
    return True


def _new_picture(picture: ShopPicture, asset: Asset) -> NewPicture:
    title = picture.product.title or "Product"
    return NewPicture(
        name=picture.name,
        file_name=f"{slugify(title)[:60] or 'product'}-{asset.path.rpartition('/')[2]}",
        title=title,
        alt=styles.alt_text(picture),
        content=lambda: storage.read(asset.path),
        url=lambda: storage.public_url(asset),
    )


def _stem(path: str) -> str:
    return path.rpartition("/")[2].partition(".")[0]


def _wait(product: ShopProduct, picture: ShopPicture, busy: ShopBusy) -> bool:
    """Try the product again later: after what the shop says, or twice as long each time."""
    picture.attempts += 1
    if picture.attempts >= MOST_ATTEMPTS:
        fail(product, picture, busy.reason)
        return True
    doubled = min(FIRST_WAIT * 2 ** (picture.attempts - 1), LONGEST_WAIT)
    said = busy.wait_seconds
    product.next_try_at = timezone.now() + (doubled if said is None else timedelta(seconds=said))
    picture.problem = busy.reason[:300]
    with transaction.atomic():
        picture.save(update_fields=["attempts", "problem"])
        product.save(update_fields=["next_try_at", "updated_at"])
    return False


@transaction.atomic
def fail(product: ShopProduct, picture: ShopPicture, reason: str) -> None:
    """The end, until the shop sends the product again; people see why."""
    picture.state, picture.problem = State.FAILED, reason[:300]
    picture.save(update_fields=["state", "problem", "attempts"])
    product.problem = picture.problem
    product.save(update_fields=["problem", "updated_at"])
    account = product.link.connection.account
    audit.record(
        action="shop.picture_failed",
        target=account.pk,
        partner=account.partner,
        facts={
            "shop": product.link.platform,
            "product": product.remote_id,
            "picture": picture.role,
            "problem": picture.problem,
        },
    )
