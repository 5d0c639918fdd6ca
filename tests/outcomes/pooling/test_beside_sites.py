"""What stands beside a pooled number: from any deal to sites, for every type, and bound to its own numbers."""

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcomes.analyses import TYPES
from outcomes.columns import Category
from outcomes.plans.check import specified
from outcomes.pooling.beside_sites import beside
from outcomes.pooling.effects import MADE, NONE, site_effects
from outcomes.pooling.stratified import ALREADY, stratified
from outcomes.stats.documents import canonical
from outcomes.stats.estimable import NotEstimable
from outcomes.stats.meta import two_stage
from outcomes.stats.tables import Tables
from tests.outcomes.cohorts import ENTRIES, as_if_alone, columns, entry_name, split_cohorts

POOLABLE = [{"id": "x", **entry} for entry in ENTRIES if getattr(TYPES[entry["type"]], "poolable", True)]
SITES = ("east", "north", "south")


@cache
def cohort(n=120, seed=3):
    """Three sites of forty, with everything that any entry asks for."""
    chance = np.random.default_rng(seed)

    def numbers(low, high, missing=0.1):
        return [None if chance.random() < missing else str(each) for each in chance.integers(low, high, n)]

    def levels(*names):
        return [names[place] for place in chance.integers(0, len(names), n)]

    return columns(
        scores={("pain", "pre"): numbers(3, 11), ("pain", "6w"): numbers(0, 9), ("pain", "1y"): numbers(0, 8, 0.3)},
        covariates={"arm": levels("a", "b"), "sex": levels("F", "M"), "grade": numbers(1, 4), "age": numbers(40, 90)},
        sites=[SITES[place % 3] for place in range(n)],
        deceased={("pain", "1y"): [bool(each < 0.1) for each in chance.random(n)]},
        survival={name: (numbers(1, 40, 0), numbers(0, 2, 0)) for name in ("repair", "death")},
    )


def per_site(spec, whole):
    codes = {name: whole.sites.levels.index(name) for name in whole.sites.levels}
    return {name: spec.tabulate(as_if_alone(whole, whole.sites.codes == code)) for name, code in codes.items()}


def with_p(payload):
    """Every p-value of a payload, wherever in it."""
    found = []
    for key, inside in payload.items() if isinstance(payload, dict) else enumerate(payload):
        if isinstance(inside, dict | list):
            found += with_p(inside)
        elif (key == "p" or str(key).startswith("p_")) and isinstance(inside, float):
            found.append(inside)
    return found


@pytest.mark.parametrize("entry", POOLABLE, ids=entry_name)
def test_no_pooled_p_stands_without_one_within_sites(entry):
    spec, whole = specified(entry), cohort()
    told = beside(entry, spec, per_site(spec, whole))["stratified"]
    pooled = with_p(spec.compute(spec.tabulate(whole)))
    if not pooled or entry["type"] == "normality":
        assert "not_estimable" in told
    elif entry["type"] in ("van_elteren", "cmh", "logrank_by_site"):
        assert told == {"not_estimable": ALREADY}
    else:
        assert with_p(told) and "test" in (told if "test" in told else told["contrasts"][0])
        assert '"effect"' in json.dumps(told) and '"strata"' in json.dumps(told)


@pytest.mark.parametrize("entry", POOLABLE, ids=entry_name)
@settings(max_examples=5, deadline=None)
@given(data=st.data())
def test_any_deal_to_sites_has_an_answer_and_their_order_changes_no_byte(entry, data):
    whole, _, _ = data.draw(split_cohorts())
    holder = np.array(data.draw(st.lists(st.integers(0, 3), min_size=whole.rows, max_size=whole.rows)))
    whole = replace(whole, sites=Category.of([f"site {each}" for each in holder]))
    spec = specified(entry)
    sites = {f"site {each}": spec.tabulate(as_if_alone(whole, holder == each)) for each in range(4)}
    sent = {name: Tables.from_json(json.loads(canonical(tables.to_json()))) for name, tables in sites.items()}
    order = data.draw(st.permutations(sorted(sent)))
    wanted = canonical(beside(entry, spec, sites))
    assert canonical(beside(entry, spec, {name: sent[name] for name in order})) == wanted


