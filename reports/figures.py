"""A result over time -> a Plotly figure. No database, no request: a payload, the manifest, a preset."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from textwrap import wrap

from outcomes import presets
from outcomes.stats.proportions import wilson
from reports import phrases, wording
from reports.layout import Figure, Source, source
from reports.level_bars import levels_over_time
from reports.manifest import Instrument, Manifest
from reports.plot import AXIS, CONFIG, frame

# Told apart without colour by marker and dash; the colours stay apart for colour-blind eyes (Okabe and Ito 2008).
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")
MARKERS = ("circle", "square", "diamond", "triangle-up")
DASHES = ("solid", "dash", "dot", "dashdot")
WIDEST_DODGE = 0.2
WIDEST_FULL_SCALE = 30
WIDEST_CIRCLE = 46


@dataclass(frozen=True)
class Point:
    """One arm at one timepoint: n, what the mark shows, its lower and upper end, and the same in words."""

    timepoint: str
    n: int
    middle: float | None
    low: float | None
    high: float | None
    words: str


def over_time(
    figure_id: str, result: Mapping, manifest: Manifest, preset: str, sources: tuple[Source, ...] = ()
) -> Figure | None:
    """The figure of a describe_by_timepoint result; None where nobody has a value.

    Yes/no instruments: share with Wilson's interval. Up to six levels: every level. Else, or where the payload holds
    no level counts: median and quartiles.
    """
    instrument = manifest.instrument(result["entry"]["instrument"])
    arms = by_arm(result["payload"], manifest)
    described = [group for groups in arms.values() for group in groups.values() if group.get("n")]
    if not described:
        return None
    has_counts = all("counts" in group for group in described)
    if has_counts and instrument.is_stacked:
        drawn = levels_over_time(arms, instrument, manifest)
    elif has_counts and instrument.is_yes_no:
        drawn = share_over_time(arms, instrument, manifest)
    else:
        drawn = median_over_time(arms, instrument, manifest, preset)
    plot, caption, alt = drawn
    title = phrases.question(result["entry"], manifest)
    plot["config"]["toImageButtonOptions"] = {"format": "svg", "filename": figure_id}
    return Figure(id=figure_id, title=title, caption=caption, alt=f"{title}. {alt}", plot=plot, sources=sources)


def by_arm(payload: Mapping, manifest: Manifest) -> dict[str, dict[str, Mapping]]:
    """{arm: {timepoint: description}} from either payload shape; the arm is '' where the result has none."""
    codes = manifest.in_order(payload.get("timepoints", payload))
    found: dict[str, dict[str, Mapping]] = {arm: {} for arm in payload.get("groups", ())}
    for code in codes:
        for arm, described in ({"": payload[code]} if "n" in payload[code] else payload[code]).items():
            found.setdefault(arm, {})[code] = described
    return found


def median_over_time(arms: Mapping, instrument: Instrument, manifest: Manifest, preset: str) -> tuple:
    """Medians joined by lines, bars from Q1 to Q3."""
    series = {arm: [median_point(code, group, instrument, preset) for code, group in groups.items() if group.get("n")]
              for arm, groups in arms.items()}  # fmt: skip
    plot = lines(series, arms, manifest, value_axis(instrument, series), axis_words(instrument))
    caption = "Points are medians, bars run from the first to the third quartile; n stands below each timepoint."
    if all("counts" in group for groups in arms.values() for group in groups.values() if group.get("n")):
        drawn = [
            circles(trace, arms[arm], points) for trace, (arm, points) in zip(plot["data"], series.items(), strict=True)
        ]
        plot["data"] = drawn + plot["data"]
        plot["layout"]["yaxis"] |= with_room_for_circles(plot["layout"]["yaxis"])
        caption += " The area of a circle is the share of patients with that value."
    return plot, caption, spoken(series, manifest, "Median (first to third quartile)")


def with_room_for_circles(axis: Mapping) -> dict:
    """The same range with a wider margin, so that a large circle at either end stays off the labels."""
    low, high = axis.get("range", (None, None))
    return {} if low is None else {"range": [low - 0.06 * (high - low), high + 0.03 * (high - low)]}


def circles(line: dict, groups: Mapping, points: list[Point]) -> dict:
    """How many have each value, behind an arm's line: the circle's area is their share."""
    seen = [
        (x, level, count, groups[point.timepoint]["n"])
        for x, point in zip(line["x"], points, strict=True)
        for level, count in groups[point.timepoint]["counts"].items()
    ]
    return {
        "type": "scatter",
        "mode": "markers",
        "showlegend": False,
        "cliponaxis": False,
        "x": [x for x, _, _, _ in seen],
        "y": [float(level) for _, level, _, _ in seen],
        "marker": {
            "size": [float(Fraction(100 * count, n)) for _, _, count, n in seen],
            "sizemode": "area",
            "sizeref": 200 / WIDEST_CIRCLE**2,
            "sizemin": 3,
            "color": line["line"]["color"],
            "opacity": 0.18,
            "line": {"width": 0},
        },
        "text": [f"{level}: {wording.share(count, n)}" for _, level, count, n in seen],
        "hovertemplate": "%{text}<extra>" + line["name"] + "</extra>",
    }


def median_point(code: str, group: Mapping, instrument: Instrument, preset: str) -> Point:
    q1, q3 = presets.quartiles(group, preset)
    words = wording.median_iqr(group["median"], q1, q3, instrument.places)
    return Point(code, group["n"], float(group["median"]), float(q1), float(q3), words)


def share_over_time(arms: Mapping, instrument: Instrument, manifest: Manifest) -> tuple:
    """The share with the answer yes, with Wilson's 95 % interval."""
    series = {arm: [share_point(code, group) for code, group in groups.items() if group.get("n")]
              for arm, groups in arms.items()}  # fmt: skip
    axis = AXIS | {"range": [0, 100], "ticksuffix": " %", "nticks": 6}
    plot = lines(series, arms, manifest, axis, f"Share with {instrument.name}")
    caption = "Share of those with an answer, with Wilson's 95 % interval; n stands below each timepoint."
    return plot, caption, spoken(series, manifest, "Share of those with an answer")


