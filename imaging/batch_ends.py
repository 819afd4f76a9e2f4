"""The end of a batch: noticed by its last item, told once."""

from __future__ import annotations

from django.utils import timezone

from accounts.webhooks import outbox
from imaging.api.batch_answers import batch_detail
from imaging.models import LIVE, Batch, Generation
from imaging.plain import plain

EVENT = "batch.completed"


def item_ended(generation: Generation) -> Batch | None:
    """Call it in the transaction that ends an item. Returns the batch if that was the last one.

    The batch is locked first, so of two items that end at once the second sees the first.
    """
    if generation.batch_id is None:
        return None
    batch = Batch.objects.select_for_update().get(pk=generation.batch_id)
    if batch.finished_at or Generation.objects.filter(batch=batch, status__in=LIVE).exists():
        return None
    batch.finished_at = timezone.now()
    batch.save(update_fields=["finished_at"])
    return batch


def announce(batch: Batch) -> None:
    """Tell the partner's endpoints, and the batch's own address."""
    _tell(batch, url=batch.webhook_url)


def announce_to_endpoints(batch: Batch) -> None:
    """Tell the partner's endpoints alone: the batch's own address hears it in another dialect."""
    _tell(batch, url="")


def _tell(batch: Batch, *, url: str) -> None:
    if url or outbox.listeners(batch.partner, EVENT):
        data = plain(batch_detail(batch))
        outbox.publish(partner=batch.partner, event=EVENT, data=data, url=url)
