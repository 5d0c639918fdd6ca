"""Bars and estimates under each other, as Plotly draws them."""

from collections.abc import Sequence

from reports import wording
from reports.charts import marks
from reports.charts.frame import AXIS, frame, interval, safe, said, values
from reports.charts.model import Bar, Effects, Stack

LINE = 17  # px of one name in the key


def is_long(names: Sequence[str]) -> bool:
    """Whether the names of a key need a line each."""
    return max(map(len, names)) > 20


def stack(chart: Stack) -> tuple[list[dict], dict]:
    """Bars that lie, the first at the top."""
    data = [level(place, name, chart) for place, name in enumerate(chart.levels)]
    layout = frame("", has_legend=True) | {
        "barmode": "stack",
        "bargap": 0.25,
        "height": 130 + 34 * len(chart.bars) + (LINE * len(chart.levels) if is_long(chart.levels) else 0),
        "meta": {"lines": len(chart.bars), "names": 0 if is_long(chart.levels) else len(chart.levels)},
        "xaxis": AXIS | {"range": [0, 100], "ticksuffix": " %", "nticks": 6, "title": {"text": chart.words}},
        "yaxis": AXIS | {"autorange": "reversed", "ticks": "", "showgrid": False},
    }
    layout["margin"] |= {"r": 32}
    return data, layout


def level(place: int, name: str, chart: Stack) -> dict:
    """One level's segment in every bar; its count is written where there is room."""
    fill, ink = marks.level(place, len(chart.levels))
    counts = [bar.counts[place] for bar in chart.bars]
    shares = [bar.share(place) for bar in chart.bars]
    return {
        "type": "bar",
        "orientation": "h",
        "name": safe(name),
        "y": [bar_label(bar, chart) for bar in chart.bars],
        "x": shares,
        "text": [str(count) if share >= 5 else "" for count, share in zip(counts, shares, strict=True)],
        "textposition": "inside",
        "insidetextanchor": "middle",
        "textangle": 0,
        "textfont": {"color": ink, "size": 12},
        "marker": {"color": fill, "line": {"color": "#ffffff", "width": 1}},
        "customdata": [wording.share(bar.counts[place], bar.n) for bar in chart.bars],
        "hovertemplate": "%{y}<br>%{customdata}<extra>" + safe(name) + "</extra>",
    }


def bar_label(bar: Bar, chart: Stack) -> str:
    missing = f"; {bar.missing} missing" if chart.has_missing else ""
    return f"{safe(bar.label)} (n = {bar.n}{missing})"


def effects(chart: Effects) -> tuple[list[dict], dict]:
    """A line of the figure for each estimate; where there are several series, they lie a little apart."""
    data = [series(place, name, chart) for place, name in enumerate(chart.series)]
    labels = [f"{safe(row.label)} ({safe(row.n)})" if row.n else safe(row.label) for row in chart.rows]
    layout = frame("", has_legend=len(chart.series) > 1) | {
        "height": 110 + 38 * len(chart.rows),
        "meta": {"lines": len(chart.rows), "names": 0},
        "xaxis": values(chart.axis) | {"tickangle": 0, "title": {"text": safe(chart.axis.words)}},
        "yaxis": AXIS | {"tickvals": list(range(len(labels))), "ticktext": labels, "ticks": "", "showgrid": False,
                         "range": [len(labels) - 0.5, -0.5]},
    }  # fmt: skip
    if chart.null is not None:
        across = {"type": "line", "x0": chart.null, "x1": chart.null, "yref": "paper", "y0": 0, "y1": 1}
        layout["shapes"] = [across | {"line": {"color": "#7b8894", "width": 1}}]
    return data, layout


def series(place: int, name: str, chart: Effects) -> dict:
    """The points of one series, with their intervals."""
    found = [(at, row, point) for at, row in enumerate(chart.rows) for point in row.points if point.column == place]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": safe(name),
        "x": [point.middle for _, _, point in found],
        "y": [at + apart(place, len(chart.series)) for at, _, _ in found],
        "error_x": interval([point for _, _, point in found], marks.colour(place)),
        "marker": {"size": 9, "color": marks.colour(place), "symbol": marks.marker(place)},
        "text": [said(row.label, point) for _, row, point in found],
        "hovertemplate": "%{text}<extra>" + safe(name) + "</extra>",
        "cliponaxis": False,
    }


def apart(place: int, of: int) -> float:
    """How far below its line of the figure a series lies."""
    return 0.24 * (place - (of - 1) / 2)
