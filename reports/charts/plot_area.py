"""The part of a sheet that has axes: where a value lies on it, its ticks, and what stands below and beside it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from reports import wording
from reports.charts import marks
from reports.charts.model import Axis, Below
from reports.charts.sheet import INK, POINT, RULE, Sheet, width_of

SIZE = 8
LINE = SIZE * POINT * 1.3  # from one line of text to the next, mm
TICK, GAP, EDGE = 1.0, 1.2, 1.0
ABOVE = 3.0  # mm from the plot to the words above it


@dataclass(frozen=True)
class Area:
    """A rectangle of the sheet, and the two ranges that it shows."""

    sheet: Sheet
    left: float
    bottom: float
    right: float
    top: float
    columns: tuple[float, float]
    values: tuple[float, float]

    def x(self, value: float) -> float:
        low, high = self.columns
        return self.left + (value - low) / (high - low) * (self.right - self.left)

    def y(self, value: float) -> float:
        low, high = self.values
        return self.bottom + (value - low) / (high - low) * (self.top - self.bottom)


def value_texts(axis: Axis) -> list[str]:
    return [*axis.texts] or [wording.short(tick, 6) + axis.suffix for tick in axis.ticks]


def wrapped(words: str, width: float) -> list[str]:
    """The words in lines no wider than that; a word that is wider is broken."""
    lines: list[str] = []
    for word in (part for each in words.split() for part in broken(each, width)):
        if lines and width_of(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines or [""]


def broken(word: str, width: float) -> list[str]:
    """A word in parts that fit, each but the last with a hyphen."""
    if len(word) < 4 or width_of(word) <= width:
        return [word]
    fits = next((n for n in range(len(word) - 2, 2, -1) if width_of(f"{word[:n]}-") <= width), 2)
    return [f"{word[:fits]}-", *broken(word[fits:], width)]


def value_axis(area: Area, axis: Axis, words: Sequence[str]) -> None:
    """The axis of the values at the left: pale rules, ticks with their numbers, its words above."""
    sheet = area.sheet
    heights = [area.y(tick) for tick in axis.ticks]
    sheet.segments([((area.left, y), (area.right, y)) for y in heights], RULE, 0.4)
    if axis.has_zero_line:
        sheet.line([(area.left, area.y(0)), (area.right, area.y(0))], INK, 0.6)
    sheet.line([(area.left, area.bottom), (area.left, area.top)], INK, 0.6)
    sheet.segments([((area.left - TICK, y), (area.left, y)) for y in heights], INK, 0.6)
    for y, text in zip(heights, value_texts(axis), strict=True):
        sheet.text(area.left - TICK - GAP, y, text, align="right", middle=True)
    for place, line in enumerate(reversed(words)):
        sheet.text(EDGE, area.top + ABOVE + place * LINE, line)


def base_line(area: Area, places: Sequence[float]) -> None:
    """The axis at the foot, with a tick at each place."""
    area.sheet.line([(area.left, area.bottom), (area.right, area.bottom)], INK, 0.6)
    area.sheet.segments([((area.x(at), area.bottom), (area.x(at), area.bottom - TICK)) for at in places], INK, 0.6)


def labels_below(area: Area, places: Sequence[float], labels: Sequence[Sequence[str]]) -> float:
    """Each place's label in its lines; answers the height of the next line's base."""
    base = area.bottom - TICK - LINE
    for at, lines in zip(places, labels, strict=True):
        for place, line in enumerate(lines):
            area.sheet.text(area.x(at), base - place * LINE, line, align="center")
    return base - max(map(len, labels)) * LINE


def rows_below(area: Area, places: Sequence[float], below: Sequence[Below], base: float) -> None:
    """A line of numbers for each row, its head at the left with the mark of the line that it belongs to."""
    for index, row in enumerate(below):
        y = base - index * LINE - 0.6
        right = area.left - TICK - GAP
        if row.series is not None:
            handle(area.sheet, right, y + 0.35 * SIZE * POINT, row.series)
            right -= HANDLE + 1.0
        if row.head:
            area.sheet.text(right, y, row.head, align="right", colour=INK)
        for at, cell in zip(places, row.cells, strict=True):
            area.sheet.text(area.x(at), y, cell, align="center", colour=INK)


LONGEST_HEAD = 30.0  # mm
HANDLE = 6.0  # mm of line that shows which one is meant


def handle(sheet: Sheet, right: float, y: float, series: int, *, has_mark: bool = False) -> None:
    """A short piece of a line as it is drawn, ending at `right`."""
    sheet.line([(right - HANDLE, y), (right, y)], marks.colour(series), 1.3, marks.dash(series))
    if has_mark:
        sheet.mark(right - HANDLE / 2, y, marks.marker(series), marks.colour(series))


def heads_that_fit(below: Sequence[Below]) -> list[Below]:
    """The rows, without their heads where one is too long: the piece of line at the left then tells whose they are."""
    fits = all(width_of(row.head) <= LONGEST_HEAD for row in below)
    return [row if fits or row.series is None else replace(row, head="") for row in below]


def heads_width(below: Sequence[Below]) -> float:
    """How much room the heads of the rows take at the left of the axis."""
    return max((width_of(row.head) + (0 if row.series is None else HANDLE + 1.0) for row in below), default=0.0)
