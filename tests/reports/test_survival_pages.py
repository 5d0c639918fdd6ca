"""Times to an event on the page: curves in steps, numbers at risk where they are known, refusals with their reason."""

import json

import pytest

from reports import survival_figures, survival_tables
from reports.manifest import Manifest
from tests.reports import examples

MANIFEST = Manifest(examples.manifest(survival={"survival": {"units": ["months"]}}))


def at(n_risk: int, S: float) -> dict:
    return {"n_risk": n_risk, "S": S, "lcl_log": S - 0.1, "ucl_log": min(1.0, S + 0.1), "lcl_loglog": None,
            "ucl_loglog": None}  # fmt: skip


def arm(read: dict, **beside) -> dict:
    medians = {f"median_{side}_{kind}": None for side in ("lcl", "ucl") for kind in ("log", "loglog")}
    return {"n": 7, "events": len(read), "median": None, "survival_at": read} | medians | beside


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


def test_a_number_at_risk_stands_where_it_is_known_and_a_dot_where_not(compared):
    assert drawn(compared).plot["layout"]["xaxis"]["ticktext"] == ["3<br>7<br>·", "6<br>·<br>6", "9<br>4<br>·"]


def test_a_curve_read_at_a_few_times_is_drawn_as_points_and_not_as_steps():
    figure = drawn(km(arm({"6": at(5, 0.7), "12": at(3, 0.5)}), times=[6, 12]))
    (points,) = lines(figure)
    assert (points["mode"], points["x"]) == ("markers", [6.0, 12.0])
    assert "at the times asked for" in figure.caption


def test_from_a_whole_curve_the_number_at_risk_is_known_at_every_time():
    """Two of the first arm leave at 5, so that 4 are at risk at 6, when the other arm has an event."""
    curve = [{"time": time, **at(n, S)} for time, n, S in ((3, 7, 0.86), (5, 6, 0.86), (9, 4, 0.64), (12, 3, 0.64))]
    other = [{"time": 6, **at(6, 0.8)}]
    arms = {"complex": arm({}, curve=curve), "simple": arm({}, curve=other), "groups": ["complex", "simple"]}
    figure = drawn(km(arms, times="survival", by="group"))
    assert figure.plot["layout"]["xaxis"]["ticktext"] == ["3<br>7<br>6", "6<br>4<br>6", "9<br>4<br>0",
                                                          "12<br>3<br>0"]  # fmt: skip
    assert lines(figure)[0]["x"][-1] == 12.0


def test_a_time_past_the_end_is_no_point_and_its_row_says_why():
    past = dict.fromkeys(at(0, 0)) | {"n_risk": 0, "not_estimable": "nobody was followed beyond 9"}
    result = km(arm({"6": at(5, 0.7), "40": past}), times=[6, 40])
    assert lines(drawn(result))[0]["x"] == [6.0]
    _, read = survival_tables.survival(result, MANIFEST)
    assert read.groups[0].rows[1].cells[-1].detail == "not estimable: nobody was followed beyond 9"


def test_incidence_rises_from_nobody():
    read = {
        "n": 7,
        "events": 2,
        "competing": 1,
        "incidence_at": {"6": {"n_risk": 5, "F": 0.2, "low": 0.1, "high": 0.4}},
    }
    entry = {"survival": "repair", "competing": "death", "times": [6]}
    result = examples.result("ci", "cumulative_incidence", read | {"left_out": {}}, **entry)
    assert lines(drawn(result))[0]["y"] == [20.0]
    first, second = survival_tables.incidence(result, MANIFEST)
    assert [cell.text for cell in first.groups[0].rows[0].cells] == ["7", "2", "1"]
    assert second.groups[0].rows[0].cells[1].text == "20.0 %"


def test_the_test_of_the_curves_stands_with_its_n_and_its_effect(compared):
    medians, _ = survival_tables.survival(compared, MANIFEST)
    assert medians.notes[0].text == (
        "Log-rank: chi-squared = 0.40, df = 1, p = 0.53; hazard ratio 1.40 (0.40 to 4.90); n = 7 / 7."
    )


def test_a_curve_is_told_in_words_and_is_plain_json(compared):
    figure = drawn(compared)
    assert "Complex: 3: 86 %, 7 at risk" in figure.alt
    json.dumps(figure.plot, allow_nan=False)


def test_there_is_no_figure_of_nobody():
    nobody = {"n": 0, "events": 0, "survival_at": {}, "not_estimable": "nobody has a time"}
    assert drawn(km(nobody, times="survival")) is None
