"""A cohort's rule: what it says, what it refuses, who stays and who falls out, in numbers that add up."""

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.columns import Category, Column
from outcomes.criteria import Facts, RuleError, apply, in_words, left_out_of, parse


@dataclass
class Told:
    label: str
    unit: str = ""
    labels: dict = field(default_factory=dict)


LABELS = {
    "age": Told("Age", "years"),
    "state": Told("State", labels={"impending": "Impending", "complete": "Pathologic, complete"}),
}


def facts(*, performed=None, sites=None, **texts) -> Facts:
    """Rows of these texts, one list a variable; None and '' are not known."""
    rows = len(next(iter(texts.values())))
    columns = {name: column(values) for name, values in texts.items()}
    return Facts(rows=rows, sites=sites or ["north"] * rows, performed=performed or [None] * rows, values=columns.get)


def column(values):
    numbers = all(value is None or value.replace(".", "").lstrip("-").isdigit() for value in values)
    return Column.of(values) if numbers else Category.of(values)


def kept(document, rows: Facts):
    return apply(parse(document), rows, LABELS)


def include(variable, op, value=None, **more):
    return {"include": [{"variable": variable, "op": op, **({} if value is None else {"value": value}), **more}]}


def exclude(variable, op, value=None, **more):
    return {"exclude": include(variable, op, value, **more)["include"]}


def test_nothing_and_the_plain_rule_are_the_whole_study():
    assert parse({}) == parse({"procedures": "index"})
    assert (parse({}).unit, parse({"procedures": "all"}).unit) == ("patient", "procedure")
    assert not parse({}).narrows


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ([], "rule"),
        ({"who": "all"}, "rule"),
        ({"procedures": "some"}, "procedures"),
        ({"procedures": ["index"]}, "procedures"),
        ({"procedures": "all", "unit": "patient"}, "unit"),
        ({"procedures": "all", "unit": "fracture"}, "unit"),
        ({"sites": "north"}, "sites"),
        ({"sites": [3]}, "sites[0]"),
        ({"performed": {"from": "2020"}}, "performed.from"),
        ({"performed": {"to": "2020-02-30"}}, "performed.to"),
        ({"performed": {"from": "2021-01-01", "to": "2020-01-01"}}, "performed.to"),
        ({"performed": {"since": "2020-01-01"}}, "performed"),
        (include("age", "above", 3), "include[0].op"),
        (include("", "is", "x"), "include[0].variable"),
        (include("age", "ge"), "include[0].value"),
        (include("age", "ge", "old"), "include[0].value"),
        (include("age", "ge", True), "include[0].value"),
        (include("age", "ge", float("nan")), "include[0].value"),
        (include("age", "between", [18]), "include[0].value"),
        (include("age", "between", [60, 18]), "include[0].value"),
        (include("state", "in", []), "include[0].value"),
        (include("state", "in", "complete"), "include[0].value"),
        (include("state", "is", {"a": 1}), "include[0].value"),
        (exclude("state", "is", "x", unknown="perhaps"), "exclude[0].unknown"),
        ({"include": [{"variable": "a", "op": "is", "value": "x", "values": 1}]}, "include[0]"),
        ({"include": {"variable": "a"}}, "include"),
        ({"preset": 5}, "preset"),
    ],
)
def test_a_wrong_rule_is_refused_with_its_field_its_value_the_rule_and_what_to_do(document, field):
    with pytest.raises(RuleError) as refused:
        parse(document)

    assert refused.value.field == field
    assert refused.value.what_to_do


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(),
                    lambda inner: st.lists(inner, max_size=3)
                    | st.dictionaries(st.sampled_from(["include", "op", "variable", "value", "performed", "unit"]),
                                      inner, max_size=4)))  # fmt: skip
def test_whatever_stands_in_a_rule_it_is_read_or_refused_in_words(document):
    try:
        parse(document)
    except RuleError as error:
        assert error.field and error.what_to_do


ROWS = {"age": ["17", "18", None, "70", "18.5"], "state": ["complete", None, "impending", "impending", "complete"]}


