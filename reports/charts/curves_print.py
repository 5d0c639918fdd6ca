"""Curves over time in print: limits as pale bands, names at their ends, numbers at risk below."""

from collections.abc import Sequence

from reports import wording
from reports.charts import marks
from reports.charts.model import Arm, Curves, spread_apart
from reports.charts.over_time_print import NAMES, whisker
from reports.charts.plot_area import (
    ABOVE,
    EDGE,
    GAP,
    LINE,
    TICK,
    Area,
    base_line,
    heads_that_fit,
    heads_width,
    labels_below,
    rows_below,
    value_axis,
    value_texts,
    wrapped,
)
from reports.charts.sheet import Sheet, width_of

HIGH = 58.0
AT_RISK = "At risk"


def curves(chart: Curves) -> Sheet:
    several = len(chart.arms) > 1
    names = [wrapped(arm.name, NAMES) for arm in chart.arms] if several else []
    area = over_times(chart, names)
    for index, arm in enumerate(chart.arms):
        band(area, index, arm, chart.first)
    for index, arm in enumerate(chart.arms):
        limits_read(area, index, arm)
        one_curve(area, index, arm, chart.first)
    if several:
        names_beside(area, chart.arms, names)
    return area.sheet


def over_times(chart: Curves, names: Sequence[list[str]]) -> Area:
    """The sheet with its axes, the times and the numbers at risk below them."""
    numbers = max(map(width_of, value_texts(chart.axis)))
    below = heads_that_fit(chart.below)
    left = EDGE + max(numbers, heads_width(below), width_of(AT_RISK)) + TICK + GAP
    beside = max((width_of(line) for lines in names for line in lines), default=0.0)
    right = chart.width - EDGE - (beside + GAP if beside else 2.0)
    words = wrapped(chart.axis.words, chart.width - 2 * EDGE)
    foot = EDGE + (len(chart.below) + 3) * LINE + TICK + 1.5
    sheet = Sheet(chart.width, foot + HIGH + ABOVE + len(words) * LINE + EDGE)
    span = (-0.01 * chart.last, 1.02 * chart.last)
    area = Area(sheet, left, foot, right, foot + HIGH, span, (chart.axis.low, chart.axis.high))
    value_axis(area, chart.axis, words)
    base_line(area, chart.ticks)
    base = labels_below(area, chart.ticks, [[wording.short(time, 2)] for time in chart.ticks])
    sheet.text((left + right) / 2, base, chart.time_words, align="center")
    base -= LINE
    sheet.text(left - TICK - GAP, base, AT_RISK, align="right")
    rows_below(area, chart.ticks, below, base - (LINE if len(chart.below) > 1 else 0) + 0.6)
    return area


def stairs(steps: Sequence[tuple[float, float]], first: float) -> list[tuple[float, float]]:
    """The corners of a curve that keeps its value until the next time."""
    corners, value = [(0.0, first)], first
    for time, new in steps:
        corners += [(time, value), (time, new)]
        value = new
    return corners


def placed(area: Area, corners: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    return [(area.x(time), area.y(value)) for time, value in corners]


def band(area: Area, index: int, arm: Arm, first: float) -> None:
    steps = arm.band()
    if steps:
        low, high = (stairs([(step[0], step[side]) for step in steps], first) for side in (1, 2))
        area.sheet.area(placed(area, [*low, *reversed(high)]), marks.colour(index), 0.15)


def one_curve(area: Area, index: int, arm: Arm, first: float) -> None:
    corners = stairs([(step.time, step.value) for step in arm.curve], first)
    area.sheet.line(placed(area, corners), marks.colour(index), 1.3, marks.dash(index))
    left = placed(area, [(step.time, step.value) for step in arm.curve if step.censored])
    area.sheet.segments([((x, y - 0.9), (x, y + 0.9)) for x, y in left], marks.colour(index), 0.7)


def limits_read(area: Area, index: int, arm: Arm) -> None:
    for step in arm.read:
        x = area.x(step.time)
        whisker(area.sheet, x, area.y(step.low), area.y(step.high), marks.colour(index))
        area.sheet.mark(x, area.y(step.value), marks.marker(index), marks.colour(index), 1.9)


def names_beside(area: Area, arms: Sequence[Arm], names: Sequence[list[str]]) -> None:
    """Each name at the height at which its curve ends, moved away from the others."""
    ends = [area.y(arm.curve[-1].value) for arm in arms]
    tallest = max(map(len, names)) * LINE
    heights = spread_apart(ends, tallest + 0.6, area.bottom + tallest / 2, area.top - tallest / 2)
    for y, words in zip(heights, names, strict=True):
        first = y + (len(words) - 1) * LINE / 2
        for place, line in enumerate(words):
            area.sheet.text(area.right + GAP, first - place * LINE, line, middle=True)
