"""A result over time becomes a figure that can be read without colour and without eyes."""

import json

import pytest

from reports.figures import over_time
from reports.manifest import Manifest
from tests.reports import examples

MANIFEST = Manifest(examples.manifest())


def drawn(result, preset="modern"):
    return over_time("figure-1", result, MANIFEST, preset)


def without_counts(result):
    for code in ("preop", "w6"):
        del result["payload"][code]["counts"]
    return result


def test_a_scale_of_eleven_levels_shows_medians_and_quartiles_in_the_order_of_visits():
    box, medians = drawn(without_counts(examples.described())).plot["data"]
    assert medians["y"] == box["median"] == [7.0, 2.0]
    assert (box["q1"], box["q3"]) == ([7.0, 2.0], [7.75, 4.0])
    assert (box["lowerfence"], box["upperfence"]) == ([5.0, 2.0], [8.0, 4.0])


def test_n_stands_below_each_timepoint():
    layout = drawn(examples.described()).plot["layout"]
    assert layout["xaxis"]["ticktext"] == ["Preoperative<br>6 (0)", "6 weeks<br>5 (1)"]
    assert layout["annotations"][-1]["text"].endswith("<br>n")


def test_brackets_stand_below_only_where_somebody_is_without_a_value():
    figure = drawn(examples.described_by_arm())
    assert figure.plot["layout"]["xaxis"]["ticktext"] == ["Preoperative<br>6<br>5", "6 weeks<br>6<br>5"]
    assert figure.caption.endswith("Below each timepoint: n of each arm.")
    assert drawn(examples.described()).caption.endswith("n, in brackets those without a value.")


def test_arms_differ_in_marker_and_dash_and_not_in_colour_alone():
    first, second = [trace for trace in drawn(examples.described_by_arm()).plot["data"] if "line" in trace]
    assert first["marker"]["symbol"] != second["marker"]["symbol"]
    assert first["line"]["dash"] != second["line"]["dash"]
    assert first["line"]["color"] != second["line"]["color"]


def test_a_short_scale_shows_every_level_and_its_counts():
    figure = drawn(examples.described("ecog", {0: 1, 1: 3}, {0: 4}))
    assert [trace["name"] for trace in figure.plot["data"]] == ["0: fully active", "1", "2", "3", "4", "5"]
    assert [trace["x"] for trace in figure.plot["data"]][:2] == [[25.0, 100.0], [75.0, 0.0]]
    assert figure.plot["data"][1]["customdata"][0] == "3/4 (75 %)"


def test_where_higher_is_better_the_best_level_still_comes_first():
    manifest = Manifest(
        examples.manifest(instruments={"ecog": examples.INSTRUMENTS["ecog"] | {"direction": "higher_better"}})
    )
    figure = over_time("f", examples.described("ecog", {0: 1}, {5: 1}), manifest, "modern")
    assert next(trace["name"] for trace in figure.plot["data"]) == "5"


def test_a_short_scale_without_counts_falls_back_to_medians():
    assert drawn(without_counts(examples.described("ecog"))).plot["data"][0]["type"] == "box"


def test_a_yes_no_question_shows_shares_with_wilsons_interval():
    """> prop.test(22, 117, correct = FALSE)$conf.int: 0.1276 0.2683"""
    line = drawn(examples.described("opioid", {0: 95, 1: 22}, {0: 1})).plot["data"][0]
    share, low, high = line["y"][0], line["error_y"]["arrayminus"][0], line["error_y"]["array"][0]
    assert share == pytest.approx(18.803, abs=1e-3)
    assert (share - low, share + high) == (pytest.approx(12.76, abs=0.01), pytest.approx(26.83, abs=0.01))


def test_a_timepoint_where_nobody_has_a_value_draws_no_point_and_says_n_0():
    figure = drawn(examples.described(after={}))
    assert figure.plot["data"][-1]["y"] == [7.0]
    assert figure.plot["layout"]["xaxis"]["ticktext"][1] == "6 weeks<br>0 (1)"


def test_there_is_no_figure_of_nobody():
    assert drawn(examples.described(before={}, after={})) is None


def test_the_quartiles_are_the_presets():
    """Type 2 of 2, 2, 2, 4, 4 has Q3 = 4; of 5, 7, 7, 7, 8, 8 it has Q3 = 8 where type 7 has 7.75."""
    assert drawn(examples.described(), preset="stata").chart.boxes[0].q3 == 8.0
    assert drawn(examples.described()).chart.boxes[0].q3 == 7.75


@pytest.mark.parametrize("result", [examples.described(), examples.described_by_arm(), examples.described("ecog")])
def test_a_figure_says_in_words_what_it_draws_and_is_plain_json(result):
    figure = drawn(result)
    assert "Preoperative" in figure.alt and "n = 6" in figure.alt
    json.dumps(figure.plot, allow_nan=False)
    assert figure.plot["config"]["displaylogo"] is False
