"""A forest in print: sites with their squares, all of them as diamonds, and where a further site would lie."""

from math import sqrt

from reports.charts import marks
from reports.charts.bars_print import LABELS, columns_beside, effect_axis
from reports.charts.model import Forest, Strip
from reports.charts.plot_area import EDGE, GAP, LINE, TICK, Area, wrapped
from reports.charts.sheet import INK, QUIET, Sheet, width_of

DEEP, SECOND, APART = 4.9, 3.6, 1.2  # mm of a strip, of each further line of its label, and below the sites
LEAST, MOST, HIGH = 1.2, 3.0, 1.5  # mm: the side of the smallest and of the largest square, half a diamond
ARROW = 1.4
HEADS = ("n", "weight")


def forest(chart: Forest) -> Sheet:
    """A line for each strip; n, weight and its words at the right."""
    labels = [wrapped(strip.label, LABELS) for strip in chart.strips]
    told = [[strip.n, strip.weight, strip.words] for strip in chart.strips]
    heads = [*HEADS, chart.told]
    beside = [max(map(width_of, column)) + 3.5 for column in zip(heads, *told, strict=True)]
    left = EDGE + max(width_of(line) for lines in labels for line in lines) + 2 * GAP
    middles, deep = middles_of(chart, labels)
    foot = EDGE + 2 * LINE + TICK + 1.5
    top = foot + deep
    sheet = Sheet(chart.width, top + LINE + 2 + EDGE)
    area = Area(sheet, left, foot, chart.width - EDGE - sum(beside), top, (chart.axis.low, chart.axis.high), (0, 1))
    effect_axis(area, chart)
    columns_beside(area, heads, beside, top + 1)
    largest = max(strip.share for strip in chart.strips if strip.share is not None)
    for place, strip in enumerate(chart.strips):
        middle = top - middles[place]
        for index, line in enumerate(labels[place]):
            up = (len(labels[place]) - 1) * LINE / 2 - index * LINE
            sheet.text(left - 2 * GAP, middle + up, line, align="right", middle=True)
        drawn(area, chart, strip, middle, largest)
        columns_beside(area, told[place], beside, middle, middle=True)
    return sheet


def middles_of(chart: Forest, labels: list[list[str]]) -> tuple[list[float], float]:
    """How far below the top the middle of each strip lies, and how deep they are together; sites stand apart."""
    middles, at = [], 0.0
    for place, (strip, lines) in enumerate(zip(chart.strips, labels, strict=True)):
        at += APART if place and strip.kind != chart.strips[place - 1].kind == "site" else 0
        deep = DEEP + SECOND * (len(lines) - 1)
        middles.append(at + deep / 2)
        at += deep
    return middles, at


def drawn(area: Area, chart: Forest, strip: Strip, y: float, largest: float) -> None:
    low, high = map(area.x, chart.ends(strip))
    middle = area.x(strip.middle)
    if strip.kind == "all":
        area.sheet.area(
            [(low, y), (middle, y + HIGH), (high, y), (middle, y - HIGH)], marks.colour(1), edge=INK, rim=0.5
        )
    elif strip.kind == "next":
        area.sheet.line([(low, y), (high, y)], QUIET, 1.8)
        area.sheet.segments([((x, y - 1.1), (x, y + 1.1)) for x in (low, high)], QUIET, 0.8)
    else:
        area.sheet.segments(
            [((low, y), (high, y)), *(((x, y - 0.7), (x, y + 0.7)) for x in (low, high))], marks.colour(0), 0.8
        )
        side = LEAST + (MOST - LEAST) * sqrt(strip.share / largest)
        area.sheet.rectangle(middle - side / 2, y - side / 2, side, side, marks.colour(0), edge="#ffffff", rim=0.4)
    if strip.low < chart.axis.low:
        area.sheet.area([(low - ARROW, y), (low, y + 0.8), (low, y - 0.8)], QUIET)
    if strip.high > chart.axis.high:
        area.sheet.area([(high + ARROW, y), (high, y + 0.8), (high, y - 0.8)], QUIET)
