"""A chart -> what Plotly draws: {data, layout, config}, plain JSON. Its colours of ink and paper are the page's own."""

from reports.charts.bars_page import effects, stack
from reports.charts.curves_page import curves
from reports.charts.forest_page import forest
from reports.charts.frame import CONFIG
from reports.charts.model import Boxes, Chart, Course, Curves, Effects, Falls, Forest, Stack
from reports.charts.over_time_page import boxes, course, falls

DRAWN = {Boxes: boxes, Course: course, Curves: curves, Effects: effects, Falls: falls, Forest: forest, Stack: stack}


def plot(chart: Chart) -> dict:
    """The figure as Plotly takes it."""
    data, layout = DRAWN[type(chart)](chart)
    return {"data": data, "layout": layout, "config": dict(CONFIG)}