def share_point(code: str, group: Mapping) -> Point:
    yes, n = group["counts"].get("1", 0), group["n"]
    sure = wilson(yes, n)
    return Point(code, n, float(Fraction(100 * yes, n)), 100 * sure.low, 100 * sure.high, wording.share(yes, n))


def lines(series: Mapping[str, list[Point]], arms: Mapping, manifest: Manifest, axis: dict, words: str) -> dict:
    """One line an arm over equally spaced timepoints, moved apart a little so that the bars do not hide each other."""
    codes = manifest.in_order({code for groups in arms.values() for code in groups})
    dodge = min(WIDEST_DODGE, 0.05 * len(codes))
    shift = {arm: dodge * (index - (len(series) - 1) / 2) for index, arm in enumerate(series)}
    data = [
        trace(index, arm, [codes.index(point.timepoint) + shift[arm] for point in points], points, manifest)
        for index, (arm, points) in enumerate(series.items())
    ]
    ticks = {"tickvals": [*range(len(codes))], "ticktext": [tick(code, arms, manifest) for code in codes]}
    layout = frame(words, has_legend=len(series) > 1) | {
        "xaxis": AXIS | ticks | {"range": [-0.4, len(codes) - 0.6], "showgrid": False, "tickangle": 0},
        "yaxis": axis,
        "hovermode": "closest",
    }
    return {"data": data, "layout": layout, "config": dict(CONFIG)}


def trace(index: int, arm: str, x: list[float], points: list[Point], manifest: Manifest) -> dict:
    """One arm: line and markers, with broad pale bars for the interval."""
    colour = COLOURS[index % len(COLOURS)]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": wording.heading(arm),
        "x": x,
        "y": [point.middle for point in points],
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [point.high - point.middle for point in points],
            "arrayminus": [point.middle - point.low for point in points],
            "color": f"{colour}59",
            "thickness": 9,
            "width": 0,
        },
        "line": {"color": colour, "width": 2, "dash": DASHES[index % len(DASHES)]},
        "marker": {"size": 9, "color": colour, "symbol": MARKERS[index % len(MARKERS)]},
        "text": [f"{manifest.timepoint(point.timepoint)}: {point.words}, n = {point.n}" for point in points],
        "hovertemplate": "%{text}<extra>" + wording.heading(arm) + "</extra>",
    }


def tick(code: str, arms: Mapping, manifest: Manifest) -> str:
    """'6 weeks' and below it 'n = 12', or one n an arm."""
    label = "<br>".join(wrap(manifest.timepoint(code), 14)[:3])
    return f"{label}<br>n = {' / '.join(str(groups.get(code, {}).get('n', 0)) for groups in arms.values())}"


def value_axis(instrument: Instrument, series: Mapping[str, list[Point]]) -> dict:
    """The whole scale where it is short, else from its floor to what was seen."""
    floor, ceiling = instrument.minimum, instrument.maximum
    if floor is None or ceiling is None:
        return AXIS | {"rangemode": "tozero"}
    top = float(ceiling)
    if ceiling - floor > WIDEST_FULL_SCALE:
        seen = max(point.high for points in series.values() for point in points)
        top = min(top, float(floor) + 1.25 * (seen - float(floor)) or top)
    margin = 0.03 * (top - float(floor))
    return AXIS | {"range": [float(floor) - margin, top + margin], "nticks": 6}


def axis_words(instrument: Instrument) -> str:
    """'Pain, points: lower is better'."""
    unit = f", {instrument.unit}" if instrument.unit else ""
    return f"{instrument.name}{unit}: {wording.direction(instrument.direction)}"


def spoken(series: Mapping[str, list[Point]], manifest: Manifest, what: str) -> str:
    """The figure's points as a sentence an arm."""
    arms = []
    for arm, points in series.items():
        said = "; ".join(f"{manifest.timepoint(p.timepoint)} {p.words}, n = {p.n}" for p in points)
        arms.append(f"{wording.heading(arm)}: {said}" if arm else said)
    return f"{what}: {'. '.join(arms)}."


def with_sources(figure: Figure, *results: Mapping) -> Figure:
    """The figure, with the results that it shows."""
    return replace(figure, sources=tuple(map(source, results)))
