"""Times to an event as a plan asks for them: what is counted, who is left out, what is refused, and in which words."""

import pytest

from outcomes.analyses.run import run
from outcomes.plans.errors import PlanError
from tests.outcomes.cohorts import columns

DAYS = ["10", "20", "20", "32.5", "40", "50", "60", None]
ENDS = ["1", "0", "1", "1", "0", "1", "0", None]
ARMS = ["a", "b", "a", "b", "a", "b", None, "a"]


def cohort(*, arms=ARMS, units=None, **more):
    survival = {"loosening": (DAYS, ENDS), **more}
    return columns(
        scores={("pain", "pre"): ["1"] * 8},
        covariates={"arm": arms},
        sites=["n", "n", "s", "s", "n", "n", "s", "s"],
        survival=survival,
        units=units,
    )


def answer(kind, on=None, **keys):
    return run({"id": "x", "type": kind, **keys}, on or cohort())


def refusal(kind, on=None, **keys):
    with pytest.raises(PlanError) as refused:
        answer(kind, on, **keys)
    return str(refused.value)


def test_kaplan_meier_of_everybody_is_flat():
    """> fit <- survfit(Surv(c(10, 20, 20, 32.5, 40, 50, 60), c(1, 0, 1, 1, 0, 1, 0)) ~ 1); print(fit, rmean = 50)"""
    payload = answer("km", times=[15, 32.5, 100], tau=50)
    assert {key: payload[key] for key in ("n", "events", "median", "unit", "left_out")} == {
        "n": 7,
        "events": 4,
        "median": 50,
        "unit": "days",
        "left_out": {"no_time": 1},
    }
    assert list(payload["survival_at"]) == ["15", "32.5", "100"]
    assert payload["survival_at"]["32.5"]["n_risk"] == 4
    assert payload["survival_at"]["32.5"]["S"] == pytest.approx(6 / 7 * 5 / 6 * 3 / 4)
    numbers = ("S", "lcl_log", "ucl_log", "lcl_loglog", "ucl_loglog")
    nothing = {"n_risk": 0, **dict.fromkeys(numbers), "not_estimable": "nobody was followed beyond 60"}
    assert payload["survival_at"]["100"] == nothing
    assert payload["rmst"]["tau"] == 50
    assert payload["rmst"]["low"] < payload["rmst"]["estimate"] < payload["rmst"]["high"] <= 50
    assert "logrank" not in payload


def test_kaplan_meier_by_a_covariate_has_a_cell_for_each_level_and_the_log_rank_test():
    payload = answer("km", times=[20], by="arm")
    assert payload["groups"] == ["a", "b"]
    assert (payload["a"]["n"], payload["b"]["n"]) == (3, 3)
    assert payload["left_out"] == {"no_arm": 1, "no_time": 1}
    assert payload["test"] == payload["logrank"]["test"] == "log-rank"
    assert payload["effect"] == payload["logrank"]["effect"]
    assert payload["effect"]["name"] == "hazard_ratio"
    assert payload["effect"]["low"] < payload["effect"]["estimate"] < payload["effect"]["high"]
    assert payload["logrank"]["observed"] == {"a": 2, "b": 2}
    assert payload["logrank"]["n"] == {"a": 3, "b": 3}


def test_three_levels_have_a_p_and_the_reason_why_there_is_no_hazard_ratio():
    payload = answer("km", cohort(arms=["a", "b", "c", "a", "b", "c", "a", "b"]), times=[20], by="arm")
    assert payload["logrank"]["df"] == 2
    assert payload["effect"] == {
        "name": "hazard_ratio",
        "not_estimable": "a hazard ratio compares 2 groups, and there are 3",
    }


def test_a_level_of_which_nobody_has_a_time_is_shown_as_such():
    payload = answer("km", cohort(arms=["a"] * 7 + ["b"]), times=[20], by="arm")
    assert payload["b"] == {
        "n": 0,
        "events": 0,
        "survival_at": {},
        "not_estimable": "nobody has a time",
    } | dict.fromkeys(("median", "median_lcl_log", "median_ucl_log", "median_lcl_loglog", "median_ucl_loglog"))
    assert payload["logrank"]["not_estimable"] == "nobody but a was at risk when an event happened"
    assert "effect" not in payload


def test_times_may_name_the_time_to_an_event_and_the_curve_is_read_at_each_of_its_events():
    payload = answer("km", times="loosening")
    assert list(payload["survival_at"]) == ["10", "20", "32.5", "50"]
    assert [at["n_risk"] for at in payload["survival_at"].values()] == [7, 6, 4, 2]