def test_every_type_has_an_effect_or_a_reason():
    assert set(TYPES) == set(MADE) | set(NONE) and not set(MADE) & set(NONE)


# The effect and, in the payload that each site alone has, the number that it must be.
SAME = [
    ({"type": "wilcoxon_paired", "instrument": "pain", "pre": "pre", "post": "1y"}, "mean_change",
     lambda payload: payload["mean_change"]),
    ({"type": "mannwhitney", "instrument": "pain", "timepoint": "6w", "by": "arm"}, "cliffs_delta",
     lambda payload: payload["cliffs_delta"]["estimate"]),
    ({"type": "van_elteren", "instrument": "pain", "timepoint": "6w", "by": "arm"}, "cliffs_delta",
     lambda payload: payload["stratified_delta"]["estimate"]),
    ({"type": "mannwhitney_change", "instrument": "pain", "pre": "pre", "post": "6w", "by": "arm"}, "mean_difference",
     lambda payload: payload["describe"]["a"]["mean"] - payload["describe"]["b"]["mean"]),
    ({"type": "ancova", "instrument": "pain", "pre": "pre", "post": "6w", "group": "arm", "group_level": "a"},
     "adjusted_difference", lambda payload: payload["diff"]),
    ({"type": "crosstab", "row": "arm", "col": {"instrument": "pain", "timepoint": "6w", "gt": 2.5}},
     "risk_difference", lambda payload: payload["risk_difference"]["estimate"]),
    ({"type": "crosstab", "row": "arm", "col": {"instrument": "pain", "timepoint": "6w", "gt": 2.5}}, "odds_ratio",
     lambda payload: -np.log(payload["odds_ratio_sample"])),
    ({"type": "cmh", "row": "arm", "col": {"instrument": "pain", "timepoint": "6w", "gt": 2.5}}, "odds_ratio",
     lambda payload: np.log(payload["odds_ratio"]["estimate"])),
    ({"type": "km", "times": [2], "survival": "repair", "by": "arm"}, "hazard_ratio",
     lambda payload: np.log(payload["logrank"]["effect"]["estimate"])),
    ({"type": "cumulative_incidence", "survival": "repair", "competing": "death", "times": [9], "by": "arm"},
     "incidence_difference", lambda payload: payload["gray"]["effect"]["estimate"]),
    ({"type": "proportion", "col": {"instrument": "pain", "timepoint": "6w", "gt": 2.5}, "by": "arm"},
     "risk_difference", lambda payload: -np.subtract(*(payload["by"][g]["x"] / payload["by"][g]["n"] for g in "ba"))),
    ({"type": "mcnemar", "instrument": "pain", "pre": "pre", "post": "1y", "gt": 4.5}, "paired_risk_difference",
     lambda payload: payload["effect"]["estimate"]),
    ({"type": "deaths_apart", "instrument": "pain", "better": "lower"}, "net_better",
     lambda payload: payload["at"]["6w"]["worst_rank"]["effect"]["estimate"]),
]  # fmt: skip


@pytest.mark.parametrize(("entry", "name", "number"), SAME, ids=[f"{e['type']}-{name}" for e, name, _ in SAME])
def test_a_sites_effect_is_the_number_that_its_own_report_prints(entry, name, number):
    entry = {"id": "x", "covariates": [], **entry} if entry["type"] == "ancova" else {"id": "x", **entry}
    spec = specified(entry)
    sites = per_site(spec, cohort())
    found = next(each for each in site_effects(entry, spec, sites) if each.name == name)
    assert [each.site for each in found.effects] == list(SITES)
    for each in found.effects:
        assert each.estimate == pytest.approx(number(spec.compute(sites[each.site])), rel=1e-9), each.site
    forgotten = two_stage(found.effects[1:]).summaries["reml"].estimate
    assert two_stage(found.effects).summaries["reml"].estimate != pytest.approx(forgotten, rel=1e-6)


