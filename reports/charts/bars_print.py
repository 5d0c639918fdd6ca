"""Bars and estimates under each other in print."""

from reports.charts import marks
from reports.charts.model import Effects, Point, Stack
from reports.charts.plot_area import EDGE, GAP, LINE, TICK, Area, value_texts, wrapped
from reports.charts.sheet import INK, RULE, Sheet, width_of

THICK, APART, CLOSE = 5.2, 2.6, 0.8  # mm of a bar, and between two
LABELS = 52.0  # mm at most for the labels at the left
SWATCH = 3.4


def stack(chart: Stack) -> Sheet:
    """Bars that lie, the first at the top; the levels' names above them, n and the missing at the right."""
    labels = [wrapped(bar.label, LABELS) for bar in chart.bars]
    heads = ["n", "missing"] if chart.has_missing else ["n"]
    sizes = [[str(bar.n), str(bar.missing)][: len(heads)] for bar in chart.bars]
    beside = [max(width_of(text) for text in column) + 3 for column in zip(heads, *sizes, strict=True)]
    left = EDGE + max(width_of(line) for lines in labels for line in lines) + GAP
    right = chart.width - EDGE - sum(beside)
    keys = key_lines(chart, chart.width - 2 * EDGE)
    foot = EDGE + 2 * LINE + TICK + 1.5
    tops = bar_tops(chart)
    high = tops[-1] + THICK + APART
    sheet = Sheet(chart.width, foot + high + LINE + 1 + len(keys) * (LINE + 0.8) + EDGE)
    area = Area(sheet, left, foot, right, foot + high, (0, 100), (0, 1))
    key(sheet, keys, sheet.height - EDGE - SWATCH)
    share_axis(area, chart.words)
    columns_beside(area, heads, beside, area.top + 1)
    for place, bar in enumerate(chart.bars):
        y = area.top - tops[place] - THICK
        segments(area, y, [bar.share(at) for at in range(len(bar.counts))], bar.counts)
        middle = y + THICK / 2
        for index, line in enumerate(labels[place]):
            up = (len(labels[place]) - 1) * LINE / 2 - index * LINE
            sheet.text(left - GAP, middle + up, line, align="right", middle=True)
        columns_beside(area, sizes[place], beside, middle, middle=True)
    return sheet


def bar_tops(chart: Stack) -> list[float]:
    """How far below the top of the plot each bar begins; bars of one timepoint lie closer to each other."""
    tops, at = [], 0.0
    for bar in chart.bars:
        at += CLOSE if bar.is_next else APART
        tops.append(at)
        at += THICK
    return tops


def key_lines(chart: Stack, width: float) -> list[list[tuple[float, int, str]]]:
    """The levels' names in lines: (where, which, name)."""
    lines, x = [[]], 0.0
    for place, name in enumerate(chart.levels):
        long = SWATCH + 1.2 + width_of(name) + 4
        if lines[-1] and x + long > width:
            lines, x = [*lines, []], 0.0
        lines[-1].append((x, place, name))
        x += long
    return lines


def key(sheet: Sheet, lines: list[list[tuple[float, int, str]]], y: float) -> None:
    of = sum(map(len, lines))
    for down, line in enumerate(lines):
        at = y - down * (LINE + 0.8)
        for x, place, name in line:
            sheet.rectangle(EDGE + x, at, SWATCH, SWATCH, marks.level(place, of)[0], edge=INK, rim=0.4)
            sheet.text(EDGE + x + SWATCH + 1.2, at + SWATCH / 2, name, middle=True)


def share_axis(area: Area, words: str) -> None:
    sheet, ticks = area.sheet, (0, 20, 40, 60, 80, 100)
    sheet.line([(area.left, area.bottom), (area.right, area.bottom)], INK, 0.6)
    sheet.segments([((area.x(at), area.bottom), (area.x(at), area.bottom - TICK)) for at in ticks], INK, 0.6)
    for at in ticks:
        sheet.text(area.x(at), area.bottom - TICK - LINE, f"{at} %", align="center")
    sheet.text((area.left + area.right) / 2, area.bottom - TICK - 2 * LINE, words, align="center")


