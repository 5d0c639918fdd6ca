"""However the rows are dealt to sites, and however the sites' tables are merged: the bytes of one table of all rows."""

import copy
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcomes.analyses import TYPES
from outcomes.columns import Category
from outcomes.plans.check import specified
from outcomes.stats.documents import canonical
from outcomes.stats.tables import Tables
from tests.outcomes.cohorts import ENTRIES, as_if_alone, entry_name, split_cohorts
from tests.outcomes.test_tables import three_sites

MOST_SITES = 6
POOLABLE = [{"id": "x", **entry} for entry in ENTRIES if getattr(TYPES[entry["type"]], "poolable", True)]


@st.composite
def dealt(draw):
    """A cohort, its rows dealt to one to six sites of which some may be empty, and an order of merging."""
    whole, _, _ = draw(split_cohorts())
    holder = np.array(draw(st.lists(st.integers(0, MOST_SITES - 1), min_size=whole.rows, max_size=whole.rows)))
    hospital = draw(st.lists(st.sampled_from(["north", "south"]), min_size=whole.rows, max_size=whole.rows))
    whole = replace(whole, sites=Category.of(hospital))
    parts = [as_if_alone(whole, holder == site) for site in range(draw(st.integers(1, MOST_SITES)))]
    rest = as_if_alone(whole, holder >= len(parts))
    return whole, [*parts, rest], draw(st.randoms(use_true_random=False))


def merged(tables, order):
    """Two at a time, any two, until one is left: every order and every shape of a tree can come of it."""
    while len(tables) > 1:
        one, two = order.sample(range(len(tables)), 2)
        rest = [each for place, each in enumerate(tables) if place not in (one, two)]
        tables = [*rest, tables[one] + tables[two]]
    return tables[0]


@pytest.mark.parametrize("entry", POOLABLE, ids=entry_name)
@settings(max_examples=25, deadline=None)
@given(cohort=dealt())
def test_any_deal_to_sites_and_any_shape_of_merging_give_the_bytes_of_all_rows(entry, cohort):
    whole, sites, order = cohort
    spec = specified(entry)
    sent = [json.loads(canonical(spec.tabulate(site).to_json())) for site in sites]
    total = merged([Tables.from_json(document) for document in sent], order)
    assert canonical(spec.compute(total)) == canonical(spec.compute(spec.tabulate(whole)))


def cells(document, path=()):
    """The place of each count in the tables: every whole number but a scale's decimals and a timepoint's order."""
    for key, inside in document.items() if isinstance(document, dict) else enumerate(document):
        if isinstance(inside, dict | list):
            yield from cells(inside, (*path, key)) if key != "timepoints" else ()
        elif isinstance(inside, int) and inside and key != "decimals":
            yield (*path, key)


def forgetting(document, path):
    """The same tables with one cell lost."""
    damaged = copy.deepcopy(document)
    inside = damaged
    for key in path[:-1]:
        inside = inside[key]
    if isinstance(inside, dict) and not isinstance(document, list) and path[-1] not in ("n", "tie_sum"):
        del inside[path[-1]]
    else:
        inside[path[-1]] = 0
    return damaged


def answer(spec, document):
    """The payload's bytes, or that nothing can be computed of such tables: either way somebody sees it."""
    try:
        return canonical(spec.compute(Tables.from_json(document)))
    except (ValueError, ArithmeticError, LookupError) as refusal:
        return repr(refusal).encode()


@pytest.mark.parametrize("entry", POOLABLE, ids=entry_name)
def test_a_table_that_forgets_a_cell_is_seen_in_the_bytes(entry):
    """Nearly every cell; a part that this entry does not read, or an answer refused anyway, may forget without harm."""
    spec = specified(entry)
    document = spec.tabulate(three_sites()[0]).to_json()
    right, places = answer(spec, document), list(cells(document))
    seen = [path for path in places if answer(spec, forgetting(document, path)) != right]
    assert seen
