"""A result over time -> a figure. No database, no request: a payload, the manifest, a preset."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from outcomes import presets
from outcomes.stats.proportions import wilson
from reports import phrases, wording
from reports.charts.model import Axis, Below, Box, Boxes, Chart, Course, Line, Point, round_ticks
from reports.layout import Figure, Source, source
from reports.level_bars import levels_over_time
from reports.manifest import Instrument, Manifest, capital

WIDEST_FULL_SCALE = 30
N_BELOW = "Below each timepoint: n"


def over_time(
    figure_id: str, result: Mapping, manifest: Manifest, preset: str, sources: tuple[Source, ...] = ()
) -> Figure | None:
    """The figure of a describe_by_timepoint result; None where nobody has a value.

    Yes/no instruments: share with Wilson's interval. Up to six levels: every level. One arm: boxes. Else: median and
    quartiles.
    """
    instrument = manifest.instrument(result["entry"]["instrument"])
    arms = named(by_arm(result["payload"], manifest), result["entry"].get("by"), manifest)
    described = [group for groups in arms.values() for group in groups.values() if group.get("n")]
    if not described:
        return None
    has_counts = all("counts" in group for group in described)
    if has_counts and instrument.is_stacked:
        drawn = levels_over_time(arms, instrument, manifest)
    elif has_counts and instrument.is_yes_no:
        drawn = share_over_time(arms, instrument, manifest)
    elif len(arms) == 1:
        drawn = boxes_over_time(arms, instrument, manifest, preset)
    else:
        drawn = median_over_time(arms, instrument, manifest, preset)
    chart, caption, alt = drawn
    title = phrases.question(result["entry"], manifest)
    return Figure(id=figure_id, title=title, caption=caption, alt=f"{title}. {alt}", chart=chart, sources=sources)


def by_arm(payload: Mapping, manifest: Manifest) -> dict[str, dict[str, Mapping]]:
    """{arm: {timepoint: description}} from either payload shape; the arm is '' where the result has none."""
    codes = manifest.in_order(payload.get("timepoints", payload))
    found: dict[str, dict[str, Mapping]] = {arm: {} for arm in payload.get("groups", ())}
    for code in codes:
        for arm, described in ({"": payload[code]} if "n" in payload[code] else payload[code]).items():
            found.setdefault(arm, {})[code] = described
    return found


def named(arms: Mapping, by: str | None, manifest: Manifest) -> dict[str, Mapping]:
    """The same by what each arm is called."""
    return {manifest.level(by, arm) if arm else "": groups for arm, groups in arms.items()}


def codes_of(arms: Mapping, manifest: Manifest) -> list[str]:
    """The timepoints at which anybody of any arm was described, in order."""
    return manifest.in_order({code for groups in arms.values() for code in groups})


def median_over_time(arms: Mapping, instrument: Instrument, manifest: Manifest, preset: str) -> tuple:
    """Medians joined by lines, bars from Q1 to Q3."""
    lines = lines_of(arms, manifest, lambda column, group: median_point(column, group, instrument, preset))
    ends = [end for line in lines for point in line.points for end in (point.low, point.high)]
    chart = course(lines, arms, manifest, value_axis(instrument, min(ends), max(ends)))
    caption = f"Points are medians, bars run from the first to the third quartile. {caption_of(chart)}"
    return chart, caption, spoken(lines, chart.columns, "Median (first to third quartile)")


def median_point(column: int, group: Mapping, instrument: Instrument, preset: str) -> Point:
    q1, q3 = presets.quartiles(group, preset)
    words = wording.median_iqr(group["median"], q1, q3, instrument.places)
    median = float(group["median"])
    return Point(column, group["n"], median, float(q1), float(q3), words, label_of(group, instrument))


def boxes_over_time(arms: Mapping, instrument: Instrument, manifest: Manifest, preset: str) -> tuple:
    """Range, quartiles, median; and how many have each value, where the payload counts them at every timepoint."""
    (groups,) = arms.values()
    codes = codes_of(arms, manifest)
    with_values = [(codes.index(code), group) for code, group in groups.items() if group.get("n")]
    is_counted = all("counts" in group for _, group in with_values)
    boxes = tuple(box_of(column, group, instrument, preset, is_counted) for column, group in with_values)
    columns = tuple(map(manifest.timepoint, codes))
    axis = value_axis(instrument, min(box.lowest for box in boxes), max(box.highest for box in boxes))
    chart = Boxes(columns=columns, below=below(arms, codes), boxes=boxes, axis=axis, step=finest(boxes, instrument))
    caption = "Boxes run from the first to the third quartile, the bar across is the median, whiskers reach the lowest "
    caption += "and the highest value."
    if is_counted:
        caption += " Beside each box: how many have each value; a bar's length is their share."
    points = tuple(Point(box.column, box.n, box.median, box.q1, box.q3, box.words) for box in boxes)
    said = spoken((Line("", points),), columns, "Median (first to third quartile)")
    return chart, f"{caption} {caption_of(chart)}", said


def box_of(column: int, group: Mapping, instrument: Instrument, preset: str, is_counted: bool) -> Box:
    q1, q3 = presets.quartiles(group, preset)
    words = wording.median_iqr(group["median"], q1, q3, instrument.places)
    counts = sorted((float(value), n) for value, n in group["counts"].items()) if is_counted else ()
    ends = [float(group["median"] if group.get(name) is None else group[name]) for name in ("min", "max")]
    return Box(
        column=column, n=group["n"], lowest=ends[0], q1=float(q1), median=float(group["median"]), q3=float(q3),
        highest=ends[1], words=words, label=label_of(group, instrument), counts=tuple(counts),
    )  # fmt: skip


def label_of(group: Mapping, instrument: Instrument) -> str:
    """The median as it stands beside its mark."""
    return wording.short(group["median"], min(2, instrument.places))


def finest(boxes: Iterable[Box], instrument: Instrument) -> float:
    """The least distance of two values that anybody has, at least the scale's step: how thick a value's bar may be."""
    values = sorted({value for box in boxes for value, _ in box.counts})
    gaps = [later - earlier for earlier, later in pairwise(values)]
    return float(min(gaps, default=instrument.step or 1))


def share_over_time(arms: Mapping, instrument: Instrument, manifest: Manifest) -> tuple:
    """The share with the answer yes, with Wilson's 95 % interval."""
    yes = {arm: {code: (group.get("counts", {}).get("1", 0), group) for code, group in groups.items()}
           for arm, groups in arms.items()}  # fmt: skip
    return shares(yes, arms, manifest, f"Share with {wording.within_text(instrument.name)}")


