"""The dead kept apart from the missing, and responders with both guessed: by hand, and against SciPy."""

from statistics import median

import pytest
from scipy.stats import binomtest, wilcoxon

from outcomes.analyses.run import run
from tests.outcomes.cohorts import columns
from tests.outcomes.test_beside_types import PRE, W6, Y1, cohort, of

DEAD = {("pain", "6w"): [False] * 4 + [True] + [False] * 5, ("pain", "1y"): [False] * 7 + [True] + [False] * 2}


def deaths(**keys):
    entry = {"instrument": "pain", "better": "lower"} | keys
    return run(of("deaths_apart", **entry), cohort(deceased=DEAD))


def test_the_dead_the_missing_and_those_with_a_value_add_up_at_every_timepoint():
    at = deaths()["at"]
    found = {code: (cell["n"], cell["dead"], cell["missing"]) for code, cell in at.items()}
    assert found == {"pre": (10, 0, 0), "6w": (9, 1, 0), "1y": (7, 2, 1)}


def test_who_died_by_one_timepoint_is_dead_at_all_later_ones_even_those_not_asked_between():
    at = deaths(timepoints=["pre", "1y"])["at"]
    assert (at["1y"]["dead"], at["1y"]["missing"]) == (2, 1)


def test_always_observed_are_those_with_a_value_at_every_timepoint_asked():
    payload = deaths()
    always = [row for row in zip(PRE, W6, Y1, strict=True) if None not in row]
    assert payload["always_observed_n"] == len(always) == 7
    for place, code in enumerate(("pre", "6w", "1y")):
        cell = payload["at"][code]["always_observed"]
        assert (cell["n"], cell["median"]) == (7, median(row[place] for row in always))
    assert payload["at"]["pre"]["observed"]["n"] == 10


def test_a_death_ranks_below_the_worst_value_and_may_be_a_quartile():
    worst = deaths()["at"]["1y"]["worst_rank"]
    # 1 2 2 3 4 5 5 dead dead: the 5th of 9 is the median, the 7th the third quartile.
    assert (worst["n"], worst["median"], worst["q1"], worst["q3"]) == (9, 4.0, 2.0, 5.0)
    half_dead = columns(
        scores={("pain", "pre"): ["5", "6", "7"], ("pain", "1y"): ["2", None, None]},
        deceased={("pain", "1y"): [False, True, True]},
    )
    worst = run(of("deaths_apart", instrument="pain", better="lower"), half_dead)["at"]["1y"]["worst_rank"]
    assert (worst["q1"], worst["median"], worst["q3"]) == ("dead", "dead", "dead")
    higher = run(of("deaths_apart", instrument="pain", better="higher"), half_dead)["at"]["1y"]["worst_rank"]
    assert (higher["q1"], higher["median"], higher["q3"]) == ("dead", "dead", "dead")


def test_a_quartile_between_a_value_and_a_death_is_a_death():
    data = columns(
        scores={("pain", "pre"): ["5", "6"], ("pain", "1y"): ["2", None]}, deceased={("pain", "1y"): [False, True]}
    )
    worst = run(of("deaths_apart", instrument="pain", better="lower"), data)["at"]["1y"]["worst_rank"]
    assert (worst["median"], worst["q1"]) == ("dead", "dead")


def test_a_change_to_death_is_the_largest_worsening():
    """R: coin's wilcoxsign_test(y ~ x, zero.method="Wilcoxon", distribution="exact"), a death being y = x + 99."""
    worst = deaths()["at"]["1y"]["worst_rank"]
    changes = [v - p for p, v in zip(PRE, Y1, strict=True) if v is not None] + [99, 99]
    theirs = wilcoxon([d for d in changes if d], method="asymptotic", correction=False)
    assert worst["p_normal"] == pytest.approx(theirs.pvalue)
    assert (worst["n_pairs"], worst["n_to_death"], worst["n_better"], worst["n_worse"], worst["n_zero"]) == (
        9,
        2,
        6,
        2,
        1,
    )
    assert worst["effect"]["estimate"] == pytest.approx((6 - 2) / 9)
    assert worst["p"] == worst["p_exact_ties"] == 0.734375


def test_where_a_high_score_is_good_the_same_deaths_weigh_the_other_way():
    lower, higher = deaths()["at"]["1y"]["worst_rank"], deaths(better="higher")["at"]["1y"]["worst_rank"]
    assert (higher["n_better"], higher["n_worse"]) == (0, 8)
    assert lower["rank_biserial"] != higher["rank_biserial"]


def test_a_score_recorded_after_a_death_is_shown_and_not_counted_as_dead():
    data = columns(
        scores={("pain", "pre"): ["5", "6"], ("pain", "6w"): [None, "3"], ("pain", "1y"): ["4", "2"]},
        deceased={("pain", "6w"): [True, False]},
    )
    at = run(of("deaths_apart", instrument="pain", better="lower"), data)["at"]
    assert (at["6w"]["dead"], at["1y"]["dead"], at["1y"]["n"]) == (1, 0, 2)


def test_responders_reach_the_threshold_exactly_and_the_missing_are_guessed_both_ways():
    keys = {"instrument": "pain", "pre": "pre", "post": "1y", "better": "lower"}
    payload = run(of("responders", **keys, improvement_ge=3), cohort(deceased=DEAD))
    cell = payload["all"]
    # Falls of 6, 3, 5, 2, 0, 5, 4 among the seven with both values.
    assert (cell["x"], cell["n"], cell["missing"], cell["dead"]) == (5, 7, 3, 2)
    assert (cell["worst_case"]["x"], cell["worst_case"]["n"]) == (5, 10)
    assert (cell["best_case"]["x"], cell["best_case"]["n"]) == (6, 10), "the dead did not respond"
    exact = binomtest(5, 7).proportion_ci(method="exact")
    assert (cell["clopper_pearson"]["low"], cell["clopper_pearson"]["high"]) == pytest.approx(tuple(exact))
    assert payload["rule"] == "pain fell by at least 3 from pre to 1y"


def test_a_relative_improvement_is_of_the_first_value_and_has_no_meaning_from_zero():
    data = columns(
        scores={("pain", "pre"): ["10", "10", "0", None, "9"], ("pain", "6w"): ["7.0", "7.1", "0", "3", None]},
        covariates={"arm": ["a", "a", "b", "b", None]},
    )
    keys = {"instrument": "pain", "pre": "pre", "post": "6w", "better": "lower", "by": "arm"}
    payload = run(of("responders", **keys, relative_improvement_ge=0.3), data)
    assert (payload["all"]["x"], payload["all"]["n"], payload["all"]["missing"]) == (1, 2, 2)
    assert payload["left_out"] == {"baseline_zero": 1, "no_value_at_pre": 1, "no_value_at_6w": 1}
    assert payload["all"]["n"] + sum(payload["left_out"].values()) == 5, "each procedure once"
    assert payload["by"]["b"]["missing"] == 1
    rising = run(of("responders", **keys | {"better": "higher"}, relative_improvement_ge=0.3), data)
    assert rising["all"]["x"] == 0
