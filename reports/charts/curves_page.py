"""Curves over time, as Plotly draws them: limits below, curves above, numbers at risk under the ticks."""

from reports import wording
from reports.charts import marks
from reports.charts.frame import AXIS, frame, heads, rows, safe, values
from reports.charts.model import Arm, Curves, Step


def curves(chart: Curves) -> tuple[list[dict], dict]:
    below = ["<br>".join([wording.short(time, 2), *rows(place, chart.below)]) for place, time in enumerate(chart.ticks)]
    layout = frame(chart.axis.words, has_legend=len(chart.arms) > 1)
    if len(chart.arms) > 1:
        layout["annotations"].append(heads(chart.below, 1))
    layout["height"] += 14 * len(chart.arms)
    layout["xaxis"] = AXIS | {
        "range": [-0.02 * chart.last, 1.04 * chart.last], "tickvals": list(chart.ticks), "ticktext": below,
        "tickangle": 0, "showgrid": False, "title": {"text": safe(chart.time_words)},
    }  # fmt: skip
    layout["yaxis"] = values(chart.axis)
    return [trace for index, arm in enumerate(chart.arms) for trace in traces_of(index, arm, chart)], layout


def traces_of(index: int, arm: Arm, chart: Curves) -> list[dict]:
    read = [limits_read(index, arm)] if arm.read else []
    left = [censored(index, arm)] if any(step.censored for step in arm.curve) else []
    return [*band(index, arm, chart.first), *read, line(index, arm, chart.first), *left]


def line(index: int, arm: Arm, first: float) -> dict:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": safe(arm.name),
        "x": [0.0, *(step.time for step in arm.curve)],
        "y": [first, *(step.value for step in arm.curve)],
        "line": {"color": marks.colour(index), "width": 2, "dash": marks.dash(index), "shape": "hv"},
        "text": ["start", *map(said, arm.curve)],
        "hovertemplate": "%{text}<extra>" + safe(arm.name) + "</extra>",
    }


def said(step: Step) -> str:
    return f"{wording.short(step.time, 2)}: {wording.fixed(step.value, 1)} %, {step.n_risk} at risk"


def censored(index: int, arm: Arm) -> dict:
    """A tick on the curve where somebody was last seen without the event."""
    seen = [step for step in arm.curve if step.censored]
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [step.time for step in seen],
        "y": [step.value for step in seen],
        "marker": {"size": 9, "symbol": "line-ns-open", "color": marks.colour(index), "line": {"width": 1.5}},
        "text": [f"{wording.short(step.time, 2)}: {step.censored} last seen" for step in seen],
        "hovertemplate": "%{text}<extra></extra>",
        "showlegend": False,
    }


def band(index: int, arm: Arm, first: float) -> list[dict]:
    """The limits as a pale band; none where no step has any."""
    steps = arm.band()
    if not steps:
        return []
    edge = {
        "type": "scatter",
        "mode": "lines",
        "x": [0.0, *(time for time, _, _ in steps)],
        "line": {"width": 0, "shape": "hv"},
        "hoverinfo": "skip",
        "showlegend": False,
    }
    fill = {"fill": "tonexty", "fillcolor": f"{marks.colour(index)}26"}
    low, high = ([first, *(step[side] for step in steps)] for side in (1, 2))
    return [edge | {"y": low}, edge | {"y": high} | fill]


def limits_read(index: int, arm: Arm) -> dict:
    """Points on the curve at the times asked for, with the limits that are known there."""
    colour = marks.colour(index)
    up, down = [step.high - step.value for step in arm.read], [step.value - step.low for step in arm.read]
    bars = {"type": "data", "symmetric": False, "array": up, "arrayminus": down, "width": 4, "thickness": 1.5}
    said = [f"{wording.fixed(step.low, 1)} to {wording.fixed(step.high, 1)} %" for step in arm.read]
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [step.time for step in arm.read],
        "y": [step.value for step in arm.read],
        "error_y": bars | {"color": colour},
        "marker": {"size": 7, "color": colour, "symbol": marks.marker(index)},
        "text": said,
        "hovertemplate": "%{text}<extra></extra>",
        "showlegend": False,
    }