def shares(yes: Mapping, arms: Mapping, manifest: Manifest, words: str) -> tuple:
    """Shares with Wilson's intervals; `yes` is {arm: {timepoint: (how many, description)}}."""
    codes = codes_of(arms, manifest)
    lines = tuple(
        Line(capital(arm), tuple(share_point(codes.index(code), many, group["n"])
                                         for code, (many, group) in groups.items() if group.get("n")))
        for arm, groups in yes.items()
    )  # fmt: skip
    axis = Axis(words=words, low=0, high=100, ticks=(0, 20, 40, 60, 80, 100), suffix=" %")
    chart = course(lines, arms, manifest, axis)
    caption = f"Share of those with an answer, with Wilson's 95 % interval. {caption_of(chart)}"
    return chart, caption, spoken(lines, chart.columns, "Share of those with an answer")


def share_of_proportions(figure_id: str, results: Sequence[Mapping], manifest: Manifest) -> Figure | None:
    """The same answer's share at several timepoints, from a proportion each; None for fewer than two of them."""
    cells = {each["entry"]["col"]["timepoint"]: each["payload"].get("all") or {} for each in results}
    if sum(bool(cell.get("n")) for cell in cells.values()) < 2:
        return None
    yes = {code: (cell.get("x", 0), cell) for code, cell in cells.items()}
    title = f"Share with {phrases.answer(results[0]['entry']['col'], manifest)}"
    chart, caption, alt = shares({"": yes}, {"": cells}, manifest, title)
    figure = Figure(id=figure_id, title=title, caption=caption, alt=f"{title}. {alt}", chart=chart)
    return with_sources(figure, *results)


