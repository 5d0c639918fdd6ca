"""Correct figures, shuffled: nearly every shuffle must raise an alarm that the figures as printed do not.

Each kind of shuffle takes one table of figures that are right, permutes one field among its rows with a fixed seed, and
leaves everything else as it is printed; the places where the abstract or the text repeat the table are left out, so
that a plain comparison with them cannot find it.
"""

import random
from collections.abc import Callable, Iterator
from itertools import combinations

import pytest

from tests.outcomes.consistency.printed_figures import published, report_of

TIMES = 40


def rows(paper: str, *locations: str, also: str = "n_patients") -> list[dict]:
    """The records of some tables, and the sizes of the paper's groups."""
    kept = [record for record in published() if record["paper"] == paper]
    return [record for record in kept if record["location"] in locations or record["variable"] == also]


def permuted(records: list[dict], field: str, shuffle: random.Random, of: Callable = lambda record: True) -> list[dict]:
    """The records with one field permuted among those that have it; never the order in which they were."""
    having = [place for place, record in enumerate(records) if field in record["values"] and of(record)]
    before = [records[place]["values"][field] for place in having]
    after = before
    while after == before:
        after = shuffle.sample(before, len(before))
    changed = [{**record, "values": dict(record["values"])} for record in records]
    for place, value in zip(having, after, strict=True):
        changed[place]["values"][field] = value
    return changed


def is_item(record: dict) -> bool:
    return record["variable"].startswith("msts_item")


def is_compared_share(record: dict) -> bool:
    return "percent" in record["values"] and bool((record["values"].get("p") or {}).get("value"))


def is_total(record: dict) -> bool:
    return record["variable"] == "msts_total"


GUPTA_3 = rows("gupta2014", "Table 3")
GUPTA_456 = rows("gupta2014", "Table 4", "Table 5", "Table 6")
COX_1 = rows("cox2025", "Table 1")
COX_2 = rows("cox2025", "Table 2", "Abstract")
CLUNK_2 = rows("clunk2025", "Table 2")
# The table, the field, which rows, and how many of the 40 shuffles raise an alarm: measured, with the seed below.
SHUFFLES = {
    "percents of Gupta's Table 3": (GUPTA_3, "percent", lambda record: True, 40),
    "counts of Gupta's Table 3": (GUPTA_3, "n", lambda record: "percent" in record["values"], 40),
    "percents of Cox's Table 1": (COX_1, "percent", lambda record: True, 40),
    "percents of Clunk's Table 2": (CLUNK_2, "percent", lambda record: True, 40),
    "first quartiles of Gupta's Tables 4 to 6": (GUPTA_456, "q1", lambda record: True, 40),
    "third quartiles of Gupta's Tables 4 to 6": (GUPTA_456, "q3", lambda record: True, 40),
    "medians of Gupta's Tables 4 to 6": (GUPTA_456, "median", lambda record: True, 40),
    "item means of Cox's Table 2": (COX_2, "mean", is_item, 40),
    "totals of Cox's Table 2": (COX_2, "mean", is_total, 40),
    "p-values of Clunk's Table 2": (CLUNK_2, "p", is_compared_share, 40),
}


def alarms(records: list[dict]) -> set:
    return {(one.code, one.severity, one.records, one.printed) for one in report_of(records).alarms}


@pytest.mark.parametrize("name", SHUFFLES)
def test_nearly_every_shuffle_of_correct_figures_raises_an_alarm(name):
    records, field, of, expected = SHUFFLES[name]
    as_printed = alarms(records)
    shuffle = random.Random(2014)
    raised = sum(bool(alarms(permuted(records, field, shuffle, of)) - as_printed) for _ in range(TIMES))
    assert raised == expected


# Of two rows that change places in one field (every third such pair), how many raise an alarm, and of how many.
SWAPS = {
    "percents of Gupta's Table 3": (72, 73),
    "first quartiles of Gupta's Tables 4 to 6": (39, 46),
    "third quartiles of Gupta's Tables 4 to 6": (44, 45),
    "medians of Gupta's Tables 4 to 6": (38, 41),
    "totals of Cox's Table 2": (2, 2),
}


def swapped(records: list[dict], field: str, of: Callable) -> Iterator[list[dict]]:
    """The records with one field of two rows exchanged, for every third pair of rows that differ in it."""
    having = [place for place, record in enumerate(records) if field in record["values"] and of(record)]
    pairs = [pair for pair in combinations(having, 2) if len({records[place]["values"][field] for place in pair}) == 2]
    for one, other in pairs[::3]:
        changed = [{**record, "values": dict(record["values"])} for record in records]
        changed[one]["values"][field] = records[other]["values"][field]
        changed[other]["values"][field] = records[one]["values"][field]
        yield changed


@pytest.mark.parametrize("name", SWAPS)
def test_a_single_exchange_between_two_rows_is_mostly_seen(name):
    """The hardest shuffle: 8 (8 to 10) and 9 (8 to 10) of one scale may change places and stay possible."""
    records, field, of, _ = SHUFFLES[name]
    as_printed = alarms(records)
    raised = [bool(alarms(changed) - as_printed) for changed in swapped(records, field, of)]
    assert (sum(raised), len(raised)) == SWAPS[name]


def test_of_all_shuffles_at_least_19_in_20_raise_an_alarm():
    shares = [expected for *_, expected in SHUFFLES.values()]
    assert sum(shares) >= 0.95 * TIMES * len(SHUFFLES)


def test_figures_that_only_change_places_within_what_is_equal_raise_none():
    """The control: swapping rows that print the same, or the order of the file, is no shuffle of figures."""
    same = list(reversed(GUPTA_456))
    assert alarms(same) == alarms(GUPTA_456) == set()
