"""Paired answers, trends, sites compared with themselves, directions of change, and ANCOVA against one level."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from outcomes.analyses.run import run
from outcomes.plans.errors import PlanError
from outcomes.stats.documents import canonical
from outcomes.stats.shares import share
from tests.outcomes.cohorts import columns

CHANGE = {"instrument": "mme", "pre": "pre", "post": "6w"}


def of(type_, **keys):
    return {"id": "x", "type": type_, **keys}


def doses(before, after, **covariates):
    return columns(scores={("mme", "pre"): before, ("mme", "6w"): after}, covariates=covariates)


# Which way it went.


def shares(payload):
    return {name: payload[name]["x"] for name in ("decreased", "stable", "increased", "never")}


def directions(before, after, **keys):
    return run(of("change_direction", **CHANGE, **keys), doses(before, after))


@pytest.mark.parametrize(
    ("before", "after", "direction"),
    [
        ("100", "75", "decreased"),
        ("100", "75.1", "stable"),
        ("100", "124.9", "stable"),
        ("100", "125", "increased"),
        ("30", "22.5", "decreased"),
        ("30", "22.51", "stable"),
        ("0", "0.1", "increased"),
        ("0.1", "0", "decreased"),
        ("0", "0", "never"),
    ],
)
def test_a_dose_that_moves_by_a_quarter_moved_and_from_and_to_nothing_it_always_does(before, after, direction):
    payload = directions([before], [after], relative=0.25)
    assert shares(payload["all"]) == dict.fromkeys(("decreased", "stable", "increased", "never"), 0) | {direction: 1}


def test_without_a_share_any_change_counts():
    payload = directions(["100", "100", "100", "0", "0"], ["99.5", "100", "100.5", "0", "1"])
    assert shares(payload["all"]) == {"decreased": 1, "stable": 1, "increased": 2, "never": 1}
    assert payload["rule"] == "mme from pre to 6w: any change counts; never: 0 both times"


def test_shares_of_directions_are_of_those_with_both_values_and_say_who_is_left_out():
    payload = directions(["10", "20", "30", None, "-5", "8"], ["5", "20", None, "3", "2", "8"], relative=0.25)
    assert payload["all"]["decreased"] == share(1, 3)
    assert payload["all"]["n"] == 3
    assert payload["left_out"] == {"no_value_at_pre": 1, "no_value_at_6w": 1, "baseline_below_zero": 1}
    assert payload["rule"].startswith("mme from pre to 6w: by at least 25 % either way")


def test_directions_by_group_count_whoever_has_no_group_among_all():
    data = doses(["10", "20", "30", "5"], ["5", "20", "60", "1"], arm=["a", "a", "b", None])
    payload = run(of("change_direction", **CHANGE, by="arm"), data)
    assert (payload["all"]["n"], payload["groups"]) == (4, ["a", "b"])
    assert shares(payload["by"]["a"]) == {"decreased": 1, "stable": 1, "increased": 0, "never": 0}
    assert payload["left_out"] == {"no_arm": 1}


def test_directions_of_nobody_say_so():
    assert directions([None], ["3"])["not_estimable"] == "nobody has both values"


# Paired answers.


def test_mcnemar_counts_who_is_above_before_and_after():
    data = doses(["9", "8", "7", "9", "2", "1", None], ["3", "2", "8", "1", "9", "1", "4"])
    payload = run(of("mcnemar", **CHANGE, ge=7), data)
    assert payload["table"] == {"yes_yes": 1, "yes_no": 3, "no_yes": 1, "no_no": 1}
    assert (payload["n_pairs"], payload["left_out"]) == (6, {"no_value_at_pre": 1})
    assert payload["p_exact"] == pytest.approx(stats.binomtest(1, 4).pvalue)
    assert payload["effect"]["name"] == "paired_risk_difference"
    assert payload["effect"]["estimate"] == pytest.approx(-2 / 6)
    assert payload["rule"] == "yes: mme at least 7; before: pre, after: 6w"


def test_mcnemar_where_nobody_changed_has_a_difference_of_zero_and_no_p():
    payload = run(of("mcnemar", **CHANGE, lt=3), doses(["1", "5", "9"], ["2", "5", "9"]))
    assert "nobody changed" in payload["not_estimable"]
    assert payload["effect"]["estimate"] == 0
    assert not [key for key in payload if key.startswith("p_")]


@pytest.mark.parametrize("cuts", [{}, {"gt": 1, "lt": 3}])
def test_mcnemar_needs_exactly_one_cut(cuts):
    with pytest.raises(PlanError):
        run(of("mcnemar", **CHANGE, **cuts), doses(["1"], ["2"]))


def test_mcnemar_names_the_timepoint_it_does_not_know():
    entry = of("mcnemar", instrument="mme", pre="pre", post="5y", gt=1)
    with pytest.raises(PlanError) as refusal:
        run(entry, doses(["1"], ["2"]))
    assert str(refusal.value) == "x: post = '5y' is not a known timepoint; known: pre, 6w, 1y"


# Trends.


def test_the_trend_takes_each_level_as_the_number_it_is():
    data = doses(
        ["1"] * 9, ["0", "0", "5", "0", "5", "5", "5", "5", "5"], asa=["1", "1", "1", "2", "2", "2", "4", "4", "4.0"]
    )
    payload = run(of("trend", row="asa", col={"instrument": "mme", "timepoint": "6w", "gt": 2}), data)
    assert payload["table"] == {"1": {"0": 2, "1": 1}, "2": {"0": 1, "1": 2}, "4": {"0": 0, "1": 3}}
    assert payload["shares"]["2"] == share(2, 3)
    level, yes = [1, 1, 1, 2, 2, 2, 4, 4, 4], [0, 0, 1, 0, 1, 1, 1, 1, 1]
    assert payload["chi2"] == pytest.approx(9 * np.corrcoef(level, yes)[0, 1] ** 2)
    assert payload["effect"]["estimate"] == pytest.approx(np.polyfit(level, yes, 1)[0])


def test_a_trend_over_words_is_refused():
    data = doses(["1", "2"], ["1", "2"], arm=["a", "b"])
    with pytest.raises(PlanError, match="is not numeric"):
        run(of("trend", row="arm", col={"instrument": "mme", "timepoint": "6w", "gt": 2}), data)


# Sites compared with themselves.

NORTH, SOUTH, EAST = [("a", 5)] * 3 + [("a", 0)] + [("b", 5)] + [("b", 0)] * 4, [("a", 5), ("b", 0)] * 2, [("a", 5)] * 3


def by_sites(*sites):
    rows = [(name, arm, str(score)) for name, rows in sites for arm, score in rows]
    names, arms, scores = (list(column) for column in zip(*rows, strict=True))
    return columns(scores={("mme", "6w"): scores}, covariates={"arm": arms}, sites=names)


CMH = of("cmh", row="arm", col={"instrument": "mme", "timepoint": "6w", "gt": 2})


def test_each_site_is_compared_with_itself_and_one_that_tells_nothing_is_listed():
    """> mantelhaen.test(array(c(3, 1, 1, 4, 2, 0, 0, 2), c(2, 2, 2)), correct = FALSE)     # X-squared = 5.1948052"""
    payload = run(CMH, by_sites(("north", NORTH), ("south", SOUTH), ("east", EAST)))
    assert [(each["site"], each["n"]) for each in payload["strata"]] == [
        ("east", {"a": 3, "b": 0}),
        ("north", {"a": 4, "b": 5}),
        ("south", {"a": 2, "b": 2}),
    ]
    assert (payload["strata_in_test"], payload["n"]) == (2, {"a": 9, "b": 7})
    assert payload["statistic"] == payload["chi2"] == pytest.approx(5.1948052, rel=1e-7)
    assert payload["effect"]["name"] == "risk_difference"