def share_point(column: int, yes: int, n: int) -> Point:
    sure = wilson(yes, n)
    middle = float(Fraction(100 * yes, n))
    return Point(column, n, middle, 100 * sure.low, 100 * sure.high, wording.share(yes, n), wording.percent(yes, n))


def lines_of(arms: Mapping, manifest: Manifest, point_of) -> tuple[Line, ...]:
    """A line an arm, of the points of the timepoints at which anybody has a value."""
    codes = codes_of(arms, manifest)
    return tuple(
        Line(capital(arm), tuple(point_of(codes.index(code), group)
                                         for code, group in groups.items() if group.get("n")))
        for arm, groups in arms.items()
    )  # fmt: skip


def course(lines: tuple[Line, ...], arms: Mapping, manifest: Manifest, axis: Axis) -> Course:
    codes = codes_of(arms, manifest)
    return Course(columns=tuple(map(manifest.timepoint, codes)), below=below(arms, codes), lines=lines, axis=axis)


def below(arms: Mapping, codes: list[str], head: str = "n") -> tuple[Below, ...]:
    """n of each arm at each timepoint; in brackets those without a value, where anybody at all is without one."""
    has_missing = any(group.get("missing") for groups in arms.values() for group in groups.values())
    return tuple(
        Below(
            head=capital(arm) or head,
            cells=tuple(size(groups.get(code, {}), has_missing) for code in codes),
            series=index if arm else None,
        )
        for index, (arm, groups) in enumerate(arms.items())
    )


def size(group: Mapping, has_missing: bool) -> str:
    return f"{group.get('n', 0)} ({group.get('missing', 0)})" if has_missing else str(group.get("n", 0))


def caption_of(chart: Chart) -> str:
    """What stands below the axis."""
    brackets = (
        ", in brackets those without a value" if any("(" in cell for row in chart.below for cell in row.cells) else ""
    )
    return f"{N_BELOW}{' of each arm' if len(chart.below) > 1 else ''}{brackets}."


def value_axis(instrument: Instrument, lowest: float, highest: float) -> Axis:
    """The whole scale where it is short, else from its floor to what was seen; from 0 where it has no ends."""
    floor, ceiling = instrument.minimum, instrument.maximum
    if floor is None or ceiling is None:
        low, top = min(0.0, lowest), max(0.0, highest)
        top = top if top > low else 1.0
    else:
        low, top = float(floor), float(ceiling)
        if top - low > WIDEST_FULL_SCALE:
            top = min(top, low + 1.15 * (highest - low) or top)
    margin = 0.04 * (top - low)
    return Axis(words=axis_words(instrument), low=low - margin, high=top + margin, ticks=round_ticks(low, top))


def axis_words(instrument: Instrument) -> str:
    """'Pain, points: lower is better'."""
    unit = f", {instrument.unit}" if instrument.unit else ""
    return f"{instrument.name}{unit}: {wording.direction(instrument.direction)}"


def spoken(lines: Iterable[Line], columns: tuple[str, ...], what: str) -> str:
    """The figure's points as a sentence an arm."""
    arms = []
    for line in lines:
        said = "; ".join(f"{columns[point.column]} {point.words}, n = {point.n}" for point in line.points)
        arms.append(f"{line.name}: {said}" if line.name else said)
    return f"{what}: {'. '.join(arms)}."


def with_sources(figure: Figure, *results: Mapping) -> Figure:
    """The figure, with the results that it shows."""
    return replace(figure, sources=tuple(map(source, results)))
