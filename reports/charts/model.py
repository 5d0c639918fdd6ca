"""What a figure shows, before anything draws it: marks with their numbers, axes with their ticks, what stands below.

Both drawings are made of these alone, so that the page and the print show the same numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

NARROW, WIDE = 85, 170  # mm: one column of a journal, and two
MOST_NARROW = 3  # timepoints that have room in one column


@dataclass(frozen=True, kw_only=True)
class Axis:
    """The axis of the values: what it says, how far it goes, where it is marked; `texts` where a mark is no number."""

    words: str
    low: float
    high: float
    ticks: tuple[float, ...]
    suffix: str = ""
    has_zero_line: bool = False
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Below:
    """A row of texts below the axis, one for each column; `series` is the line they belong to, or None."""

    head: str
    cells: tuple[str, ...]
    series: int | None = None


@dataclass(frozen=True)
class Point:
    """A mark in a column: n, what it shows, its lower and upper end, the same in words, and what stands beside it."""

    column: int
    n: int
    middle: float
    low: float
    high: float
    words: str
    label: str = ""


@dataclass(frozen=True)
class Line:
    """The points of one arm; the name is empty where there is but one."""

    name: str
    points: tuple[Point, ...]


@dataclass(frozen=True, kw_only=True)
class Course:
    """Points over time, an arm a line, each with its interval."""

    columns: tuple[str, ...]
    below: tuple[Below, ...]
    lines: tuple[Line, ...]
    axis: Axis

    @property
    def width(self) -> int:
        return NARROW if len(self.columns) <= MOST_NARROW and len(self.lines) < 2 else WIDE


@dataclass(frozen=True, kw_only=True)
class Box:
    """Everyone at one timepoint: range, quartiles and median, and how many have each value where that is known."""

    column: int
    n: int
    lowest: float
    q1: float
    median: float
    q3: float
    highest: float
    words: str
    label: str
    counts: tuple[tuple[float, int], ...] = ()

    def share(self, count: int) -> float:
        return count / self.n


@dataclass(frozen=True, kw_only=True)
class Boxes:
    """A box a timepoint; beside it a bar for each value, as long as the share of those who have it."""

    columns: tuple[str, ...]
    below: tuple[Below, ...]
    boxes: tuple[Box, ...]
    axis: Axis
    step: float

    @property
    def width(self) -> int:
        return NARROW if len(self.columns) <= MOST_NARROW else WIDE

    @property
    def widest(self) -> float:
        """The largest share of one value, which has the longest bar."""
        return max((box.share(count) for box in self.boxes for _, count in box.counts), default=1.0)


@dataclass(frozen=True, kw_only=True)
class Fall:
    """How many changed by so much: a bar as long as the change and as broad as their share of the column."""

    column: int
    start: float
    width: float
    change: float
    n: int


@dataclass(frozen=True, kw_only=True)
class Falls:
    """Everyone's change, the worst at the left, a column for each pair of timepoints. `better`: -1 where below 0 is
    better, 1 where above, 0 where nobody knows. `limit`: the smallest change that matters."""

    columns: tuple[str, ...]
    below: tuple[Below, ...]
    falls: tuple[Fall, ...]
    axis: Axis
    better: int = 0
    limit: float | None = None

    @property
    def width(self) -> int:
        return NARROW if len(self.columns) < MOST_NARROW else WIDE

    def series(self, fall: Fall) -> int:
        """Which colour: the first for better or unchanged, the second for worse."""
        return int(fall.change * (self.better or -1) < 0)


@dataclass(frozen=True, kw_only=True)
class Bar:
    """Everyone at one timepoint (and arm): how many have each level; `missing` have none."""

    label: str
    n: int
    missing: int
    counts: tuple[int, ...]
    is_next: bool = False  # belongs to the bar above it: the same timepoint, another arm

    def share(self, place: int) -> float:
        """In percent."""
        return 100 * self.counts[place] / self.n


@dataclass(frozen=True, kw_only=True)
class Stack:
    """Every level's share, a bar a timepoint; the levels from best to worst where that is known."""

    bars: tuple[Bar, ...]
    levels: tuple[str, ...]
    words: str
    width: int = WIDE

    @property
    def has_missing(self) -> bool:
        return any(bar.missing for bar in self.bars)


