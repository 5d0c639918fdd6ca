"""Plans: what is refused and with which words, and the default plan of a cohort."""

import json
import time
from copy import deepcopy

import pytest

from outcomes.analyses import TYPES
from outcomes.plans.check import SCHEMA, PlanError, check_plan
from outcomes.plans.overview import overview
from outcomes.plans.schema import PUBLISHED, plan_schema
from tests.outcomes.cohorts import ENTRIES
from tests.outcomes.studies import STUDIES, study_plan


def plan(*entries, **keys):
    return {"name": "witness", "analyses": list(entries), **keys}


KRUSKAL = {"id": "pain", "type": "kruskal_dunn", "instrument": "pain"}
YES_NO = {"id": "relief", "type": "crosstab", "row": "arm", "col": {"instrument": "pain", "timepoint": "6w", "gt": 0}}


def without(entry, key):
    return {name: value for name, value in entry.items() if name != key}


@pytest.mark.parametrize("study", STUDIES)
def test_the_plans_of_the_open_studies_are_plans(study):
    checked = check_plan(study_plan(study))
    assert len(checked.analyses) == len(study_plan(study)["analyses"])
    assert checked.preset == "modern"


def test_every_type_has_its_own_part_of_the_schema():
    assert SCHEMA["$defs"]["analysis"]["properties"]["type"]["enum"] == list(TYPES)
    checked = check_plan(plan(*({"id": f"a{i}", **entry} for i, entry in enumerate(ENTRIES))))
    assert [type(spec) for spec in checked.analyses] == [TYPES[entry["type"]] for entry in ENTRIES]


def test_the_published_schema_is_the_one_in_force():
    """Where it is not: ./dev manage plan_schema"""
    assert json.loads(PUBLISHED.read_text("utf-8")) == plan_schema()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (plan(KRUSKAL | {"type": "anova"}), "pain: type = 'anova' is not one of describe_by_timepoint, kruskal_dunn"),
        (plan(KRUSKAL | {"tmiepoint": "6w"}), "may only have the keys id, type, beside, instrument, "),
        (plan(without(KRUSKAL, "instrument")), "'instrument' is a required property"),
        (plan(KRUSKAL | {"instrument": 3}), "pain: instrument = 3 is not of type string"),
        (plan(KRUSKAL | {"subset": {"arm": True}}), "pain: subset.arm = True is not of type"),
        (plan(KRUSKAL | {"subset": {"arm": ["a", "b"]}}), "pain: subset.arm = ['a', 'b'] is not of type"),
        (plan(without(KRUSKAL, "id")), "analysis number 1: "),
        (plan(KRUSKAL, KRUSKAL), "pain: id = 'pain' stands more than once in the plan"),
        (plan(KRUSKAL, preset="sas"), "plan: preset = 'sas' is not one of stata, medcalc, r, modern"),
        (
            plan(KRUSKAL, outputs=[]),
            "may only have the keys name, title, preset, analyses, tables, figures, listing, beside, fit, published",
        ),
        ({"name": "witness"}, "'analyses' is a required property"),
        (plan(YES_NO | {"col": YES_NO["col"] | {"gt": 10**400}}), "is greater than the maximum of 1000000000"),
        (plan(YES_NO | {"col": YES_NO["col"] | {"gt": -1e300}}), "is less than the minimum of -1000000000"),
        (plan(KRUSKAL | {"subset": {"arm": 1e300}}), "pain: subset.arm = 1e+300 breaks a rule: "),
        (plan(KRUSKAL, name="n" * 201), "plan: name = '"),
        (plan(KRUSKAL, tables=["Table 1"]), "plan: tables.0 = 'Table 1' is not of type object"),
        (plan(KRUSKAL, tables=[{"title": "One"}]), "'rows' is a required property"),
        (plan(KRUSKAL, figures=[{"title": "One", "rows": {}}]), "plan: figures.0.rows = {} is not of type array"),
        (plan(KRUSKAL, figures=[{"title": "One", "rows": [["pain"]]}]), "figures.0.rows.0 = ['pain'] is not of type"),
        (
            plan(KRUSKAL, tables=[{"title": "One", "rows": [{"label": "Pain", "analysis": ["pain"]}]}]),
            "plan: tables.0.rows.0.analysis = ['pain'] is not of type string",
        ),
        (
            plan(KRUSKAL, tables=[{"title": "One", "rows": [{"label": "Pain", "analysis": "pain", "p": "x"}]}]),
            "may only have the keys label, analysis, path, test",
        ),
        ([], "plan: [] is not of type object"),
        (plan(YES_NO | {"col": YES_NO["col"] | {"le": 5}}), "has more than one comparison; one of"),
        (plan(YES_NO | {"col": without(YES_NO["col"], "gt")}), "has no comparison; one of"),
        (plan(YES_NO | {"col": YES_NO["col"] | {"gt": "0"}}), "relief: col.gt = '0' is not of type number"),
        (
            plan(YES_NO | {"col": {"instrument": "pain", "pre": "pre", "post": "6w", "relative_reduction_ge": 35}}),
            "relief: col.relative_reduction_ge = 35 breaks a rule: 35 is greater than the maximum of 1",
        ),
        (plan(YES_NO | {"col": {"instrument": "pain", "pre": "pre", "post": "6w", "gt": 0}}), "may only have the keys"),
        (
            plan({"id": "same", "type": "wilcoxon_paired", "instrument": "pain", "pre": "pre", "post": "pre"}),
            "same: post = 'pre' is also pre; the two must differ",
        ),
        (
            plan(YES_NO | {"col": {"instrument": "pain", "pre": "6w", "post": "6w", "change_gt": 0}}),
            "relief: col.post = '6w' is also pre; the two must differ",
        ),
    ],
)
def test_a_wrong_plan_is_refused_naming_analysis_field_value_and_rule(wrong, words):
    with pytest.raises(PlanError) as refusal:
        check_plan(wrong)
    assert words in str(refusal.value)