def columns_beside(area: Area, texts: list[str], widths: list[float], y: float, *, middle: bool = False) -> None:
    """Numbers at the right of the bars, each column ending at its own right edge."""
    right = area.right
    for text, width in zip(texts, widths, strict=True):
        right += width
        area.sheet.text(right, y, text, align="right", middle=middle)


def segments(area: Area, y: float, shares: list[float], counts: tuple[int, ...]) -> None:
    """One bar; a count is written where it has room."""
    start = 0.0
    for place, (share, count) in enumerate(zip(shares, counts, strict=True)):
        if not count:
            continue
        fill, ink = marks.level(place, len(counts))
        x, width = area.x(start), area.x(start + share) - area.x(start)
        area.sheet.rectangle(x, y, width, THICK, fill, edge=INK, rim=0.4)
        if width_of(str(count)) + 0.8 <= width:
            area.sheet.text(x + width / 2, y + THICK / 2, str(count), align="center", colour=ink, middle=True)
        start += share


def effects(chart: Effects) -> Sheet:
    """A line of the figure for each estimate; its words and n at the right."""
    several = len(chart.series) > 1
    labels = [wrapped(row.label, LABELS) for row in chart.rows]
    left = EDGE + max(width_of(line) for lines in labels for line in lines) + 2 * GAP
    told = [[row.n, *([] if several else [row.points[0].words if row.points else ""])] for row in chart.rows]
    heads = ["n", chart.told][: len(told[0])]
    beside = [max(map(width_of, column)) + 4 for column in zip(heads, *told, strict=True)]
    right = chart.width - EDGE - sum(beside)
    deep = 7.4 if not several else 3.4 * len(chart.series) + 3
    foot = EDGE + 2 * LINE + TICK + 1.5
    sheet = Sheet(chart.width, foot + len(labels) * deep + LINE + 2 + (LINE + 1 if several else 0) + EDGE)
    top = foot + len(labels) * deep
    area = Area(sheet, left, foot, right, top, (chart.axis.low, chart.axis.high), (0, 1))
    effect_axis(area, chart)
    columns_beside(area, heads, beside, top + 1)
    for place, row in enumerate(chart.rows):
        middle = top - (place + 0.5) * deep
        for index, line in enumerate(labels[place]):
            up = (len(labels[place]) - 1) * LINE / 2 - index * LINE
            sheet.text(left - 2 * GAP, middle + up, line, align="right", middle=True)
        for point in row.points:
            estimate(area, point, middle - 3.4 * (point.column - (len(chart.series) - 1) / 2))
        columns_beside(area, told[place], beside, middle, middle=True)
    if several:
        series_key(sheet, chart, sheet.height - EDGE - LINE)
    return sheet


def effect_axis(area: Area, chart: Effects) -> None:
    sheet, ticks = area.sheet, chart.axis.ticks
    sheet.segments([((area.x(at), area.bottom), (area.x(at), area.top)) for at in ticks], RULE, 0.4)
    if chart.null is not None:
        sheet.line([(area.x(chart.null), area.bottom), (area.x(chart.null), area.top)], INK, 0.7)
    sheet.line([(area.left, area.bottom), (area.right, area.bottom)], INK, 0.6)
    sheet.segments([((area.x(at), area.bottom), (area.x(at), area.bottom - TICK)) for at in ticks], INK, 0.6)
    for at, text in zip(ticks, value_texts(chart.axis), strict=True):
        sheet.text(area.x(at), area.bottom - TICK - LINE, text, align="center")
    sheet.text((area.left + area.right) / 2, area.bottom - TICK - 2 * LINE, chart.axis.words, align="center")


def estimate(area: Area, point: Point, y: float) -> None:
    colour = marks.colour(point.column)
    low, high = area.x(point.low), area.x(point.high)
    area.sheet.segments([((low, y), (high, y)), *(((x, y - 0.9), (x, y + 0.9)) for x in (low, high))], colour, 0.8)
    area.sheet.mark(area.x(point.middle), y, marks.marker(point.column), colour, 2.3)


def series_key(sheet: Sheet, chart: Effects, y: float) -> None:
    x = EDGE
    for place, name in enumerate(chart.series):
        sheet.mark(x + 1.2, y + 1, marks.marker(place), marks.colour(place), 2.3)
        sheet.text(x + 3.2, y + 1, name, middle=True)
        x += 3.2 + width_of(name) + 5
