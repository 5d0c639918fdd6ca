"""A result over time -> a Plotly figure. No database, no request: a payload, the manifest, a preset."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from textwrap import wrap

from outcomes.stats.proportions import wilson
from reports import conventions, wording
from reports.layout import Figure, Source
from reports.manifest import Instrument, Manifest

# Told apart without colour by marker and dash; the colours stay apart for colour-blind eyes (Okabe and Ito 2008).
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")
MARKERS = ("circle", "square", "diamond", "triangle-up")
DASHES = ("solid", "dash", "dot", "dashdot")
# One hue from light (best) to dark (worst), each with a text colour that reads on it.
LEVEL_COLOURS = (
    ("#e4eff3", "#16212b"),
    ("#bcd8e1", "#16212b"),
    ("#8cbbca", "#16212b"),
    ("#4d8ca3", "#ffffff"),
    ("#1f6a84", "#ffffff"),
    ("#0a4052", "#ffffff"),
)
DODGE = 0.14
WIDEST_FULL_SCALE = 30
CONFIG = {"responsive": True, "displayModeBar": False, "displaylogo": False, "scrollZoom": False, "doubleClick": False}
AXIS = {"fixedrange": True, "zeroline": False, "automargin": True, "ticks": "outside", "ticklen": 4}


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
    plot, title, caption, alt = drawn
    only = wording.subset(result["entry"].get("subset"))
    title += f" ({only})" if only else ""
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
    return plot, f"{instrument.name} over time", caption, spoken(series, manifest, "Median (first to third quartile)")


def median_point(code: str, group: Mapping, instrument: Instrument, preset: str) -> Point:
    q1, q3 = conventions.quartiles(group, preset)
    words = wording.median_iqr(group["median"], q1, q3, instrument.places)
    return Point(code, group["n"], float(group["median"]), float(q1), float(q3), words)


def share_over_time(arms: Mapping, instrument: Instrument, manifest: Manifest) -> tuple:
    """The share with the answer yes, with Wilson's 95 % interval."""
    series = {arm: [share_point(code, group) for code, group in groups.items() if group.get("n")]
              for arm, groups in arms.items()}  # fmt: skip
    axis = AXIS | {"range": [0, 100], "ticksuffix": " %", "nticks": 6}
    plot = lines(series, arms, manifest, axis, f"Share with {instrument.name}")
    caption = "Share of those with an answer, with Wilson's 95 % interval; n stands below each timepoint."
    return plot, f"{instrument.name} over time", caption, spoken(series, manifest, "Share of those with an answer")


def share_point(code: str, group: Mapping) -> Point:
    yes, n = group["counts"].get("1", 0), group["n"]
    sure = wilson(yes, n)
    return Point(code, n, float(Fraction(100 * yes, n)), 100 * sure.low, 100 * sure.high, wording.share(yes, n))


def lines(series: Mapping[str, list[Point]], arms: Mapping, manifest: Manifest, axis: dict, words: str) -> dict:
    """One line an arm over equally spaced timepoints, moved apart a little so that the bars do not hide each other."""
    codes = manifest.in_order({code for groups in arms.values() for code in groups})
    shift = {arm: DODGE * (index - (len(series) - 1) / 2) for index, arm in enumerate(series)}
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


def levels_over_time(arms: Mapping, instrument: Instrument, manifest: Manifest) -> tuple:
    """Every level's share, one bar a timepoint (and arm), best level at the left."""
    codes = manifest.in_order({code for groups in arms.values() for code in groups})
    bars = [(code, arm, arms[arm][code]) for code in codes for arm in arms if arms[arm].get(code, {}).get("n")]
    labels = [bar_label(code, arm, group["n"], manifest) for code, arm, group in bars]
    levels = instrument.level_values[::-1] if instrument.direction == "higher_better" else instrument.level_values
    data = [level_trace(index, level, bars, labels, instrument) for index, level in enumerate(levels)]
    layout = frame("Share of those with a value", has_legend=True) | {
        "barmode": "stack",
        "bargap": 0.25,
        "height": 130 + 34 * len(bars),
        "xaxis": AXIS | {"range": [0, 100], "ticksuffix": " %", "nticks": 6},
        "yaxis": AXIS | {"autorange": "reversed", "ticks": "", "showgrid": False},
    }
    layout["legend"] |= {"traceorder": "normal"}
    caption = "Each bar is everyone with a value at that timepoint; numbers are patients' procedures. Darker is worse."
    if instrument.is_draft or instrument.direction == "nominal":
        caption = caption.replace("Darker is worse.", "Darker is a higher level.")
    said = [f"{label}: {level_words(group, levels)}" for label, (_, _, group) in zip(labels, bars, strict=True)]
    plot = {"data": data, "layout": layout, "config": dict(CONFIG)}
    return plot, f"{instrument.name}: levels over time", caption, f"Level and count: {'; '.join(said)}."


def bar_label(code: str, arm: str, n: int, manifest: Manifest) -> str:
    return f"{manifest.timepoint(code)}{', ' + wording.plain(arm) if arm else ''} (n = {n})"


def level_words(group: Mapping, levels: list[str]) -> str:
    return ", ".join(f"{level}: {group['counts'][level]}" for level in levels if group["counts"].get(level))


def level_trace(index: int, level: str, bars: list, labels: list[str], instrument: Instrument) -> dict:
    """One level's segment in every bar; its count is written where there is room."""
    last = len(instrument.level_values) - 1
    colour, ink = LEVEL_COLOURS[round(index * (len(LEVEL_COLOURS) - 1) / last)]
    counts = [group["counts"].get(level, 0) for _, _, group in bars]
    shares = [Fraction(100 * count, group["n"]) for count, (_, _, group) in zip(counts, bars, strict=True)]
    return {
        "type": "bar",
        "orientation": "h",
        "name": instrument.level_name(level),
        "y": labels,
        "x": [float(part) for part in shares],
        "text": [str(count) if part >= 5 else "" for count, part in zip(counts, shares, strict=True)],
        "textposition": "inside",
        "insidetextanchor": "middle",
        "textangle": 0,
        "textfont": {"color": ink, "size": 12},
        "marker": {"color": colour, "line": {"color": "#ffffff", "width": 1}},
        "customdata": [wording.share(count, group["n"]) for count, (_, _, group) in zip(counts, bars, strict=True)],
        "hovertemplate": "%{y}<br>%{customdata}<extra>" + instrument.level_name(level) + "</extra>",
    }


def frame(words: str, *, has_legend: bool) -> dict:
    """The layout all figures share, `words` above the plot; the page lays its font and its ink on top."""
    above = {"x": 0, "xanchor": "left", "yanchor": "bottom"}
    legend = {"orientation": "h", "y": 1.01, "itemclick": False, "itemdoubleclick": False}
    heading = {"text": words, "xref": "paper", "yref": "paper", "y": 1, "showarrow": False, "align": "left"}
    return {
        "height": 360,
        "margin": {"l": 44, "r": 12, "t": 66 if has_legend else 36, "b": 56},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "dragmode": False,
        "showlegend": has_legend,
        "legend": above | legend,
        "annotations": [above | heading | {"yshift": 36 if has_legend else 10}],
    }


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