def test_whether_the_sites_are_alike_is_told_with_its_size_and_its_effect():
    mixed, reverse = [("a", 5), ("a", 5), ("a", 0), ("b", 0), ("b", 0), ("b", 5)], [("b", 5)] * 3 + [("a", 0)] * 3
    same = run(CMH, by_sites(("north", mixed), ("south", [*reverse, ("a", 5), ("b", 0)]), ("east", EAST)))[
        "homogeneity"
    ]
    assert (same["test"], same["n"], same["df"]) == ("Breslow-Day, corrected by Tarone", 14, 1)
    assert same["effect"]["name"] == "i_squared"
    assert same["effect"]["estimate"] == pytest.approx(1 - 1 / same["chi2"])
    assert 0 <= same["effect"]["low"] < same["effect"]["estimate"] < same["effect"]["high"] < 1


def test_the_order_in_which_the_sites_come_changes_no_byte():
    one = run(CMH, by_sites(("north", NORTH), ("south", SOUTH), ("east", EAST)))
    two = run(CMH, by_sites(("east", EAST), ("south", SOUTH), ("north", NORTH)))
    assert canonical(one) == canonical(two)


def test_a_difference_that_only_lies_between_sites_is_not_one():
    """All of a are at one site where everybody has it: pooled p < 0.01, within sites there is nothing to compare."""
    pooled = by_sites(("north", [("a", 5)] * 8), ("south", [("b", 0)] * 8))
    assert "no stratum has both groups" in run(CMH, pooled)["not_estimable"]
    assert run(of("crosstab", row="arm", col=CMH["col"]), pooled)["fisher_p"] < 0.01


