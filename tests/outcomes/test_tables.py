"""Tables that add up: site by site gives what all rows together give, to the byte; and documents that are no tables."""

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import rankdata

from outcomes.analyses import TYPES
from outcomes.columns import Column
from outcomes.plans.check import specified
from outcomes.stats.documents import NotATable, canonical
from outcomes.stats.repeated_rows import NotAdded
from outcomes.stats.tables import Crosstab, Differences, Margin, Margins, Tables, TablesDiffer
from outcomes.stats.times import Times
from tests.outcomes.cohorts import ENTRIES, as_if_alone, columns, entry_name

# A type that needs the rows themselves has no tables to add.
NOT_POOLABLE = {"mixed_model", "gee"}
NAMED = [{"id": "x", **entry} for entry in ENTRIES if entry["type"] not in NOT_POOLABLE]


def site_by_site(entry, sites, *, seen_as=lambda site: site, add=lambda one, two: one + two):
    """The payload's bytes from the sites' tables, each sent as a document, and added in the order given."""
    spec = specified(entry)
    sent = [canonical(spec.tabulate(seen_as(site)).to_json()) for site in sites]
    received = [Tables.from_json(json.loads(document)) for document in sent]
    total = received[0]
    for tables in received[1:]:
        total = add(total, tables)
    return canonical(spec.compute(total))


def all_together(entry, whole):
    spec = specified(entry)
    return canonical(spec.compute(spec.tabulate(whole)))


def test_every_analysis_type_is_among_the_entries_tried():
    assert {entry["type"] for entry in ENTRIES} == set(TYPES)


def test_only_the_models_of_rows_cannot_be_pooled():
    assert {name for name, kind in TYPES.items() if not getattr(kind, "poolable", True)} == NOT_POOLABLE


@pytest.mark.parametrize("kind", sorted(NOT_POOLABLE))
def test_rows_are_neither_added_nor_sent_and_the_payload_says_so(kind):
    whole, (one, two, _) = three_sites()
    spec = specified({"id": "x", "type": kind, "instrument": "pain"})
    with pytest.raises(NotAdded, match="cannot be pooled"):
        spec.tabulate(one) + spec.tabulate(two)
    with pytest.raises(NotATable, match="rows of procedures do not leave"):
        spec.tabulate(one).to_json()
    assert spec.compute(spec.tabulate(whole))["poolable"] is False


def three_sites():
    """Twelve procedures at three sites that differ in decimals, in levels seen, and in the timepoints they got to."""
    whole = columns(
        scores={
            ("pain", "pre"): ["7", "8", "6.5", "9", "5", "7", "8", None, "4", "6", "3", "9"],
            ("pain", "6w"): ["3", "5.5", "4", None, "5", "2", "7", "6", None, "1", "3", "8"],
            ("pain", "1y"): ["2", "4", None, "6", None, None, None, None, "3", "0", "4.25", "5"],
        },
        covariates={
            "arm": ["a", "a", "b", "b", "b", "b", "b", "b", None, "a", "b", "a"],
            "sex": ["F", "M", "F", "M", "F", "M", "F", "M", "F", "M", None, "M"],
            "grade": ["1", "2", "1", "1", "2", "2", "1", "10", "10", "1.0", "2", None],
            "age": ["61", "70.5", "55", "48", "66", "59", "71", "80", "62", None, "58", "64"],
        },
        survival={
            "repair": (
                ["3", "1", "2.5", "4", "2", "2", "5", "1.25", "6", "4", None, "2"],
                ["1", "0", "1", "0", "1", "1", "0", "1", "0", "1", None, "1"],
            ),
            "death": (
                ["3", "1", "4", "4", "1", "3", "5", "2", "6", "3", "2", None],
                ["0", "1", "0", "1", "1", "0", "0", "0", "1", "1", "1", None],
            ),
        },
    )
    sites = np.array([1] * 4 + [2] * 4 + [3] * 4)
    return whole, [as_if_alone(whole, sites == site) for site in (1, 2, 3)]


