"""Every check of the record, once, with a stable code; forms, imports and actions all come through here.

Codes are those of the instrument specification where it has one (D3, D8, F1, P4); V codes are this project's own.
"""

from registry.rules.dates import EARLIEST_DATE, at_precision, compare_dates
from registry.rules.new_visit import NewVisit, check_visit, item_counts, totals
from registry.rules.numbers import MOST_DECIMALS, plain

__all__ = [
    "EARLIEST_DATE",
    "MOST_DECIMALS",
    "NewVisit",
    "at_precision",
    "check_visit",
    "compare_dates",
    "item_counts",
    "plain",
    "totals",
]