def test_three_groups_are_not_compared_within_sites():
    payload = run(CMH, by_sites(("north", [("a", 1), ("b", 3), ("c", 5)])))
    assert payload["not_estimable"] == "needs 2 groups, and arm has 3: a, b, c"


# ANCOVA against one level.

PRE = ["8", "7", "6", "9", "5", "3", "7", "4", "6", "8", "9", "5", "6", "7"]
POST = ["4", "5", "6", "3.5", "2", "1", "6", "2", "5", "7", "8", "3", "4", "1"]
ARMS = ["a", "a", "a", "a", "a", "b", "b", "b", "b", "b", "c", "c", "c", None]
ANCOVA = of("ancova", **CHANGE, group="arm", group_level="a", covariates=[])


def test_an_ancova_against_one_level_leaves_the_other_levels_out_by_name():
    payload = run(ANCOVA | {"group_ref": "b"}, doses(PRE, POST, arm=ARMS))
    assert (payload["groups"], payload["left_out"]) == ({"a": 5, "b": 5}, {"other_arm": 3, "no_arm": 1})
    assert payload["compared"] == {"1": "a", "0": "b"}
    alone = run(ANCOVA, doses(PRE[:10], POST[:10], arm=ARMS[:10]))
    assert [payload[key] for key in ("diff", "p", "hc3", "slopes")] == [
        alone[key] for key in ("diff", "p", "hc3", "slopes")
    ]
    assert alone["compared"] == {"1": "a", "0": "all other levels"}


def test_without_a_reference_every_other_level_is_the_comparison():
    payload = run(ANCOVA, doses(PRE, POST, arm=ARMS))
    assert payload["groups"] == {"a": 5, "b": 5, "c": 3}
    assert payload["diff"] != run(ANCOVA | {"group_ref": "b"}, doses(PRE, POST, arm=ARMS))["diff"]


def test_hc3_and_slopes_of_an_ancova_with_a_covariate_agree_with_statsmodels():
    """>>> OLS(post, [1, group, pre, age]).fit(cov_type="HC3"); and with pre * group beside them"""
    age = ["61", "70.5", "55", "48", "66", "59", "71", "80", "62", "64", "58", "69", "50", "45"]
    payload = run(ANCOVA | {"group_ref": "b", "covariates": ["age"]}, doses(PRE, POST, arm=ARMS, age=age))
    post, pre, years = (np.array(each[:10], dtype=float) for each in (POST, PRE, age))
    group = np.array([arm == "a" for arm in ARMS[:10]], dtype=float)
    fit = sm.OLS(post, np.column_stack([np.ones(10), group, pre, years])).fit()
    robust = fit.get_robustcov_results("HC3", use_t=True)
    told = payload["hc3"]
    assert (told["se"], told["p"]) == pytest.approx((robust.bse[1], robust.pvalues[1]), rel=1e-9)
    assert (payload["diff"], payload["p"]) == pytest.approx((fit.params[1], fit.pvalues[1]), rel=1e-9)
    own = sm.OLS(post, np.column_stack([np.ones(10), group, pre, years, group * pre])).fit()
    slopes = payload["slopes"]
    assert (slopes["p"], slopes["effect"]["estimate"]) == pytest.approx((own.pvalues[4], own.params[4]), rel=1e-9)
    assert slopes["slopes"] == pytest.approx({"0": own.params[2], "1": own.params[2] + own.params[4]})


def test_a_reference_that_is_also_the_level_is_refused():
    with pytest.raises(PlanError) as refusal:
        run(ANCOVA | {"group_ref": "a"}, doses(PRE, POST, arm=ARMS))
    assert str(refusal.value) == "x: group_ref = 'a' is also group_level; the two must differ"


def test_a_reference_that_nobody_has_is_named():
    payload = run(ANCOVA | {"group_ref": "z"}, doses(PRE, POST, arm=ARMS))
    assert payload["not_estimable"] == "nobody with all values has arm = z; seen: a"


def test_patterns_too_wide_for_one_number_are_counted_all_the_same():
    """Three covariates of 15 digits leave 64 bits; the answer is that of the same covariates scaled to be small."""
    digits = [str(7**i % 1000) for i in range(14)]
    wide = {name: [each + "0" * 12 for each in digits[k:] + digits[:k]] for k, name in enumerate(("u", "v"))}
    short = {name: digits[k:] + digits[:k] for k, name in enumerate(("u", "v"))}
    entry = ANCOVA | {"covariates": ["u", "v"]}
    one, two = (run(entry, doses(PRE, POST, arm=ARMS, **each)) for each in (wide, short))
    assert one["hc3"]["se"] == pytest.approx(two["hc3"]["se"], rel=1e-12)