def numbers_in(rules):
    """Every rule of a schema that takes a number, wherever it stands."""
    if isinstance(rules, dict):
        if rules.get("type") in ("number", ["string", "number"], ["number", "null"]):
            yield rules
        for rule in rules.values():
            yield from numbers_in(rule)
    if isinstance(rules, list):
        for rule in rules:
            yield from numbers_in(rule)


def test_no_number_of_a_plan_is_larger_than_can_be_computed_with_and_shown():
    found = list(numbers_in(plan_schema()))
    assert found and [rule for rule in found if rule.get("maximum", 1e400) > 1_000_000_000] == []


def test_a_plan_keeps_its_entries_as_written():
    written = plan(YES_NO, preset="stata")
    checked = check_plan(deepcopy(written))
    assert (checked.name, checked.preset) == ("witness", "stata")
    assert list(checked.entries) == written["analyses"]


def instrument(**keys):
    return {"status": "active", "part_of": None, "minimum": "0", "maximum": "10", "step": "1", **keys}


def manifest(*, arm=None, levels=("a", "b"), **instruments):
    codes = ["1y", "pre", "6w"]
    return {
        "cohort": {"slug": "pdn"},
        "arm": arm,
        "instruments": instruments,
        "timepoints": [{"code": code, "order": order} for code, order in zip(codes, (2, 0, 1), strict=True)],
        "covariates": {"arm": {"kind": "category", "levels": list(levels)}} if arm else {},
        "flow": {"procedures": 13},
        "missing": {key: {"pre": {}, "6w": {"no_record": 12}, "1y": {"no_record": 13}} for key in instruments},
    }


def ids(made):
    return [(entry["type"], entry["id"]) for entry in check_plan(made).entries]


def test_the_overview_compares_the_timepoints_that_have_records():
    assert ids(overview(manifest(pain=instrument()))) == [
        ("describe_by_timepoint", "pain_over_time"),
        ("kruskal_dunn", "pain_timepoints_compared"),
        ("wilcoxon_paired", "pain_pre_to_6w"),
    ]


def test_the_overview_with_two_arms_compares_them_at_each_timepoint():
    made = overview(manifest(arm="arm", opioid=instrument(maximum="1")))
    assert ids(made)[3:] == [
        ("describe_by_timepoint", "opioid_over_time_by_arm"),
        ("mannwhitney", "opioid_pre_by_arm"),
        ("mannwhitney", "opioid_6w_by_arm"),
        ("crosstab", "opioid_pre_yes_by_arm"),
        ("crosstab", "opioid_6w_yes_by_arm"),
    ]


def test_the_overview_does_not_compare_three_arms_by_mann_whitney():
    made = overview(manifest(arm="arm", levels="abc", pain=instrument()))
    assert "mannwhitney" not in [entry["type"] for entry in made["analyses"]]
    assert made["analyses"][-1]["by"] == "arm"


def test_the_overview_describes_the_subgroups_of_the_rule_and_tests_none():
    several = manifest(arm="arm", pain=instrument())
    several["covariates"] |= {"cancer": {"kind": "category", "levels": ["no", "yes"]}, "age": {"levels": None}}
    several["cohort"]["rule"] = {"subgroups": ["cancer", "arm", "age", "not_there", "cancer"]}
    made = overview(several)
    assert [entry for entry in made["analyses"] if entry.get("by") not in (None, "arm")] == [
        {"id": "pain_over_time_by_cancer", "type": "describe_by_timepoint", "instrument": "pain", "by": "cancer"}
    ]
    assert check_plan(made).entries


def test_the_overview_leaves_out_parts_of_totals_and_retired_instruments():
    made = overview(
        manifest(item=instrument(part_of="msts"), old=instrument(status="retired"), new=instrument(status="draft"))
    )
    assert {entry["instrument"] for entry in made["analyses"]} == {"new"}


def test_the_overview_with_a_single_timepoint_only_describes():
    single = manifest(pain=instrument())
    single["missing"]["pain"]["6w"] = {"no_record": 13}
    assert [entry["type"] for entry in overview(single)["analyses"]] == ["describe_by_timepoint"]


def test_the_overview_is_a_plan_even_of_nothing():
    assert check_plan(overview(manifest())).analyses == ()


def test_a_plan_of_very_many_mistakes_is_refused_at_the_first():
    """Each mistake takes a fifth of a millisecond to find; this many would take a minute."""
    before = time.monotonic()
    with pytest.raises(PlanError, match="analysis number 1: "):
        check_plan({"name": "many", "analyses": [{}] * 200_000})
    assert time.monotonic() - before < 5
