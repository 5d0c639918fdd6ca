"""Times to an event on the page: curves in steps, numbers at risk where they are known, refusals with their reason."""

import json
from re import sub

import pytest

from reports import survival_figures, survival_tables
from reports.manifest import Manifest
from tests.reports import examples

MANIFEST = Manifest(examples.manifest(survival={"survival": {"units": ["months"]}}))


def at(n_risk: int, S: float) -> dict:
    return {"n_risk": n_risk, "S": S, "lcl_log": S - 0.1, "ucl_log": min(1.0, S + 0.1), "lcl_loglog": None,
            "ucl_loglog": None}  # fmt: skip


def arm(read: dict, **beside) -> dict:
    """Read at these times, which are also all that there are, but where `beside` has another curve."""
    medians = {f"median_{side}_{kind}": None for side in ("lcl", "ucl") for kind in ("log", "loglog")}
    curve = [{"time": float(time), **found} for time, found in read.items()]
    return {"n": 7, "events": len(read), "median": None, "survival_at": read, "curve": curve} | medians | beside


def km(payload: dict, **entry) -> dict:
    return examples.result("km", "km", payload | {"left_out": {}, "unit": "months"}, **entry)


ARMS = {"complex": arm({"3": at(7, 0.86), "9": at(4, 0.6)}), "simple": arm({"6": at(6, 0.8)})}
LOGRANK = {"test": "log-rank", "chi2": 0.4, "df": 1, "p": 0.53, "n": {"complex": 7, "simple": 7},
           "effect": {"name": "hazard_ratio", "estimate": 1.4, "low": 0.4, "high": 4.9}}  # fmt: skip


@pytest.fixture
def compared():
    return km(ARMS | {"groups": ["complex", "simple"], "logrank": LOGRANK}, times="survival", by="group")


def drawn(result):
    return survival_figures.curve("figure-times-1", result, MANIFEST)


def lines(figure) -> list[dict]:
    return [trace for trace in figure.plot["data"] if "name" in trace]


def test_a_curve_begins_whole_and_goes_down_in_steps_with_its_limits_behind_it(compared):
    first, second = lines(drawn(compared))
    assert (first["x"], first["y"]) == ([0.0, 3.0, 9.0], [100.0, 86.0, 60.0])
    assert first["line"]["shape"] == "hv" and first["line"]["dash"] != second["line"]["dash"]
    assert any(trace.get("fill") == "tonexty" for trace in drawn(compared).plot["data"])


def ticks(figure) -> list[str]:
    """What stands below the axis, without colours."""
    return [sub("<span[^>]*>|</span>", "", text) for text in figure.plot["layout"]["xaxis"]["ticktext"]]


def test_numbers_at_risk_stand_below_round_times_from_the_start_an_arm_a_line(compared):
    assert ticks(drawn(compared))[0] == "0<br>7<br>6"
    assert ticks(drawn(compared))[3:] == ["6<br>4<br>6", "8<br>4<br>0"]
    assert drawn(compared).caption.endswith("the number at risk, in the order Complex, Simple.")


def test_those_censored_between_two_events_are_no_longer_at_risk():
    """Two of the first arm leave at 5, so that 4 are at risk at 6, when the other arm has an event."""
    curve = [{"time": time, **at(n, S)} for time, n, S in ((3, 7, 0.86), (5, 6, 0.86), (9, 4, 0.64), (12, 3, 0.64))]
    other = [{"time": 6, **at(6, 0.8)}]
    arms = {"complex": arm({}, curve=curve), "simple": arm({}, curve=other), "groups": ["complex", "simple"]}
    figure = drawn(km(arms, times="survival", by="group"))
    assert ticks(figure) == ["0<br>7<br>6", "2<br>7<br>6", "4<br>6<br>6", "6<br>4<br>6", "8<br>4<br>0", "10<br>3<br>0",
                             "12<br>3<br>0"]  # fmt: skip
    assert lines(figure)[0]["x"][-1] == 12.0


@pytest.mark.parametrize(
    ("last", "unit", "times"),
    [
        (11, "months", [0, 2, 4, 6, 8, 10]),
        (60, "months", [0, 12, 24, 36, 48, 60]),
        (365, "days", [0, 50, 100, 150, 200, 250, 300, 350]),
        (0.4, "years", [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4]),
    ],
)
def test_times_below_the_axis_are_round_in_their_unit(last, unit, times):
    assert survival_figures.round_times(last, unit) == pytest.approx(times)


def test_a_curve_is_drawn_whole_wherever_it_was_read():
    everywhere, once = (drawn(km(arm({"3": at(7, 0.86), "9": at(4, 0.6)}), times=t)) for t in ("survival", [9]))
    assert everywhere.plot["data"] == once.plot["data"]


def test_a_time_past_the_end_has_a_row_that_says_why():
    past = dict.fromkeys(at(0, 0)) | {"n_risk": 0, "not_estimable": "nobody was followed beyond 9"}
    result = km(arm({"6": at(5, 0.7), "40": past}, curve=[{"time": 6.0, **at(5, 0.7)}]), times=[6, 40])
    assert lines(drawn(result))[0]["x"] == [0.0, 6.0]
    _, read = survival_tables.survival(result, MANIFEST)
    assert read.groups[0].rows[1].cells[-1].detail == "not estimable: nobody was followed beyond 9"


def test_incidence_rises_from_nobody_and_has_its_limits_at_the_times_asked_for():
    read = {
        "n": 7,
        "events": 2,
        "competing": 1,
        "incidence_at": {
            "1": {"n_risk": 7, "F": 0.0, "se": 0.0, "low": None, "high": None},
            "6": {"n_risk": 5, "F": 0.2, "se": 0.1, "low": 0.1, "high": 0.4},
            "40": {"not_estimable": "nobody was followed beyond 9"},
        },
        "curve": [{"time": 5.0, "n_risk": 6, "F": 0.2}, {"time": 9.0, "n_risk": 2, "F": 0.3}],
    }
    entry = {"survival": "repair", "competing": "death", "times": [1, 6, 40]}
    result = examples.result("ci", "cumulative_incidence", read | {"left_out": {}}, **entry)
    limits, steps = drawn(result).plot["data"]
    assert (steps["x"], steps["y"]) == ([0.0, 5.0, 9.0], [0.0, 20.0, 30.0])
    assert (limits["x"], limits["y"], limits["text"]) == ([6.0], [20.0], ["10.0 to 40.0 %"])
    assert "limits at the times asked for" in drawn(result).caption
    assert "6: 20 %, 2 at risk" in drawn(result).alt
    first, second = survival_tables.incidence(result, MANIFEST)
    assert [cell.text for cell in first.groups[0].rows[0].cells] == ["7", "2", "1"]
    assert second.groups[0].rows[1].cells[1].text == "20.0 %"


def test_the_test_of_the_curves_stands_with_its_n_and_its_effect(compared):
    medians, _ = survival_tables.survival(compared, MANIFEST)
    assert medians.notes[0].text == (
        "Log-rank: chi-squared = 0.40, df = 1, p = 0.53; hazard ratio 1.40 (0.40 to 4.90); n = 7 / 7."
    )


def test_a_curve_is_told_in_words_and_is_plain_json(compared):
    figure = drawn(compared)
    assert "Complex: 0: 100 %, 7 at risk; 2: 100 %, 7 at risk; 4: 86 %" in figure.alt
    json.dumps(figure.plot, allow_nan=False)


def test_there_is_no_figure_of_nobody():
    nobody = {"n": 0, "events": 0, "survival_at": {}, "not_estimable": "nobody has a time"}
    assert drawn(km(nobody, times="survival")) is None