@pytest.mark.parametrize("entry", NAMED, ids=entry_name)
def test_three_sites_may_be_added_in_any_order_and_grouping(entry):
    whole, (one, two, three) = three_sites()
    expected = all_together(entry, whole)
    assert site_by_site(entry, [one, two, three]) == expected
    assert site_by_site(entry, [three, one, two]) == expected
    spec = specified(entry)
    a, b, c = (spec.tabulate(site) for site in (one, two, three))
    assert canonical(spec.compute(a + (b + c))) == expected


def own_ranks(site):
    """What must not be done: values replaced by their ranks among the site's own."""
    ranked = {key: Column(_ranks(column), column.present, 0) for key, column in site.scores.items()}
    return replace(site, scores=ranked)


def _ranks(column):
    values = np.zeros(len(column.values), dtype=np.int64)
    values[column.present] = 2 * rankdata(column.values[column.present])
    return values


def forgets_who_was_left_out(one, two):
    return replace(one + two, left_out=one.left_out)


def forgets_the_second_sites_rows(one, two):
    """Adds the counts but keeps the first table's rows, so the second site's missing are lost."""
    parts = (one + two).parts
    kept = {
        name: replace(part, rows=one.parts[name].rows) if hasattr(part, "rows") else part
        for name, part in parts.items()
    }
    return replace(one + two, parts=kept)


def forgets_the_decimals(one, two):
    """Adds scaled integers as they stand, whatever their decimals."""
    same = {name: replace(part, decimals=one.parts[name].decimals) for name, part in two.parts.items()}
    return one + replace(two, parts=same)


WRONG = [
    ({"type": "kruskal_dunn", "instrument": "pain"}, {"seen_as": own_ranks}),
    ({"type": "mannwhitney", "instrument": "pain", "timepoint": "6w", "by": "arm"}, {"seen_as": own_ranks}),
    ({"type": "wilcoxon_paired", "instrument": "pain", "pre": "pre", "post": "1y"}, {"add": forgets_who_was_left_out}),
    ({"type": "crosstab_patient", "row": "grade", "col": "arm"}, {"add": forgets_who_was_left_out}),
    ({"type": "describe_by_timepoint", "instrument": "pain"}, {"add": forgets_the_second_sites_rows}),
    ({"type": "mannwhitney_patient_var", "var": "age", "by": "arm"}, {"add": forgets_the_second_sites_rows}),
    ({"type": "describe_by_timepoint", "instrument": "pain"}, {"add": forgets_the_decimals}),
    ({"type": "wilcoxon_paired", "instrument": "pain", "pre": "pre", "post": "6w"}, {"add": forgets_the_decimals}),
    ({"type": "km", "times": "repair", "by": "arm"}, {"add": forgets_the_decimals}),
    ({"type": "km", "times": [2], "survival": "death"}, {"add": forgets_who_was_left_out}),
]


@pytest.mark.parametrize(("entry", "wrongly"), WRONG)
def test_adding_in_a_wrong_way_is_seen_in_the_bytes(entry, wrongly):
    whole, sites = three_sites()
    entry = {"id": "x", **entry}
    assert site_by_site(entry, sites) == all_together(entry, whole)
    assert site_by_site(entry, sites, **wrongly) != all_together(entry, whole)


@pytest.mark.parametrize("entry", NAMED, ids=entry_name)
def test_tables_hold_integers_and_names_and_no_floats(entry):
    whole, _ = three_sites()
    document = specified(entry).tabulate(whole).to_json()
    assert _leaves(document) <= {int, str}
    assert Tables.from_json(json.loads(canonical(document))) == specified(entry).tabulate(whole)


def _leaves(document):
    if isinstance(document, dict | list):
        inside = document.values() if isinstance(document, dict) else document
        return {kind for each in inside for kind in _leaves(each)}
    return {type(document)}


def test_margins_with_other_decimals_are_rescaled_when_added():
    whole = Margin(decimals=0, rows={"a": 2}, counts={"a": {3: 2}})
    tenths = Margin(decimals=1, rows={"a": 1, "b": 1}, counts={"a": {30: 1}})
    total = whole + tenths
    assert total == Margin(decimals=1, rows={"a": 3, "b": 1}, counts={"a": {30: 3}})
    assert total.missing("b") == 1


