"""Timepoints beside each other, as Plotly draws them: lines with intervals, and boxes."""

from collections.abc import Sequence

from reports.charts import marks
from reports.charts.frame import columns, depth, frame, heads, interval, room_for, safe, said, values
from reports.charts.model import Boxes, Course, Falls, Line

WIDEST_DODGE = 0.2
BOX, BOX_LEFT, BARS = 0.2, -0.12, 0.46  # of the way from one timepoint to the next: its box, and its longest bar


def course(chart: Course) -> tuple[list[dict], dict]:
    """One line an arm, moved apart a little so that the intervals do not hide each other."""
    dodge = min(WIDEST_DODGE, 0.05 * len(chart.columns))
    shifts = [dodge * (index - (len(chart.lines) - 1) / 2) for index in range(len(chart.lines))]
    data = [line(index, each, shifts[index], chart.columns) for index, each in enumerate(chart.lines)]
    return data, over_columns(chart, has_legend=len(chart.lines) > 1)


def over_columns(chart: Course | Boxes | Falls, *, has_legend: bool = False) -> dict:
    """The layout of what is drawn over timepoints."""
    layout = frame(chart.axis.words, has_legend=has_legend)
    layout["annotations"].append(heads(chart.below, depth(chart.columns)))
    layout["height"] += 16 * (len(chart.below) - 1)
    layout["margin"]["l"] = max(layout["margin"]["l"], room_for(chart.below))
    return layout | {"xaxis": columns(chart.columns, chart.below), "yaxis": values(chart.axis)}


def line(index: int, each: Line, shift: float, labels: Sequence[str]) -> dict:
    """One arm: line and markers, with its intervals."""
    colour = marks.colour(index)
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": safe(each.name),
        "x": [point.column + shift for point in each.points],
        "y": [point.middle for point in each.points],
        "error_y": interval(each.points, colour),
        "line": {"color": colour, "width": 1.5, "dash": marks.dash(index)},
        "marker": {"size": 9, "color": colour, "symbol": marks.marker(index)},
        "text": [said(labels[point.column], point) for point in each.points],
        "hovertemplate": "%{text}<extra>" + safe(each.name) + "</extra>",
        "cliponaxis": False,
    }


def boxes(chart: Boxes) -> tuple[list[dict], dict]:
    """A box a timepoint, and at the right of it a bar for each value."""
    drawn = {
        "type": "box",
        "x": [box.column + BOX_LEFT for box in chart.boxes],
        "width": BOX,
        "hoverinfo": "skip",
        "showlegend": False,
        "line": {"color": marks.colour(0), "width": 1.5},
        "fillcolor": f"{marks.colour(0)}26",
        "whiskerwidth": 0.5,
    }
    drawn |= {
        where: [getattr(box, name) for box in chart.boxes]
        for where, name in (("lowerfence", "lowest"), ("q1", "q1"), ("median", "median"), ("q3", "q3"),
                            ("upperfence", "highest"))
    }  # fmt: skip
    bars = [value_bars(chart)] if any(box.counts for box in chart.boxes) else []
    return [*bars, drawn, medians(chart)], over_columns(chart) | {"barmode": "overlay"}


def value_bars(chart: Boxes) -> dict:
    """How many have each value: a bar to the right of the box, as long as their share."""
    seen = [(box, value, count) for box in chart.boxes for value, count in box.counts]
    return {
        "type": "bar",
        "orientation": "h",
        "base": [box.column + BOX_LEFT + 0.7 * BOX for box, _, _ in seen],
        "x": [BARS * box.share(count) / chart.widest for box, _, count in seen],
        "y": [value for _, value, _ in seen],
        "width": 0.62 * chart.step,
        "marker": {"color": "#8a949c", "line": {"width": 0}},
        "text": [f"{value:g}: {count} of {box.n}" for box, value, count in seen],
        "textposition": "none",
        "hovertemplate": "%{text}<extra></extra>",
        "showlegend": False,
    }


def medians(chart: Boxes) -> dict:
    """The mark that is pointed at: each median, with its words."""
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [box.column + BOX_LEFT for box in chart.boxes],
        "y": [box.median for box in chart.boxes],
        "marker": {"size": 7, "color": marks.colour(0), "symbol": "circle"},
        "text": [f"{safe(chart.columns[box.column])}: {box.words}, n = {box.n}" for box in chart.boxes],
        "hovertemplate": "%{text}<extra></extra>",
        "showlegend": False,
        "cliponaxis": False,
    }


def falls(chart: Falls) -> tuple[list[dict], dict]:
    """Bars that hang from 0 or stand on it, as broad as many have that change."""
    bars = {
        "type": "bar",
        "x": [fall.column + fall.start + fall.width / 2 for fall in chart.falls],
        "y": [fall.change for fall in chart.falls],
        "width": [fall.width for fall in chart.falls],
        "marker": {
            "color": [marks.colour(chart.series(fall)) for fall in chart.falls],
            "line": {"width": 1, "color": "#ffffff"},
        },
        "text": [f"{fall.change:+g}: {fall.n}" for fall in chart.falls],
        "textposition": "none",
        "hovertemplate": "%{text}<extra></extra>",
        "showlegend": False,
    }
    layout = over_columns(chart) | {"barmode": "overlay"}
    if chart.limit is not None:
        across = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": chart.limit, "y1": chart.limit}
        layout["shapes"] = [across | {"line": {"color": "#7b8894", "width": 1.5, "dash": "dot"}}]
    return [bars], layout
