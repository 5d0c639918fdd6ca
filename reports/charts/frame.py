"""What every figure on the page shares: how it behaves, its axes, the room around it."""

from collections.abc import Sequence
from textwrap import wrap

from reports import wording
from reports.charts import marks
from reports.charts.model import Axis, Below, Point

CONFIG = {"responsive": True, "displayModeBar": False, "displaylogo": False, "scrollZoom": False, "doubleClick": False}
AXIS = {"fixedrange": True, "zeroline": False, "automargin": True, "ticks": "outside", "ticklen": 4}
UNSEEN = '<span style="color:rgba(0,0,0,0)">n</span>'  # a line as high as any other
HEADS_SHIFT = -5  # px from an annotation down to a tick's label
LETTERS, LINES = 14, 3  # of a timepoint's label below the axis


def frame(words: str, *, has_legend: bool) -> dict:
    """The layout all figures share, `words` above the plot; the page lays its font and its ink on top."""
    above = {"x": 0, "xanchor": "left", "yanchor": "bottom"}
    legend = {"orientation": "h", "y": 1.01, "itemclick": False, "itemdoubleclick": False, "traceorder": "normal"}
    heading = {"text": safe(words), "xref": "paper", "yref": "paper", "y": 1, "showarrow": False, "align": "left"}
    return {
        "height": 360,
        "margin": {"l": 44, "r": 12, "t": 36 + (30 if has_legend and words else 0), "b": 56},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "dragmode": False,
        "hovermode": "closest",
        "showlegend": has_legend,
        "legend": above | legend,
        "annotations": [above | heading | {"yshift": 36 if has_legend else 10}] if words else [],
    }


def safe(text: str) -> str:
    """Text that Plotly shows as it stands: it reads a few tags of HTML."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def values(axis: Axis) -> dict:
    """The axis of the values, with the same ticks as in print."""
    line = {"zeroline": True, "zerolinewidth": 1} if axis.has_zero_line else {}
    texts = [*axis.texts] or [wording.short(tick, 6) + axis.suffix for tick in axis.ticks]
    return AXIS | {"range": [axis.low, axis.high], "tickvals": list(axis.ticks), "ticktext": texts} | line


def columns(labels: Sequence[str], below: Sequence[Below]) -> dict:
    """The axis of the timepoints: each with its label, and under it what stands below, a line each."""
    broken = [wrap(label, LETTERS)[:LINES] or [""] for label in labels]
    deepest = max(map(len, broken))
    texts = [
        "<br>".join([*map(safe, lines), *["\N{NO-BREAK SPACE}"] * (deepest - len(lines)), *rows(place, below)])
        for place, lines in enumerate(broken)
    ]
    ticks = {"tickvals": list(range(len(labels))), "ticktext": texts, "tickangle": 0}
    return AXIS | ticks | {"range": [-0.5, len(labels) - 0.5], "showgrid": False}


def heads(below: Sequence[Below], above: int) -> dict:
    """What each line below the axis is of, at the left of it; `above`: how many lines of labels come first."""
    texts = [head(row) for row in below]
    return {
        "name": "below", "text": "<br>".join([*[UNSEEN] * above, *texts]), "xref": "paper",
        "yref": "paper",
        "x": 0, "y": 0, "xanchor": "right", "yanchor": "top", "xshift": -8, "yshift": HEADS_SHIFT, "align": "right",
        "showarrow": False,
    }  # fmt: skip


def depth(labels: Sequence[str]) -> int:
    """How many lines the longest label takes."""
    return max(len(wrap(label, LETTERS)[:LINES] or [""]) for label in labels)


def rows(place: int, below: Sequence[Below]) -> list[str]:
    return [safe(row.cells[place]) for row in below]


def head(row: Below) -> str:
    """The mark of the row's line, in its colour; the row's own words where it belongs to none."""
    if row.series is None:
        return safe(row.head)
    return f'<span style="color:{marks.colour(row.series)}">{marks.symbol(row.series)}</span>'


def interval(points: Sequence[Point], colour: str) -> dict:
    return {
        "type": "data",
        "symmetric": False,
        "array": [point.high - point.middle for point in points],
        "arrayminus": [point.middle - point.low for point in points],
        "color": colour,
        "thickness": 1.5,
        "width": 4,
    }


def said(label: str, point: Point) -> str:
    return f"{safe(label)}: {safe(point.words)}, n = {point.n}"


def room_for(below: Sequence[Below]) -> int:
    """How many px the heads of the rows below the axis take at its left, about."""
    return 16 + 8 * max((len(row.head) for row in below if row.series is None), default=0)
