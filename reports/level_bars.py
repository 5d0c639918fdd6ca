"""Short scales over time: every level's share as a stacked bar."""

from collections.abc import Mapping
from fractions import Fraction

from reports import wording
from reports.manifest import Instrument, Manifest
from reports.plot import AXIS, CONFIG, frame

# One hue from light (best) to dark (worst), each with a text colour that reads on it.
LEVEL_COLOURS = (
    ("#d6e7ed", "#16212b"),
    ("#b3d2dd", "#16212b"),
    ("#8cbbca", "#16212b"),
    ("#3b788f", "#ffffff"),
    ("#1d5f78", "#ffffff"),
    ("#0a4052", "#ffffff"),
)


def levels_over_time(arms: Mapping, instrument: Instrument, manifest: Manifest) -> tuple:
    """Every level's share, one bar a timepoint (and arm), best level at the left."""
    codes = manifest.in_order({code for groups in arms.values() for code in groups})
    bars = [(code, arm, arms[arm][code]) for code in codes for arm in arms if arms[arm].get(code, {}).get("n")]
    labels = [bar_label(code, arm, group["n"], manifest) for code, arm, group in bars]
    levels = instrument.level_values[::-1] if instrument.direction == "higher_better" else instrument.level_values
    data = [level_trace(index, level, bars, labels, instrument) for index, level in enumerate(levels)]
    layout = frame("", has_legend=True) | {
        "barmode": "stack",
        "bargap": 0.25,
        "height": 130 + 34 * len(bars),
        "xaxis": AXIS
        | {"range": [0, 100], "ticksuffix": " %", "nticks": 6, "title": {"text": "Share of those with a value"}},
        "yaxis": AXIS | {"autorange": "reversed", "ticks": "", "showgrid": False},
    }
    layout["legend"] |= {"traceorder": "normal"}
    layout["margin"] |= {"r": 32}
    caption = "Each bar is everyone with a value at that timepoint; numbers are patients' procedures. Darker is worse."
    if instrument.is_undirected or instrument.direction == "nominal":
        caption = caption.replace("Darker is worse.", "Darker is a higher level.")
    said = [f"{label}: {level_words(group, levels)}" for label, (_, _, group) in zip(labels, bars, strict=True)]
    plot = {"data": data, "layout": layout, "config": dict(CONFIG)}
    return plot, caption, f"Level and count: {'; '.join(said)}."


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
