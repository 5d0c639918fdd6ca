"""Twenty invented procedures with a time, an ending, arms and a site; and small samples of times."""

import pytest
from oracle_cohorts import ended_of
from scipy.stats import CensoredData
from small_samples import strategies

TIME = [5, 8, 12, 12, 15, 20, 20, 24, 30, 36, 3, 6, 6, 9, 14, 18, 22, 22, 27, 40]
STATUS = [1, 0, 1, 2, 0, 1, 1, 0, 2, 0, 1, 1, 2, 1, 0, 1, 2, 0, 1, 0]
ARM, ARM3 = "a" * 10 + "b" * 10, ("abc" * 7)[:20]
SITE = "nsnsnsnsns" + "snsnsnsnsn"
ENDING = {0: "censored", 1: "event", 2: "competing"}
ROWS = list(zip(TIME, (ENDING[status] for status in STATUS), ARM, ARM3, SITE, strict=True))
EVERYBODY = ended_of([row[:2] for row in ROWS])


def by(place, rows=ROWS):
    """The rows counted by arm (2) or by the three arms (3)."""
    levels = sorted({row[place] for row in rows})
    return {level: ended_of([row[:2] for row in rows if row[place] == level]) for level in levels}


def within_sites(place):
    return [by(place, [row for row in ROWS if row[4] == site]) for site in "ns"]


def close(*numbers):
    return pytest.approx(numbers, rel=1e-10)


few_rows = strategies.lists(
    strategies.tuples(strategies.integers(1, 9), strategies.sampled_from(["event", "censored"])),
    min_size=1,
    max_size=14,
)


def sample(chosen):
    times = {ending: [time for time, how in chosen if how == ending] for ending in ("event", "censored")}
    return CensoredData(uncensored=times["event"], right=times["censored"])
