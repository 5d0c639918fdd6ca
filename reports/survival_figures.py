"""Times to an event -> step curves with their limits, the numbers at risk below."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from reports import phrases, wording
from reports.figures import COLOURS, DASHES, MARKERS, with_sources
from reports.layout import Figure
from reports.manifest import Manifest
from reports.plot import AXIS, CONFIG, frame
from reports.survival_tables import arms_of, unit_of

MOST_TICKS = 9
STEPS = ("curve", "steps", "points")


@dataclass(frozen=True)
class Step:
    """The curve from one time on, in percent, and how many were at risk just before it."""

    time: float
    value: float
    low: float | None
    high: float | None
    n_risk: int


def curve(figure_id: str, result: Mapping, manifest: Manifest) -> Figure | None:
    """The curves of a km or cumulative_incidence result; None where it holds none."""
    incidence, whole = result["type"] == "cumulative_incidence", is_whole(result)
    arms = {level: steps_of(arm, incidence) for level, arm in arms_of(result["payload"]).items()}
    arms = {level: steps for level, steps in arms.items() if steps}
    if not arms:
        return None
    title, unit = phrases.question(result["entry"], manifest), unit_of(result, manifest)
    words = "Cumulative incidence" if incidence else "Still without the event"
    plot = drawn(
        arms, words, unit, first=(0.0 if incidence else 100.0) if whole else None, everywhere=has_curve(result)
    )
    plot["config"]["toImageButtonOptions"] = {"format": "svg", "filename": figure_id}
    estimate = "Aalen-Johansen" if incidence else "Kaplan-Meier"
    caption = (
        f"{estimate} curves with 95 % limits (pale)." if whole else f"{estimate} estimates at the times asked for."
    )
    caption += " Below each time: the number at risk."
    figure = Figure(id=figure_id, title=title, caption=caption, alt=f"{title}. {spoken(arms, words)}", plot=plot)
    return with_sources(figure, result)


def is_whole(result: Mapping) -> bool:
    """Whether the payload holds the curve at each of its steps, and not only at a few times that were asked for."""
    return isinstance(result["entry"].get("times"), str) or has_curve(result)


def has_curve(result: Mapping) -> bool:
    """Whether every distinct time is known, those of censorings among them."""
    return any(name in arm for arm in arms_of(result["payload"]).values() for name in STEPS)


def steps_of(arm: Mapping, incidence: bool) -> list[Step]:
    """The points of an arm's curve, in time; where the payload holds no whole curve, the times it was read at."""
    named = next((arm[name] for name in STEPS if isinstance(arm.get(name), list | tuple)), None)
    read = arm.get("incidence_at" if incidence else "survival_at") or {}
    points = named or [{"time": float(time), **at} for time, at in read.items() if not wording.not_estimable(at)]
    return sorted((step_of(point) for point in points), key=lambda step: step.time)


def step_of(point: Mapping) -> Step:
    value = next(point[name] for name in ("S", "F", "survival", "incidence") if point.get(name) is not None)
    low, high = (
        next((100 * point[name] for name in names if point.get(name) is not None), None)
        for names in (("lcl_log", "low", "lcl_loglog"), ("ucl_log", "high", "ucl_loglog"))
    )
    return Step(
        float(point["time"]), 100 * value, low, high, point.get("n_risk", 0)
    )  # fmt: skip


def drawn(arms: Mapping[str, Sequence[Step]], words: str, unit: str, *, first: float | None, everywhere: bool) -> dict:
    """Bands below, curves above, or single estimates where there is no `first`; numbers at risk under the ticks."""
    data, last = [], max(steps[-1].time for steps in arms.values())
    for index, (level, steps) in enumerate(arms.items()):
        data += [read(index, level, steps)] if first is None else curve_traces(index, level, steps, first)
    ticks = thinned(sorted({step.time for steps in arms.values() for step in steps}), last)
    at_risk = [at_risk_below(time, arms.values(), everywhere=everywhere) for time in ticks]
    layout = frame(words, has_legend=len(arms) > 1) | {
        "xaxis": AXIS | {"range": [-0.02 * last, 1.04 * last], "tickvals": ticks, "ticktext": at_risk, "tickangle": 0,
                         "showgrid": False, "title": f"{f'Time, {unit}' if unit else 'Time'}; at risk below"},
        "yaxis": AXIS | {"range": [0, 102], "ticksuffix": " %", "nticks": 6},
        "hovermode": "closest",
    }  # fmt: skip
    layout["legend"] |= {"traceorder": "normal"}
    layout["height"] += 14 * len(arms)
    return {"data": data, "layout": layout, "config": dict(CONFIG)}


