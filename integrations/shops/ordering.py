"""From what a shop told of a product to the jobs that make its pictures, each paid for once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.errors import PaymentRequired, ServiceError, Unavailable
from accounts.models import Partner
from imaging import batches, submitting
from imaging.batches import Asked
from integrations.shops import links, styles
from integrations.shops.models import ShopPicture, ShopProduct
from integrations.shops.told import Photo
from integrations.shops.written import is_ours

SURFACE = "shops"
MOST_ORDERS = 3
"""Times that a picture which could not be made is ordered: the shop sends a product often."""

BUSY_WAIT = timedelta(minutes=1)
DISCONNECTED = "The shop is disconnected"
PARTNER_OFF = "The partner is switched off"

State = ShopPicture.State


@transaction.atomic
def order(product_id: int) -> bool:
    """Order what a pending product lacks, as one batch. True where a batch was ordered.

    The product is locked meanwhile: whoever comes second finds the pictures of the first. Where
    points are short, the reason stands on the product, and the shop's next webhook tries again.
    """
    product = (
        ShopProduct.objects.select_for_update(of=("self",))
        .select_related("link__connection__account__partner")
        .filter(pk=product_id, pending=True)
        .first()
    )
    if product is None or (product.next_try_at and product.next_try_at > timezone.now()):
        return False
    product.pending, product.problem = False, ""
    connection = product.link.connection
    partner = connection.account.partner
    ordered = False
    if not connection.access:
        product.problem = DISCONNECTED
    elif not partner.active:
        product.problem = PARTNER_OFF
    else:
        ordered = _ordered(product, partner)
    product.save(update_fields=["pending", "problem", "next_try_at", "updated_at"])
    return ordered


def _ordered(product: ShopProduct, partner: Partner) -> bool:
    _wish(product)
    _take_up_again(product)
    wanted = list(product.pictures.filter(state=State.WANTED).select_related("product"))
    if not wanted:
        return False
    try:
        with transaction.atomic():
            _submit(product, partner, wanted)
    except Unavailable:
        product.pending, product.next_try_at = True, timezone.now() + BUSY_WAIT
        return False
    except ServiceError as error:
        product.problem = error.message[:300]
        action = "shop.unpaid" if isinstance(error, PaymentRequired) else "shop.order_refused"
        _recorded(product, partner, action, problem=product.problem)
        return False
    return True


def _wish(product: ShopProduct) -> None:
    """A row for every picture that the product is to have, and has not."""
    own = merchants_own(product)
    for position, wish in enumerate(styles.wishes(product.link.styles, own)):
        ShopPicture.objects.get_or_create(
            product=product,
            style=wish.style,
            source_key=wish.photo.key,
            defaults={
                "role": wish.role,
                "position": position,
                "source_url": wish.photo.src,
            },
        )


def merchants_own(product: ShopProduct) -> list[Photo]:
    """The product's photos without the pictures that we put there."""
    ours = list(product.pictures.exclude(name="").values_list("name", "remote_id"))
    written = {remote_id for _, remote_id in ours}
    photos = [Photo(row["id"], row["src"]) for row in product.photos]
    return [
        photo
        for photo in photos
        if photo.id not in written and not any(is_ours(photo, name) for name, _ in ours)
    ]


def _take_up_again(product: ShopProduct) -> None:
    """What failed goes on where it stopped: unmade pictures are ordered, made ones written."""
    failed = product.pictures.filter(state=State.FAILED)
    failed.exclude(name="").update(state=State.MADE, attempts=0, problem="")
    failed.filter(name="", orders__lt=MOST_ORDERS).update(
        state=State.WANTED, generation=None, problem=""
    )


def _submit(product: ShopProduct, partner: Partner, wanted: Sequence[ShopPicture]) -> None:
    shop = links.shop(product.link).host
    orders = [submitting.checked(styles.order(picture, shop=shop), partner) for picture in wanted]
    batch = batches.submit(Asked(partner=partner, surface=SURFACE), orders)
    for picture, generation in zip(wanted, batch.items.order_by("position"), strict=True):
        picture.generation, picture.state = generation, State.MAKING
        picture.orders += 1
        picture.save(update_fields=["generation", "state", "orders"])
    _recorded(product, partner, "shop.ordered", pictures=len(wanted), batch=str(batch.pk))


def _recorded(product: ShopProduct, partner: Partner, action: str, **facts: object) -> None:
    audit.record(
        action=action,
        target=product.link.connection.account_id,
        partner=partner,
        facts={"shop": product.link.platform, "product": product.remote_id, **facts},
    )