@dataclass(frozen=True)
class Step:
    """A curve from one time on, in percent, how many were at risk just before it, and how many were censored at it."""

    time: float
    value: float
    low: float | None
    high: float | None
    n_risk: int
    censored: int = 0


@dataclass(frozen=True)
class Arm:
    """One level: its whole curve, and where limits are known only at the times asked for, those."""

    level: str
    name: str
    curve: tuple[Step, ...]
    read: tuple[Step, ...]

    def at_risk(self, time: float) -> int:
        """How many have a time of that or more."""
        return next((step.n_risk for step in self.curve if step.time >= time), 0)

    def value(self, time: float, first: float) -> float:
        """The curve at a time, in percent; `first` before anything has happened."""
        return next((step.value for step in reversed(self.curve) if step.time <= time), first)

    def band(self) -> tuple[tuple[float, float, float], ...]:
        """(time, low, high) of the steps with limits, and where the last of them ends; empty where none has any."""
        known = [step for step in self.curve if step.low is not None and step.high is not None]
        if not known:
            return ()
        ends = next((step.time for step in self.curve if step.time > known[-1].time), known[-1].time)
        steps = [(step.time, step.low, step.high) for step in known]
        return (*steps, (ends, known[-1].low, known[-1].high))


@dataclass(frozen=True, kw_only=True)
class Curves:
    """Curves in steps over a time, with the numbers at risk below its ticks. `first`: their value at the start."""

    arms: tuple[Arm, ...]
    axis: Axis
    time_words: str
    ticks: tuple[float, ...]
    last: float
    first: float
    below: tuple[Below, ...]
    width: int = WIDE


@dataclass(frozen=True)
class Effect:
    """One line of figures side by side: what it is of, n, and a point for each series that has one (`column`)."""

    label: str
    n: str
    points: tuple[Point, ...]


@dataclass(frozen=True, kw_only=True)
class Effects:
    """Estimates with their intervals under each other; `null` is the value of no effect, drawn as a line. `told` heads
    their words in print."""

    rows: tuple[Effect, ...]
    series: tuple[str, ...]
    axis: Axis
    null: float | None = None
    told: str = ""
    width: int = WIDE


@dataclass(frozen=True)
class Strip:
    """One line of a forest: kind is "site", "all" or "next" (a further site). Ends beyond the axis become arrows."""

    kind: str
    label: str
    n: str
    share: float | None
    middle: float
    low: float
    high: float
    words: str
    weight: str = ""


@dataclass(frozen=True, kw_only=True)
class Forest:
    """Sites under each other, then all as one; `share` is a site's weight. `told` heads the words in print."""

    strips: tuple[Strip, ...]
    axis: Axis
    null: float | None = None
    told: str = ""
    width: int = WIDE

    def ends(self, strip: Strip) -> tuple[float, float]:
        """Its ends as far as the axis goes."""
        return max(strip.low, self.axis.low), min(strip.high, self.axis.high)


Chart = Course | Boxes | Falls | Stack | Curves | Effects | Forest


def round_ticks(low: float, high: float, most: int = 6) -> tuple[float, ...]:
    """Multiples of 1, 2, 5 times a power of ten between two values, as many as there is room for."""
    span = (high - low) or 1.0
    power = floor(log10(span / most))
    gaps = (digit * 10.0**exponent for exponent in (power, power + 1, power + 2) for digit in (1, 2, 5))
    gap = next(gap for gap in gaps if span / gap <= most)
    first, last = ceil(low / gap - 1e-9), floor(high / gap + 1e-9)
    return tuple(round(gap * index, 9) + 0.0 for index in range(first, last + 1))


def spread_apart(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """The same places, moved as little as need be so that neighbours are a gap apart; for labels beside lines."""
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    placed = [0.0] * len(wanted)
    under = low - gap
    for index in order:
        under = placed[index] = max(wanted[index], under + gap)
    over = high + gap
    for index in reversed(order):
        over = placed[index] = min(placed[index], over - gap)
    return placed
