"""Totals of instruments that are sums of items: made of all items, or not at all."""

from collections.abc import Iterable
from decimal import Decimal
from uuid import UUID

from django.db.models import Count

from registry.models import Instrument


def items_of(wholes: set[UUID]) -> dict[UUID, int]:
    """How many items each of these totals has; one query, none where there is no total."""
    if not wholes:
        return {}
    counted = Instrument.objects.filter(part_of__in=wholes).values_list("part_of").annotate(count=Count("pk"))
    return dict(counted.order_by())


def item_counts(visits: Iterable) -> dict[UUID, int]:
    """How many items each total has that these visits have items of; one query."""
    return items_of({instrument.part_of_id for visit in visits for instrument in visit.scores} - {None})


def totals(scores: dict, items: dict[UUID, int]) -> dict[Instrument, Decimal]:
    """The total of each instrument whose items are all present as values; no item is ever imputed.

    `items` is how many items each total has, as item_counts gives it.
    """
    parts: dict[Instrument, list] = {}
    for instrument, value in scores.items():
        if instrument.part_of_id is not None:
            parts.setdefault(instrument.part_of, []).append(value)
    return {
        whole: sum(values)
        for whole, values in parts.items()
        if len(values) == items[whole.pk] and all(isinstance(value, Decimal) for value in values)
    }
