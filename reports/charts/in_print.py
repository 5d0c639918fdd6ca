"""A figure -> the bytes of its drawing in print: black on white, one or two columns of a journal wide."""

from reports.charts.bars_print import effects, stack
from reports.charts.curves_print import curves
from reports.charts.forest_print import forest
from reports.charts.model import Boxes, Chart, Course, Curves, Effects, Falls, Forest, Stack
from reports.charts.over_time_print import boxes, course, falls
from reports.charts.sheet import Sheet, saved
from reports.layout import Figure

DRAWN = {Boxes: boxes, Course: course, Curves: curves, Effects: effects, Falls: falls, Forest: forest, Stack: stack}


def draw(figure: Figure, format: str = "svg") -> bytes:
    """The figure as "svg", "pdf" or "png" (300 dots an inch). The same figure gives the same bytes everywhere."""
    return saved(sheet_of(figure.chart), format)


def size(figure: Figure) -> tuple[float, float]:
    """How wide and how high the drawing is, in mm."""
    sheet = sheet_of(figure.chart)
    return sheet.width, sheet.height


def sheet_of(chart: Chart) -> Sheet:
    return DRAWN[type(chart)](chart)