def test_a_median_that_is_not_reached_is_empty_as_are_its_limits_and_the_reasons_stand_beside_them():
    payload = answer("km", cohort(loosening=(["5"] * 8, ["0"] * 8)), times=[5])
    limits = [f"median_{side}_{kind}" for side in ("lcl", "ucl") for kind in ("log", "loglog")]
    assert {name: payload[name] for name in ("median", *limits)} == dict.fromkeys(("median", *limits))
    reason = "the limit does not come down to one half"
    assert payload["not_estimable"] == {"median": "the curve does not come down to one half"} | dict.fromkeys(
        limits, reason
    )


def test_a_median_that_is_reached_with_only_one_limit_gives_no_reason_for_what_it_has():
    payload = answer("km", times=[20])
    assert payload["median_lcl_log"] == 20
    assert payload["median_ucl_log"] is None
    assert payload["not_estimable"].keys() == {"median_ucl_log", "median_ucl_loglog"}


def test_limits_that_no_formula_gives_are_empty_and_say_why():
    on = cohort(loosening=(["3"] + ["5"] * 7, ["0"] + ["1"] * 7))
    first, before, after = answer("km", on, times=[1, 4, 5])["survival_at"].values()
    limits = ("lcl_log", "ucl_log", "lcl_loglog", "ucl_loglog")
    assert first == {"n_risk": 8, "S": 1} | dict.fromkeys(limits, 1)
    assert (before["S"], before["lcl_log"], before["lcl_loglog"]) == (1, 1, None)
    assert before["not_estimable"] == dict.fromkeys(("lcl_loglog", "ucl_loglog"), "no limits where S is 1")
    assert after == {"n_risk": 7, "S": 0, **dict.fromkeys(limits)} | {
        "not_estimable": dict.fromkeys(limits, "no limits where S is 0")
    }


def test_numbers_in_a_plan_are_read_as_they_are_written():
    payload = answer("km", cohort(loosening=(["0.1", "0.3"] * 4, ["1", "0"] * 4)), times=[0.1, 0.10, 1e-3, 0.30])
    assert {text: at["S"] for text, at in payload["survival_at"].items()} == {"0.1": 0.5, "0.001": 1, "0.3": 0.5}


DEATH = (["10", "15", "5", "40", "50", "50", "60", "9"], ["1", "1", "1", "0", "0", "1", "0", "1"])
# loosening:  event 10 | censored 20 | event 20 | event 32.5 | censored 40 | event 50 | censored 60 | none
# death:      event 10 | event 15    | event 5  | censored 40| censored 50 | event 50 | censored 60 | 9
# first:      event 10 | death 15    | death 5  | event 32.5 | censored 40 | event 50 | censored 60 | -


def test_the_earlier_end_counts_and_of_two_events_at_once_the_one_of_interest():
    keys = {"survival": "loosening", "competing": "death"}
    payload = answer("cumulative_incidence", cohort(death=DEATH), times=[5, 10, 15, 55], **keys)
    assert (payload["n"], payload["events"], payload["competing"]) == (7, 3, 2)
    assert payload["left_out"] == {"no_time": 1}
    read = payload["incidence_at"]
    assert [at["n_risk"] for at in read.values()] == [7, 6, 5, 1]
    assert [read[time]["F"] for time in ("5", "10", "15")] == pytest.approx([0, 1 / 7, 1 / 7])


def test_the_whole_incidence_curve_has_every_distinct_time_and_agrees_with_what_is_read_from_it():
    times = [5, 10, 15, 32.5, 40, 50, 60]
    payload = answer("cumulative_incidence", cohort(death=DEATH), times=times, survival="loosening", competing="death")
    assert [point["time"] for point in payload["curve"]] == times
    assert [point["n_risk"] for point in payload["curve"]] == [7, 6, 5, 4, 3, 2, 1]
    assert [point["F"] for point in payload["curve"]] == [at["F"] for at in payload["incidence_at"].values()]
    assert [point["F"] for point in payload["curve"]] == [0, 1 / 7, 1 / 7, 2 / 7, 2 / 7, 1 / 2, 1 / 2]


def test_an_event_after_the_follow_up_for_the_competing_one_has_ended_does_not_count():
    on = cohort(loosening=(["30"] * 8, ["1"] * 8), death=(["20"] * 8, ["0"] * 8))
    payload = answer("cumulative_incidence", on, survival="loosening", competing="death", times=[20])
    assert (payload["n"], payload["events"], payload["competing"]) == (8, 0, 0)
    assert payload["incidence_at"]["20"]["n_risk"] == 8


