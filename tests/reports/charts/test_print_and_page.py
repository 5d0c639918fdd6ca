"""The page and the print are drawn of the same data: as many marks, at the same values."""

import json
import re
from xml.etree import ElementTree

import pytest

from reports.charts import in_print, marks
from reports.charts.model import Boxes, Course, Curves, Effects, Falls, Stack
from reports.survival_figures import curve
from tests.reports.charts.figures import every, manifest, survived

FIGURES = every()
PATH = "{http://www.w3.org/2000/svg}path"


def printed(figure, fill: str, stroke: str = "") -> int:
    """How many shapes of that fill (and that edge) the SVG has."""
    styles = [path.get("style", "") for path in ElementTree.fromstring(in_print.draw(figure)).iter(PATH)]
    return sum(f"fill: {fill}" in style and (f"stroke: {stroke}" in style if stroke else True) for style in styles)


def traces(figure, **about) -> list[dict]:
    return [trace for trace in figure.plot["data"] if all(trace.get(name) == value for name, value in about.items())]


@pytest.mark.parametrize("name", ["medians by arm", "medians by long arms", "shares"])
def test_a_course_has_a_mark_for_each_point_in_both(name):
    figure = FIGURES[name]
    assert isinstance(figure.chart, Course)
    drawn = traces(figure, mode="lines+markers")
    for index, (line, trace) in enumerate(zip(figure.chart.lines, drawn, strict=True)):
        assert trace["y"] == [point.middle for point in line.points]
        beside_name = 1 if len(figure.chart.lines) > 1 else 0
        assert printed(figure, marks.colour(index), "#ffffff") == len(line.points) + beside_name


def test_a_box_and_a_bar_for_each_value_stand_in_both():
    figure = FIGURES["boxes"]
    assert isinstance(figure.chart, Boxes)
    (bars,), (boxes,) = traces(figure, type="bar"), traces(figure, type="box")
    assert boxes["median"] == [box.median for box in figure.chart.boxes] == [7.0, 2.0]
    assert len(bars["y"]) == printed(figure, "#8a949c") == sum(len(box.counts) for box in figure.chart.boxes) == 5
    assert printed(figure, "#d5e5f0", "#000000") == 2


@pytest.mark.parametrize("name", ["levels", "levels by arm", "directions"])
def test_a_segment_for_each_level_that_anybody_has_stands_in_both(name):
    figure = FIGURES[name]
    assert isinstance(figure.chart, Stack)
    for place in range(len(figure.chart.levels)):
        counts = [bar.counts[place] for bar in figure.chart.bars]
        trace = figure.plot["data"][place]
        assert trace["x"] == [bar.share(place) for bar in figure.chart.bars]
        fill, _ = marks.level(place, len(figure.chart.levels))
        assert printed(figure, fill, "#000000") == 1 + sum(map(bool, counts))  # the key has one more


def test_every_change_is_a_bar_as_broad_as_many_have_it_the_worst_first():
    """Of 5 pairs three fell by 5 points, one by 3, one stayed; of 6 two fell by 3, three by 1, one rose by 2."""
    figure = FIGURES["each change"]
    assert isinstance(figure.chart, Falls)
    (bars,) = figure.plot["data"]
    assert bars["y"] == [0.0, -3.0, -5.0, 2.0, -1.0, -3.0]
    assert bars["width"] == pytest.approx([0.16, 0.16, 0.48, 0.4 / 3, 0.4, 0.8 / 3])
    assert [row.cells for row in figure.chart.below] == [("5", "6"), ("4", "5"), ("1", "0"), ("0", "1")]
    assert figure.chart.limit == -2.0 and "Dotted: the smallest change that matters, 2." in figure.caption
    assert [printed(figure, marks.colour(series), "#ffffff") for series in (0, 1)] == [5, 1]


@pytest.mark.parametrize("name", ["changes", "items"])
def test_an_estimate_has_a_mark_in_both(name):
    figure = FIGURES[name]
    assert isinstance(figure.chart, Effects)
    for place, trace in enumerate(figure.plot["data"]):
        points = [point for row in figure.chart.rows for point in row.points if point.column == place]
        assert trace["x"] == [point.middle for point in points]
        in_key = 1 if len(figure.chart.series) > 1 else 0
        assert printed(figure, marks.colour(place), "#ffffff") == len(points) + in_key


@pytest.mark.parametrize("name", ["survival", "survival by arm", "incidence"])
def test_a_curve_has_the_same_corners_and_the_same_numbers_below_in_both(name):
    figure = FIGURES[name]
    assert isinstance(figure.chart, Curves)
    for arm, trace in zip(figure.chart.arms, curves(figure), strict=True):
        assert trace["x"] == [0.0, *(step.time for step in arm.curve)]
        assert trace["y"][1:] == [step.value for step in arm.curve]
    words = texts(figure)
    for row in figure.chart.below:
        assert all(cell in words for cell in row.cells)


def curves(figure) -> list[dict]:
    return [trace for trace in figure.plot["data"] if "name" in trace]


def texts(figure) -> list[str]:
    """What is written in the SVG, as matplotlib notes it beside the outlines."""
    return re.findall(r"<!-- (.*?) -->", in_print.draw(figure).decode())


def test_who_was_last_seen_has_a_tick_by_hand_count():
    """Of 7, one dies at 3 and 6 are left; at 5 nobody dies and 2 leave; at 9, of 4, one dies and 3 are at the end."""
    figure = FIGURES["survival by arm"]
    first, second = figure.chart.arms
    assert [step.censored for step in first.curve] == [0, 2, 3]
    assert [step.censored for step in second.curve] == [5]
    ticks = [trace for trace in figure.plot["data"] if trace.get("marker", {}).get("symbol") == "line-ns-open"]
    assert [trace["x"] for trace in ticks] == [[5.0, 9.0], [6.0]]
    assert "ticks on the curve" in figure.caption


def test_nobody_is_last_seen_where_all_have_the_event():
    both = curve("km", survived({"": [(2.0, 2, 0.5), (4.0, 1, 0.0)]}), manifest())
    assert [step.censored for step in both.chart.arms[0].curve] == [0, 0]
    assert "ticks on the curve" not in both.caption


def test_every_figure_is_plain_json_for_the_page():
    for figure in FIGURES.values():
        json.dumps(figure.plot, allow_nan=False)
        assert figure.alt and figure.caption and not figure.caption.startswith(" ")