def thinned(times: Sequence[float], last: float) -> list[float]:
    """The times at which numbers at risk are known, as many as have room below the axis; the last of them always."""
    kept: list[float] = []
    for time in times[::-1]:
        if not kept or kept[-1] - time >= last / MOST_TICKS:
            kept.append(time)
    return kept[::-1]


def at_risk_below(time: float, arms: Iterable[Sequence[Step]], *, everywhere: bool) -> str:
    """A tick: the time, and below it the number at risk of each arm."""
    return "<br>".join([wording.short(time, 2), *(at_time(steps, time, everywhere=everywhere) for steps in arms)])


def at_time(steps: Sequence[Step], time: float, *, everywhere: bool) -> str:
    """How many are at risk at a time: from a whole curve at any; else where it was read, and a dot elsewhere."""
    if everywhere:
        return str(next((step.n_risk for step in steps if step.time >= time), 0))
    return next((str(step.n_risk) for step in steps if step.time == time), "\N{MIDDLE DOT}")


def line(index: int, level: str, steps: Sequence[Step], first: float) -> dict:
    colour = COLOURS[index % len(COLOURS)]
    said = [f"{wording.short(step.time, 2)}: {wording.fixed(step.value, 1)} %, {step.n_risk} at risk" for step in steps]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": wording.heading(level),
        "x": [0.0, *(step.time for step in steps)],
        "y": [first, *(step.value for step in steps)],
        "line": {"color": colour, "width": 2, "dash": DASHES[index % len(DASHES)], "shape": "hv"},
        "text": ["start", *said],
        "hovertemplate": "%{text}<extra>" + wording.heading(level) + "</extra>",
    }


def band(index: int, steps: Sequence[Step], first: float) -> list[dict]:
    """The limits as a pale band; none where no step has any."""
    known = [step for step in steps if step.low is not None and step.high is not None]
    if not known:
        return []
    edge = {
        "type": "scatter",
        "mode": "lines",
        "x": [0.0, *(step.time for step in known)],
        "line": {"width": 0, "shape": "hv"},
        "hoverinfo": "skip",
        "showlegend": False,
    }
    fill = {"fill": "tonexty", "fillcolor": f"{COLOURS[index % len(COLOURS)]}26"}
    low, high = ([first, *(getattr(step, side) for step in known)] for side in ("low", "high"))
    return [edge | {"y": low}, edge | {"y": high} | fill]


def curve_traces(index: int, level: str, steps: Sequence[Step], first: float) -> list[dict]:
    return [*band(index, steps, first), line(index, level, steps, first)]


def read(index: int, level: str, steps: Sequence[Step]) -> dict:
    """Estimates at single times with their limits; no line, because nothing between them was asked."""
    line_of = line(index, level, steps, 0.0)
    up = [(step.high if step.high is not None else step.value) - step.value for step in steps]
    down = [step.value - (step.low if step.low is not None else step.value) for step in steps]
    bars = {"type": "data", "symmetric": False, "array": up, "arrayminus": down, "width": 0, "thickness": 9,
            "color": f"{COLOURS[index % len(COLOURS)]}59"}  # fmt: skip
    marker = {"size": 9, "color": COLOURS[index % len(COLOURS)], "symbol": MARKERS[index % len(MARKERS)]}
    without_start = {name: line_of[name][1:] for name in ("x", "y", "text")}
    return line_of | without_start | {"mode": "markers", "error_y": bars, "marker": marker}


def spoken(arms: Mapping[str, Sequence[Step]], words: str) -> str:
    """The curves as a sentence an arm: the last value of each, and the times at which it moved."""
    said = []
    for level, steps in arms.items():
        moved = "; ".join(
            f"{wording.short(step.time, 2)}: {wording.fixed(step.value, 0)} %, {step.n_risk} at risk" for step in steps
        )
        said.append(f"{wording.heading(level)}: {moved}" if level else moved)
    return f"{words} by time: {'. '.join(said)}."