def test_times_of_different_decimals_are_compared_as_numbers():
    on = cohort(loosening=(["30"] * 8, ["1"] * 8), death=(["29.75"] * 8, ["1"] * 8))
    payload = answer("cumulative_incidence", on, survival="loosening", competing="death", times=[40])
    assert (payload["events"], payload["competing"]) == (0, 8)


def test_incidence_by_a_covariate_comes_with_grays_test_and_the_difference_at_the_last_time():
    on = cohort(death=DEATH, arms=["a", "b", "a", "b", "a", "b", "a", "b"])
    keys = {"survival": "loosening", "competing": "death", "times": [39, 35]}
    payload = answer("cumulative_incidence", on, by="arm", **keys)
    assert payload["groups"] == ["a", "b"]
    assert payload["gray"].keys() == {"test", "n", "chi2", "df", "p", "effect"}
    assert payload["gray"]["n"] == {arm: payload[arm]["n"] for arm in "ab"}
    assert payload["test"] == "Gray's test"
    assert payload["effect"]["name"] == "incidence_difference"
    shares = [payload[arm]["incidence_at"]["39"]["F"] for arm in "ab"]
    assert payload["effect"]["estimate"] == pytest.approx(shares[0] - shares[1])
    assert "incidence at 39, a minus b" in payload["effect"]["method"]


def test_the_log_rank_test_by_site_compares_within_sites_and_tells_what_each_brought():
    payload = answer("logrank_by_site", by="arm")
    assert payload["test"] == "log-rank, stratified by site"
    assert payload["strata"] == [
        {"site": "n", "n": {"a": 2, "b": 2}, "events": {"a": 1, "b": 1}},
        {"site": "s", "n": {"a": 1, "b": 1}, "events": {"a": 1, "b": 1}},
    ]
    assert payload["n"] == 6
    assert payload["left_out"] == {"no_arm": 1, "no_time": 1}
    assert payload.keys() >= {"statistic", "df", "p", "effect", "groups"}
    assert payload["statistic"] != pytest.approx(answer("km", by="arm", times=[1])["logrank"]["chi2"])


def test_groups_that_never_meet_within_a_site_cannot_be_compared():
    payload = answer("logrank_by_site", cohort(arms=["a", "a", "b", "b", "a", "a", "b", "b"]), by="arm")
    assert payload["not_estimable"] == "no event happened while groups that could be compared were at risk together"
    assert [stratum["site"] for stratum in payload["strata"]] == ["n", "s"]
    assert "p" not in payload


BOTH = {"survival": "loosening", "competing": "death", "times": [1]}


@pytest.mark.parametrize(
    ("on", "entry", "words"),
    [
        (
            cohort(death=DEATH),
            {"type": "km", "times": [1]},
            "survival = None is needed, as the cohort has 2 times to an event: loosening, death",
        ),
        (
            cohort(),
            {"type": "km", "times": "fracture"},
            "times = 'fracture' is not a known time to an event; known: loosen",
        ),
        (
            cohort(death=DEATH),
            {"type": "km", "times": "loosening", "survival": "death"},
            "times = 'loosening' names another time to an event than survival, which is 'death'",
        ),
        (cohort(), {"type": "cumulative_incidence", **BOTH}, "competing = 'death' is not a known time to an event"),
        (
            cohort(),
            {"type": "cumulative_incidence", **BOTH, "competing": "loosening"},
            "competing = 'loosening' is also survival; they must differ",
        ),
        (
            cohort(death=DEATH, units={"loosening": ("days",), "death": ("months",)}),
            {"type": "cumulative_incidence", **BOTH},
            "competing = 'death' is kept in months, and loosening in days; they need the same unit",
        ),
        (
            cohort(units={"loosening": ("days", "months")}),
            {"type": "km", "times": [1]},
            "survival = 'loosening' is kept in several units: days, months; they cannot be counted together",
        ),
        (
            cohort(arms=["a", "logrank"] * 4),
            {"type": "km", "times": [1], "by": "arm"},
            "by = 'logrank' cannot be a level here: the payload needs effect, groups, left_out, logrank, not_estimable",
        ),
        (cohort(), {"type": "km", "times": []}, "times"),
        (cohort(), {"type": "km", "times": [-1]}, "times"),
        (cohort(), {"type": "km", "times": [1], "tau": 0}, "tau"),
    ],
)
def test_what_cannot_be_followed_is_refused_naming_the_field(on, entry, words):
    entry = dict(entry)
    assert words in refusal(entry.pop("type"), on, **entry)


def test_levels_that_another_type_needs_no_key_for_are_taken():
    assert answer("logrank_by_site", cohort(arms=["effect", "test"] * 4), by="arm")["groups"] == ["effect", "test"]
