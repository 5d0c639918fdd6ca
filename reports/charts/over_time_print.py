"""Timepoints beside each other in print: lines with intervals, and boxes."""

from collections.abc import Sequence

from reports.charts import marks
from reports.charts.model import NARROW, Box, Boxes, Course, Falls, Line, Point, spread_apart
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
from reports.charts.sheet import INK, Sheet, width_of

HIGH, HIGH_WIDE = 46.0, 54.0  # mm of the plot alone
NAMES = 34.0  # mm at the right for the names of the lines
CAP = 0.9
BOX, BOX_LEFT, BARS = 0.2, -0.12, 0.46  # of the way from one timepoint to the next: its box, and its longest bar
PALE, GREY = "#d5e5f0", "#8a949c"


def over_columns(chart: Course | Boxes | Falls, names: Sequence[list[str]] = ()) -> Area:
    """The sheet with its axes, its labels and what stands below them; room at the right for names."""
    axis = chart.axis
    numbers = max(map(width_of, value_texts(axis)))
    below = heads_that_fit(chart.below)
    left = EDGE + max(numbers, heads_width(below)) + TICK + GAP
    beside = max((width_of(line) for lines in names for line in lines), default=0.0)
    right = chart.width - EDGE - (beside + GAP + 2.3 if beside else 1.0)
    labels = [wrapped(label, (right - left) / len(chart.columns) - 1.5) for label in chart.columns]
    words = wrapped(axis.words, chart.width - 2 * EDGE)
    high = HIGH if chart.width == NARROW else HIGH_WIDE
    foot = EDGE + len(chart.below) * LINE + max(map(len, labels)) * LINE + TICK + 1.2
    sheet = Sheet(chart.width, foot + high + ABOVE + len(words) * LINE + EDGE)
    area = Area(sheet, left, foot, right, foot + high, (-0.5, len(chart.columns) - 0.5), (axis.low, axis.high))
    value_axis(area, axis, words)
    places = range(len(chart.columns))
    base_line(area, places)
    rows_below(area, places, below, labels_below(area, places, labels))
    return area


def course(chart: Course) -> Sheet:
    """One line an arm, moved apart a little so that the intervals do not hide each other; its name beside its end."""
    several = len(chart.lines) > 1
    names = [wrapped(line.name, NAMES) for line in chart.lines] if several else []
    area = over_columns(chart, names)
    dodge = min(0.16, 0.05 * len(chart.columns))
    shifts = [dodge * (index - (len(chart.lines) - 1) / 2) for index in range(len(chart.lines))]
    for index, line in enumerate(chart.lines):
        one_line(area, index, line, shifts[index])
    if several:
        names_beside(area, chart.lines, names)
    else:
        point_labels(area, chart.lines[0].points)
    return area.sheet


def one_line(area: Area, index: int, line: Line, shift: float) -> None:
    sheet, colour = area.sheet, marks.colour(index)
    places = [(area.x(point.column + shift), point) for point in line.points]
    if len(places) > 1:
        sheet.line([(x, area.y(point.middle)) for x, point in places], colour, 1.0, marks.dash(index))
    for x, point in places:
        whisker(sheet, x, area.y(point.low), area.y(point.high), colour)
        sheet.mark(x, area.y(point.middle), marks.marker(index), colour, 2.3)


def whisker(sheet: Sheet, x: float, low: float, high: float, colour: str = INK, cap: float = CAP) -> None:
    ends = [((x - cap, y), (x + cap, y)) for y in (low, high)]
    sheet.segments([((x, low), (x, high)), *ends], colour, 0.8)


def point_labels(area: Area, points: Sequence[Point]) -> None:
    for point in points:
        if point.label:
            area.sheet.text(area.x(point.column) + 1.9, area.y(point.middle), point.label, middle=True, halo=True)


def names_beside(area: Area, lines: Sequence[Line], names: Sequence[list[str]]) -> None:
    """Each name at the height of its line's end, moved away from the others."""
    ends = [area.y(line.points[-1].middle) if line.points else area.bottom for line in lines]
    tallest = max(map(len, names)) * LINE
    heights = spread_apart(ends, tallest + 0.6, area.bottom + tallest / 2, area.top - tallest / 2)
    for index, (y, words) in enumerate(zip(heights, names, strict=True)):
        first = y + (len(words) - 1) * LINE / 2
        area.sheet.mark(area.right + GAP, y, marks.marker(index), marks.colour(index), 2.3)
        for place, line in enumerate(words):
            area.sheet.text(area.right + GAP + 1.8, first - place * LINE, line, middle=True)


def boxes(chart: Boxes) -> Sheet:
    """A box a timepoint with its median in words, and at the right of it a bar for each value."""
    area = over_columns(chart)
    for box in chart.boxes:
        value_bars(area, box, chart)
        one_box(area, box)
    return area.sheet


def one_box(area: Area, box: Box) -> None:
    sheet, x = area.sheet, area.x(box.column + BOX_LEFT)
    half = (area.x(BOX) - area.x(0)) / 2
    q1, q3 = area.y(box.q1), area.y(box.q3)
    ends = [(end, mid) for end, mid in ((area.y(box.lowest), q1), (area.y(box.highest), q3)) if end != mid]
    sheet.segments([((x, mid), (x, end)) for end, mid in ends], INK, 0.7)
    sheet.segments([((x - half / 2, end), (x + half / 2, end)) for end, _ in ends], INK, 0.7)
    sheet.rectangle(x - half, q1, 2 * half, q3 - q1, PALE, edge=INK, rim=0.7)
    sheet.line([(x - half, area.y(box.median)), (x + half, area.y(box.median))], INK, 2.0)
    sheet.text(x - half - 0.8, area.y(box.median), box.label, align="right", middle=True, bold=True, halo=True)


def value_bars(area: Area, box: Box, chart: Boxes) -> None:
    """How many have each value: bars that start at the box, as long as their share."""
    left = area.x(box.column + BOX_LEFT + 0.7 * BOX)
    longest = area.x(BARS) - area.x(0)
    thick = max(0.35, min(2.6, 0.62 * (area.y(chart.step) - area.y(0))))
    for value, count in box.counts:
        length = longest * box.share(count) / chart.widest
        area.sheet.rectangle(left, area.y(value) - thick / 2, length, thick, GREY)


def falls(chart: Falls) -> Sheet:
    """Bars that hang from 0 or stand on it, as broad as many have that change."""
    area = over_columns(chart)
    for fall in chart.falls:
        left, right = area.x(fall.column + fall.start), area.x(fall.column + fall.start + fall.width)
        zero, end = area.y(0), area.y(fall.change)
        fill = marks.colour(chart.series(fall))
        area.sheet.rectangle(left, min(zero, end), right - left, abs(end - zero), fill, edge="#ffffff", rim=0.5)
    area.sheet.line([(area.left, area.y(0)), (area.right, area.y(0))], INK, 0.6)
    if chart.limit is not None:
        y = area.y(chart.limit)
        area.sheet.line([(area.left, y), (area.right, y)], INK, 0.9, "dot")
    return area.sheet
