"""A forest as Plotly draws it: squares as large as the sites' weights, diamonds of all sites, and a further site."""

from math import ceil, sqrt

from reports.charts import marks
from reports.charts.frame import AXIS, frame, safe, values
from reports.charts.model import Forest, Strip

ROW, LEAST, MOST = 25, 6, 15  # px: a line, and the side of the smallest and of the largest square
HIGH = 0.32  # of a line: half a diamond
LETTERS = 20  # of a label, in a line on a phone
NEXT = "#7b8894"


def forest(chart: Forest) -> tuple[list[dict], dict]:
    """A line of the figure for each strip, the first at the top."""
    placed = list(enumerate(chart.strips))
    sites = [(at, strip) for at, strip in placed if strip.kind == "site"]
    data = [squares(sites, chart)]
    data += [diamond(at, strip, chart) for at, strip in placed if strip.kind == "all"]
    data += [further(at, strip, chart) for at, strip in placed if strip.kind == "next"]
    data += arrows(placed, chart)
    layout = frame("", has_legend=False) | {
        "height": 100 + ROW * len(placed),
        "meta": {"lines": (deepest(chart) - 1) * len(placed), "names": 0},
        "xaxis": values(chart.axis) | {"tickangle": 0, "title": {"text": safe(chart.axis.words)}},
        "yaxis": AXIS | {"tickvals": [at for at, _ in placed], "ticktext": [label(strip) for _, strip in placed],
                         "ticks": "", "showgrid": False, "range": [len(placed) - 0.5, -0.5]},
        "shapes": lines(sites, chart),
    }  # fmt: skip
    return data, layout


def label(strip: Strip) -> str:
    """'North (n = 41): 0.5 (0.2 to 0.8); 34 %', in parts that each stay in a line."""
    n = f" {together(f'(n = {strip.n})')}" if strip.kind == "site" else ""
    estimate, bracket, limits = strip.words.partition(" (")
    words = f"{together(estimate)}{bracket}{together(limits)}"
    return safe(f"{strip.label}{n}: {words}" + (f"; {together(strip.weight)}" if strip.weight else ""))


def deepest(chart: Forest) -> int:
    """How many lines the longest label takes on a phone."""
    return max(ceil(len(label(strip)) / LETTERS) for strip in chart.strips)


def together(words: str) -> str:
    return words.replace(" ", "\N{NO-BREAK SPACE}")


def lines(sites: list[tuple[int, Strip]], chart: Forest) -> list[dict]:
    """No effect, and where the sites end and all of them begin."""
    found = []
    if chart.null is not None:
        across = {"type": "line", "x0": chart.null, "x1": chart.null, "yref": "paper", "y0": 0, "y1": 1}
        found.append(across | {"line": {"color": "#7b8894", "width": 1}})
    under = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": len(sites) - 0.5, "y1": len(sites) - 0.5}
    return [*found, under | {"line": {"color": "#7b8894", "width": 1, "dash": "dot"}}]


def squares(sites: list[tuple[int, Strip]], chart: Forest) -> dict:
    ends = [chart.ends(strip) for _, strip in sites]
    largest = max(strip.share for _, strip in sites)
    return {
        "type": "scatter", "mode": "markers", "name": "Sites", "showlegend": False,
        "x": [strip.middle for _, strip in sites],
        "y": [at for at, _ in sites],
        "error_x": {
            "type": "data", "symmetric": False, "color": marks.colour(0), "thickness": 1.5, "width": 3,
            "array": [high - strip.middle for (_, high), (_, strip) in zip(ends, sites, strict=True)],
            "arrayminus": [strip.middle - low for (low, _), (_, strip) in zip(ends, sites, strict=True)],
        },
        "marker": {"symbol": "square", "opacity": 1, "color": marks.colour(0), "line": {"color": "#ffffff", "width": 1},
                   "size": [LEAST + (MOST - LEAST) * sqrt(strip.share / largest) for _, strip in sites]},
        "text": [label(strip) for _, strip in sites],
        "hovertemplate": "%{text}<extra></extra>",
        "cliponaxis": False,
    }  # fmt: skip


def diamond(at: int, strip: Strip, chart: Forest) -> dict:
    """From one end of the interval to the other, highest at the estimate."""
    low, high = chart.ends(strip)
    return {
        "type": "scatter", "mode": "lines", "fill": "toself", "name": safe(strip.label), "showlegend": False,
        "x": [low, strip.middle, high, strip.middle, low],
        "y": [at, at - HIGH, at, at + HIGH, at],
        "line": {"color": marks.colour(1), "width": 1}, "fillcolor": marks.colour(1), "hoveron": "fills+points",
        "text": label(strip), "hoverinfo": "text",
    }  # fmt: skip


def further(at: int, strip: Strip, chart: Forest) -> dict:
    low, high = chart.ends(strip)
    return {
        "type": "scatter", "mode": "lines+markers", "name": safe(strip.label), "showlegend": False,
        "x": [low, high], "y": [at, at], "line": {"color": NEXT, "width": 4},
        "marker": {"symbol": "line-ns-open", "size": 12, "color": NEXT}, "text": [label(strip)] * 2,
        "hovertemplate": "%{text}<extra></extra>", "cliponaxis": False,
    }  # fmt: skip


def arrows(placed: list[tuple[int, Strip]], chart: Forest) -> list[dict]:
    """Where an interval goes on beyond the axis."""
    beyond = [(chart.axis.low, at, "triangle-left") for at, strip in placed if strip.low < chart.axis.low]
    beyond += [(chart.axis.high, at, "triangle-right") for at, strip in placed if strip.high > chart.axis.high]
    if not beyond:
        return []
    x, y, symbols = (list(column) for column in zip(*beyond, strict=True))
    marker = {"symbol": symbols, "size": 9, "color": NEXT}
    about = {"name": "Beyond", "showlegend": False, "hoverinfo": "skip", "cliponaxis": False}
    return [{"type": "scatter", "mode": "markers", "x": x, "y": y, "marker": marker} | about]
