"""Tables per stratum: they add up site by site, travel as documents, and refuse what is none."""

import json

import numpy as np
import pytest

from outcomes.analyses.by_site import by_site
from outcomes.stats.documents import NotATable, canonical
from outcomes.stats.strata import Strata
from outcomes.stats.tables import Crosstab, Margin, Tables
from outcomes.tabulate import everyone_as_one_group, margin
from tests.outcomes.cohorts import columns

SCORES = {("pain", "pre"): ["7", "8", "6.5", None, "5", "7"]}
SITES = ["north", "south", "north", "south", "east", "east"]


def margins_by_site(cohort, kept):
    score, groups = cohort.score("pain", "pre"), everyone_as_one_group(cohort.rows)
    return by_site(cohort, kept, lambda who: margin(score, groups, who), of="margin")


def test_each_site_with_anybody_kept_has_its_own_table():
    cohort = columns(scores=SCORES, sites=SITES)
    strata = margins_by_site(cohort, np.array([True, True, True, True, False, False]))
    assert strata.in_order() == (
        ("north", Margin(decimals=1, rows={"": 2}, counts={"": {70: 1, 65: 1}})),
        ("south", Margin(decimals=1, rows={"": 2}, counts={"": {80: 1}})),
    )


@pytest.mark.parametrize("seed", range(20))
def test_strata_of_two_halves_add_up_to_the_strata_of_all_in_either_order(seed):
    cohort, chance = columns(scores=SCORES, sites=SITES), np.random.default_rng(seed)
    kept, half = chance.random((2, cohort.rows)) < 0.6
    one, two = margins_by_site(cohort, kept & half), margins_by_site(cohort, kept & ~half)
    assert one + two == two + one == margins_by_site(cohort, kept)
    assert (one + two).in_order() == margins_by_site(cohort, kept).in_order()


@pytest.mark.parametrize(
    "strata",
    [
        Strata(of="margin", strata={"north": Margin(decimals=1, rows={"a": 3}, counts={"a": {15: 2}})}),
        Strata(
            of="crosstab", strata={"é": Crosstab(rows=frozenset("ab"), cols=frozenset("c"), counts={"a": {"c": 2}})}
        ),
        Strata(of="margin"),
    ],
    ids=["margins", "crosstabs", "none"],
)
def test_strata_travel_as_documents_whatever_is_inside(strata):
    tables = Tables(parts={"by_site": strata})
    assert Tables.from_json(json.loads(canonical(tables.to_json()))) == tables


def test_strata_of_different_kinds_are_not_added():
    with pytest.raises(ValueError, match="strata of margin cannot be added to strata of crosstab"):
        Strata(of="margin") + Strata(of="crosstab")


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ({"of": "rows", "strata": {}}, "the strata are of one of"),
        ({"of": ["margin"], "strata": {}}, "the strata are of one of"),
        ({"strata": {}}, "the strata are of one of"),
        ({"of": "margin"}, "exactly the keys"),
        ({"of": "margin", "strata": []}, "not an object"),
        (
            {"of": "margin", "strata": {"north": {"decimals": 0, "rows": {}, "counts": {"a": {"1": 0.5}}}}},
            "not an integer",
        ),
    ],
)
def test_a_document_that_is_no_strata_is_refused_with_the_reason(document, why):
    with pytest.raises(NotATable, match=why):
        Tables.from_json({"parts": {"it": {"kind": "strata", **document}}, "left_out": {}})