@pytest.mark.parametrize(
    ("criterion", "stays"),
    [
        (include("age", "ge", 18), [False, True, False, True, True]),
        (include("age", "ge", 18, unknown="in"), [False, True, True, True, True]),
        (include("age", "gt", "18"), [False, False, False, True, True]),
        (include("age", "lt", 18.25), [True, True, False, False, False]),
        (include("age", "le", 18.5), [True, True, False, False, True]),
        (include("age", "le", 10**12), [True, True, False, True, True]),
        (include("age", "between", [18, 18.5]), [False, True, False, False, True]),
        (include("age", "is", 18.0), [False, True, False, False, False]),
        (include("age", "known"), [True, True, False, True, True]),
        (include("age", "unknown"), [False, False, True, False, False]),
        (include("state", "in", ["complete", "other"]), [True, False, False, False, True]),
        (include("state", "is_not", "complete"), [False, False, True, True, False]),
        (exclude("state", "is", "complete"), [False, True, True, True, False]),
        (exclude("state", "is", "complete", unknown="out"), [False, False, True, True, False]),
        (exclude("state", "not_in", ["complete"]), [True, True, False, False, True]),
        (exclude("age", "unknown"), [True, True, False, True, True]),
        (include("nothing", "is", "yes"), [False] * 5),
        (exclude("nothing", "is", "yes"), [True] * 5),
        (exclude("nothing", "is_not", "yes"), [True] * 5),
    ],
)
def test_who_stays_and_what_becomes_of_the_unknown(criterion, stays):
    assert kept(criterion, facts(**ROWS)).mask.tolist() == stays


def test_unknown_is_never_no_and_never_yes():
    """The same rows under a condition and under its opposite: who is not known is in neither."""
    for value in ("complete", "impending"):
        one, other = (kept(include("state", op, value), facts(**ROWS)).mask for op in ("is", "is_not"))
        assert not (one & other).any()
        assert (one | other).tolist() == [True, False, True, True, True]


def test_each_step_says_who_does_not_fit_and_who_is_not_known_and_all_adds_up():
    rule = include("age", "ge", 18) | exclude("state", "is", "complete")

    found = kept(rule, facts(**ROWS))

    told = [(step.criterion, step.n, step.unknown, step.stayed) for step in found.steps]
    assert told == [("Age at least 18 years", 1, 1, 0), ("State is not Pathologic, complete", 1, 0, 1)]
    assert left_out_of(found.steps) == [
        {"reason": "Age below 18 years", "n": 1},
        {"reason": "Age is not recorded", "n": 1},
        {"reason": "State is Pathologic, complete", "n": 1},
    ]
    assert sum(each["n"] for each in left_out_of(found.steps)) + found.mask.sum() == 5


def test_a_partial_date_is_in_the_period_where_all_of_it_is_and_not_known_where_only_some_is():
    day, month = (date(2020, 5, 4),) * 2, (date(2020, 5, 1), date(2020, 5, 31))
    year, before = (date(2020, 1, 1), date(2020, 12, 31)), (date(2019, 1, 1), date(2019, 12, 31))
    rows = facts(a=["1"] * 5, performed=[day, month, year, before, None])

    found = kept({"performed": {"from": "2020-05-01", "to": "2023-12-31"}}, rows)

    assert found.mask.tolist() == [True, True, False, False, False]
    assert (found.steps[0].n, found.steps[0].unknown) == (1, 2)
    assert kept({"performed": {"to": "2020-12-31"}}, rows).mask.tolist() == [True, True, True, True, False]


def test_sites_come_first():
    found = kept({"sites": ["south"]} | include("age", "ge", 18), facts(age=["20", "2"], sites=["north", "south"]))

    assert [(step.n, step.unknown) for step in found.steps] == [(1, 0), (1, 0)]


def test_words_of_a_category_are_not_taken_for_numbers():
    with pytest.raises(RuleError, match="needs numbers") as refused:
        kept(include("state", "ge", 2), facts(**ROWS))

    assert refused.value.field == "state"


def test_a_criterion_in_words():
    told = [
        include("pain@preop", "ge", 4),
        include("age", "between", [18, 60.50]),
        include("state", "in", ["complete", "x_y", 3]),
        include("cancer", "is", True),
        include("age", "unknown"),
    ]
    assert [in_words(parse(each).criteria[0], LABELS) for each in told] == [
        "pain at preop at least 4",
        "Age from 18 to 60.5 years",
        "State is Pathologic, complete, x y or 3",
        "cancer is yes",
        "Age is not recorded",
    ]


@given(
    st.lists(st.sampled_from([None, "1", "2", "3"]), min_size=1, max_size=12),
    st.sampled_from(["lt", "le", "gt", "ge", "is", "is_not"]),
    st.integers(0, 4),
    st.sampled_from(["in", "out"]),
)
def test_an_inclusion_and_the_opposite_exclusion_keep_the_same_rows(values, op, value, unknown):
    opposite = {"lt": "ge", "le": "gt", "gt": "le", "ge": "lt", "is": "is_not", "is_not": "is"}[op]
    rows = facts(x=values, anchor=["1"] * len(values))
    one = kept(include("x", op, value, unknown=unknown), rows)
    other = kept(exclude("x", opposite, value, unknown=unknown), rows)
    assert np.array_equal(one.mask, other.mask)
    assert one.steps == other.steps
