"""When points run low: a mail once, an automatic purchase at most once an hour."""

from __future__ import annotations

import logging
from datetime import timedelta
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.urls import reverse
from django.utils import timezone

from accounts.errors import ServiceError
from accounts.models import Membership
from billing import points, purchases, stripe_api
from billing.amounts import show
from billing.models import BalanceWatch, Purchase

logger = logging.getLogger(__name__)

PAUSE = timedelta(hours=1)
"""Between two automatic purchases, whatever came of the first."""


def look() -> int:
    """Look at every watched balance; the minute's schedule calls it. Returns what was done."""
    done = 0
    for watch in BalanceWatch.objects.select_related("partner").filter(partner__active=True):
        balance = int(points.balance(partner_id=watch.partner_id))
        for look_after in (_mail, _top_up):
            try:
                done += look_after(watch, balance)
            except Exception:  # whatever is wrong with one, the others are looked after
                logger.exception("the balance of %s could not be looked after", watch.partner_id)
    return done


def _mail(watch: BalanceWatch, balance: int) -> bool:
    """One mail each time the balance falls below the mark."""
    if watch.mail_below is None:
        return False
    if balance >= watch.mail_below:
        if watch.mailed_at:
            BalanceWatch.objects.filter(pk=watch.pk).update(mailed_at=None)
        return False
    first = BalanceWatch.objects.filter(pk=watch.pk, mailed_at__isnull=True)
    if not first.update(mailed_at=timezone.now()):
        return False
    try:
        _tell_owners(watch, balance)
    except (SMTPException, OSError):
        logger.exception("nobody of %s could be told that points run low", watch.partner_id)
        BalanceWatch.objects.filter(pk=watch.pk).update(mailed_at=None)  # the next minute tries
        return False
    return True


def _tell_owners(watch: BalanceWatch, balance: int) -> None:
    owners = watch.partner.memberships.filter(role=Membership.Role.OWNER)
    send_mail(
        subject=f"{watch.partner.name} has {balance} points left",
        message=(
            f"Hello,\n\n{watch.partner.name} has {balance} points left on {settings.BRAND_NAME}.\n"
            "When they are used up, requests are refused until there are new ones:\n"
            f"{settings.PUBLIC_URL}{reverse('dashboard-billing')}\n"
        ),
        from_email=None,
        recipient_list=sorted(owners.values_list("user__email", flat=True)),
    )


def _top_up(watch: BalanceWatch, balance: int) -> bool:
    """Buy the chosen package with the saved method."""
    ready = watch.customer_id and watch.payment_method_id and stripe_api.enabled()
    if watch.top_up_below is None or balance >= watch.top_up_below or not ready:
        return False
    now = timezone.now()
    mine = BalanceWatch.objects.filter(pk=watch.pk).exclude(tried_at__gt=now - PAUSE)
    if not mine.update(tried_at=now):
        return False
    try:
        purchase = purchases.order(
            partner=watch.partner,
            package_code=watch.top_up_package,
            buyer="",
            way=Purchase.Way.TOP_UP,
        )
    except ServiceError as error:
        BalanceWatch.objects.filter(pk=watch.pk).update(failure=error.message[:200])
        return False
    return _charge(watch, purchase)


def _charge(watch: BalanceWatch, purchase: Purchase) -> bool:
    try:
        payment = stripe_api.charge_saved(
            purchase=str(purchase.pk),
            amount=purchase.amount,
            currency=purchase.currency,
            customer_id=watch.customer_id,
            method_id=watch.payment_method_id,
            title=purchases.title_of(purchase),
        )
    except stripe_api.StripeRefused as refused:
        purchases.failed(str(purchase.pk), refused.reason)
        BalanceWatch.objects.filter(pk=watch.pk).update(failure=refused.reason[:200])
        logger.warning("automatic top-up of %s was refused", watch.partner_id)
        return False
    except ServiceError:
        logger.warning("automatic top-up of %s got no answer", watch.partner_id)
        return False  # the event will tell, if it went through
    if payment.succeeded:
        purchases.fulfil_payment(payment.id)
        BalanceWatch.objects.filter(pk=watch.pk).update(failure="")
        logger.info("topped up %s with %s points", watch.partner_id, show(purchase.points))
    return payment.succeeded