def test_a_timepoint_that_one_site_does_not_have_is_missing_for_all_its_procedures():
    one = Margins(timepoints={"pre": 0}, decimals=0, rows={"": 4}, counts={"pre": {"": {5: 4}}})
    two = Margins(timepoints={"pre": 0, "1y": 2}, decimals=0, rows={"": 3}, counts={"1y": {"": {2: 1}}})
    assert (one + two).at("1y").missing("") == 6


def test_tables_of_schedules_that_disagree_on_the_order_are_not_added():
    one = Margins(timepoints={"pre": 0, "1y": 1}, decimals=0, rows={}, counts={})
    two = Margins(timepoints={"pre": 0, "1y": 2}, decimals=0, rows={}, counts={})
    with pytest.raises(TablesDiffer, match="1y is number 1 in one table, 2 in the other"):
        one + two


def test_times_in_different_units_are_not_added_and_nobodys_times_have_any_unit():
    days = Times(decimals=0, unit="days", groups=frozenset("a"), counts={"a": {5: {"event": 1}}})
    months = Times(decimals=1, unit="months", groups=frozenset("a"), counts={"a": {5: {"censored": 1}}})
    with pytest.raises(TablesDiffer, match="times in days cannot be added to times in months"):
        days + months
    nobody = Times(decimals=1, groups=frozenset("b"))
    both = {"decimals": 1, "unit": "days", "groups": frozenset("ab"), "counts": {"a": {50: {"event": 1}}}}
    assert days + nobody == nobody + days == Times(**both)


def test_tables_of_different_analyses_are_not_added():
    changes = Tables(parts={"changes": Differences(decimals=0, counts={1: 2})})
    table = Tables(parts={"table": Crosstab(rows=frozenset("a"), cols=frozenset("b"), counts={})})
    with pytest.raises(TablesDiffer, match="changes"):
        changes + table


NO_TIMES = {"kind": "times", "decimals": 0, "unit": "", "groups": ["a"], "counts": {}}


@pytest.mark.parametrize(
    ("part", "why"),
    [
        ({"kind": "differences", "decimals": 0, "counts": {"1": 2.0}}, "not an integer"),
        ({"kind": "differences", "decimals": 0, "counts": {"1": True}}, "not an integer"),
        ({"kind": "differences", "decimals": 0, "counts": {"1": -2}}, "below 0"),
        ({"kind": "differences", "decimals": 0, "counts": {"1.5": 2}}, "not a value written as an integer"),
        ({"kind": "differences", "decimals": 0, "counts": {"01": 2}}, "not a value written as an integer"),
        ({"kind": "differences", "decimals": 0, "counts": [1, 2]}, "not an object"),
        ({"kind": "differences", "decimals": 0}, "exactly the keys"),
        ({"kind": "differences", "decimals": 0, "counts": {}, "rows": {}}, "exactly the keys"),
        ({"kind": "crosstab", "rows": "ab", "cols": [], "counts": {}}, "not a list"),
        ({"kind": "crosstab", "rows": [1], "cols": [], "counts": {}}, "not text"),
        ({"kind": "rows"}, "the kind of a table"),
        ({**NO_TIMES, "counts": {"a": {"-1": {"event": 1}}}}, "the time -1 is below 0"),
        ({**NO_TIMES, "counts": {"a": {"1.5": {"event": 1}}}}, "not a value written as an integer"),
        ({**NO_TIMES, "counts": {"a": {"1": {"died": 1}}}}, "'died' is not one of censored, event, competing"),
        ({**NO_TIMES, "counts": {"a": {"1": {"event": 1.0}}}}, "not an integer"),
        ({**NO_TIMES, "unit": None}, "not text"),
        ({"kind": ["margin"]}, "the kind of a table"),
    ],
)
def test_a_document_that_is_no_table_is_refused_with_the_reason(part, why):
    with pytest.raises(NotATable, match=why):
        Tables.from_json({"parts": {"it": part}, "left_out": {}})