def test_two_groups_are_van_elterens_own_payload_and_the_sum_of_one_site_is_unstratified():
    """The analysis that stratifies by itself over all rows says the same as the sites' own tables here."""
    whole, about = cohort(), {"id": "x", "instrument": "pain", "timepoint": "6w", "by": "arm"}
    itself = specified(about | {"type": "van_elteren"})
    known = itself.compute(itself.tabulate(whole))
    entry = about | {"type": "mannwhitney"}
    spec = specified(entry)
    told = stratified(entry, per_site(spec, whole))
    assert {name: told[name] for name in ("z", "p", "effect", "n")} == {
        name: known[name] for name in ("z", "p", "effect", "n")
    }
    one = stratified(entry, {"north": spec.tabulate(whole)})
    assert one["z"] == pytest.approx(spec.compute(spec.tabulate(whole))["z"], rel=1e-12)


def test_cells_times_and_conditions_are_the_payloads_of_the_types_that_stratify_by_site():
    whole = cohort()
    for kind, by_site, about in (
        ("crosstab", "cmh", {"row": "arm", "col": {"instrument": "pain", "timepoint": "6w", "gt": 2.5}}),
        ("km", "logrank_by_site", {"survival": "repair", "by": "grade"}),
    ):
        times = {"times": [2]} if kind == "km" else {}
        entry, itself = {"id": "x", "type": kind, **about, **times}, specified({"id": "x", "type": by_site, **about})
        told = stratified(entry, per_site(specified(entry), whole))
        known = itself.compute(itself.tabulate(whole))
        assert (told["statistic"], told["p"], told["effect"]) == (known["statistic"], known["p"], known["effect"])
        assert told["strata"][0]["site"] == "east" and told["left_out"] == known["left_out"]


def test_a_difference_between_sites_alone_is_not_one_within_them():
    """Simpson: one site has bad scores and mostly arm a. Pooled the arms differ, within sites they do not."""
    scores = ["9", "8"] * 10 + ["9", "8"] + ["1", "2"] + ["1", "2"] * 10
    arms = ["a"] * 20 + ["b"] * 2 + ["a"] * 2 + ["b"] * 20
    whole = columns(scores={("pain", "6w"): scores}, covariates={"arm": arms}, sites=["north"] * 22 + ["south"] * 22)
    entry = {"id": "x", "type": "mannwhitney", "instrument": "pain", "timepoint": "6w", "by": "arm"}
    spec = specified(entry)
    told = beside(entry, spec, per_site(spec, whole))
    assert spec.compute(spec.tabulate(whole))["p_normal"] < 1e-4 < 0.99 < told["stratified"]["p"]
    delta = told["two_stage"]["effects"][1]
    assert delta["name"] == "cliffs_delta" and delta["summaries"]["reml"]["estimate"] == pytest.approx(0)


def test_a_site_without_an_effect_is_listed_with_the_reason():
    whole = cohort()
    entry = {"id": "x", "type": "wilcoxon_paired", "instrument": "pain", "pre": "pre", "post": "1y"}
    spec = specified(entry)
    sites = per_site(spec, whole) | {"west": spec.tabulate(whole.take(np.zeros(whole.rows, dtype=bool)))}
    (told,) = beside(entry, spec, sites)["two_stage"]["effects"]
    assert told["without"] == [{"site": "west", "n": 0, "reason": "nobody has a value"}]
    assert [site["site"] for site in told["sites"]] == list(SITES)
    (alone,) = beside(entry, spec, {"north": sites["north"], "west": sites["west"]})["two_stage"]["effects"]
    assert "at least 2 sites" in alone["not_estimable"] and alone["without"] == told["without"]
    assert isinstance(stratified(entry, {}), NotEstimable)
