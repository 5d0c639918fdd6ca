"""Times to an event -> step curves with their limits, the numbers at risk below."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reports import phrases, wording
from reports.figures import COLOURS, DASHES, MARKERS, with_sources
from reports.layout import Figure
from reports.manifest import Manifest
from reports.plot import AXIS, CONFIG, frame
from reports.survival_tables import arms_of, in_time, unit_of

MOST_TICKS = 9
MONTHS = (1, 2, 3, 6, 12, 24, 36, 60, 120)


@dataclass(frozen=True)
class Step:
    """The curve from one time on, in percent, and how many were at risk just before it."""

    time: float
    value: float
    low: float | None
    high: float | None
    n_risk: int


@dataclass(frozen=True)
class Arm:
    """One level: its whole curve, and where limits are known only at the times asked for, those."""

    level: str
    curve: Sequence[Step]
    read: Sequence[Step]

    def at_risk(self, time: float) -> int:
        """How many have a time of that or more."""
        return next((step.n_risk for step in self.curve if step.time >= time), 0)

    def value(self, time: float, first: float) -> float:
        """The curve at a time, in percent; `first` before anything has happened."""
        return next((step.value for step in reversed(self.curve) if step.time <= time), first)


def curve(figure_id: str, result: Mapping, manifest: Manifest) -> Figure | None:
    """The curves of a km or cumulative_incidence result; None where nobody has a time."""
    incidence = result["type"] == "cumulative_incidence"
    arms = [arm for level, found in arms_of(result["payload"]).items() if (arm := arm_of(level, found)).curve]
    if not arms:
        return None
    title, unit = phrases.question(result["entry"], manifest), unit_of(result, manifest)
    words, first = ("Cumulative incidence", 0.0) if incidence else ("Still without the event", 100.0)
    plot = drawn(arms, words, unit, first)
    plot["config"]["toImageButtonOptions"] = {"format": "svg", "filename": figure_id}
    alt = f"{title}. {spoken(arms, words, unit, first)}"
    figure = Figure(id=figure_id, title=title, caption=caption(arms, incidence), alt=alt, plot=plot)
    return with_sources(figure, result)


def caption(arms: Sequence[Arm], incidence: bool) -> str:
    """What is drawn, and which line below the axis is whose."""
    estimate = "Aalen-Johansen" if incidence else "Kaplan-Meier"
    limits = (
        "; bars are 95\N{NO-BREAK SPACE}% limits at the times asked for"
        if incidence
        else "; the pale band holds the 95\N{NO-BREAK SPACE}% limits"
    )
    order = f", in the order {', '.join(wording.heading(arm.level) for arm in arms)}" if len(arms) > 1 else ""
    return f"{estimate} curve{'s' if len(arms) > 1 else ''}{limits}. Below each time: the number at risk{order}."


def arm_of(level: str, payload: Mapping) -> Arm:
    steps = [step_of(point) for point in payload.get("curve", ())]
    read = [step_of({"time": time} | at) for time, at in in_time(payload, "incidence_at") if at.get("low") is not None]
    return Arm(level, steps, read)


def step_of(point: Mapping) -> Step:
    """A point of `curve`, or a time that the incidence was read at, with the limits that it has."""
    value = point["S"] if "S" in point else point["F"]
    limits = (point.get("lcl_log", point.get("low")), point.get("ucl_log", point.get("high")))
    low, high = (None if limit is None else 100 * limit for limit in limits)
    return Step(float(point["time"]), 100 * value, low, high, point["n_risk"])


def drawn(arms: Sequence[Arm], words: str, unit: str, first: float) -> dict:
    """Limits below, curves above; numbers at risk under the ticks, an arm a line."""
    last = max(arm.curve[-1].time for arm in arms)
    ticks = round_times(last, unit)
    below = [
        "<br>".join([wording.short(time, 2), *(at_risk(*each, time) for each in enumerate(arms))]) for time in ticks
    ]
    layout = frame(words, has_legend=len(arms) > 1) | {
        "xaxis": AXIS | {"range": [-0.02 * last, 1.04 * last], "tickvals": ticks, "ticktext": below, "tickangle": 0,
                         "showgrid": False, "title": {"text": f"Time, {unit}" if unit else "Time"}},
        "yaxis": AXIS | {"range": [0, 102], "ticksuffix": " %", "nticks": 6},
        "hovermode": "closest",
    }  # fmt: skip
    layout["legend"] |= {"traceorder": "normal"}
    layout["height"] += 14 * len(arms)
    traces = [trace for index, arm in enumerate(arms) for trace in traces_of(index, arm, first)]
    return {"data": traces, "layout": layout, "config": dict(CONFIG)}


def round_times(last: float, unit: str) -> list[float]:
    """From 0 on, as many as have room below the axis: by months and years where time is in months, else 1, 2, 5, 10."""
    tens = (digit * 10.0**power for power in range(-3, 9) for digit in (1, 2, 5))
    gap = next(gap for gap in (*(MONTHS if unit == "months" else ()), *tens) if last < gap * MOST_TICKS)
    return [gap * index for index in range(int(last // gap) + 1)]


def at_risk(index: int, arm: Arm, time: float) -> str:
    return f'<span style="color:{COLOURS[index % len(COLOURS)]}">{arm.at_risk(time)}</span>'


def traces_of(index: int, arm: Arm, first: float) -> list[dict]:
    bars = [limits_read(index, arm.read)] if arm.read else []
    return [*band(index, arm.curve, first), *bars, line(index, arm, first)]


def line(index: int, arm: Arm, first: float) -> dict:
    said = [
        f"{wording.short(step.time, 2)}: {wording.fixed(step.value, 1)} %, {step.n_risk} at risk" for step in arm.curve
    ]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": wording.heading(arm.level),
        "x": [0.0, *(step.time for step in arm.curve)],
        "y": [first, *(step.value for step in arm.curve)],
        "line": {"color": COLOURS[index % len(COLOURS)], "width": 2, "dash": DASHES[index % len(DASHES)],
                 "shape": "hv"},
        "text": ["start", *said],
        "hovertemplate": "%{text}<extra>" + wording.heading(arm.level) + "</extra>",
    }  # fmt: skip


def band(index: int, steps: Sequence[Step], first: float) -> list[dict]:
    """The limits as a pale band; none where no step has any."""
    known = [step for step in steps if step.low is not None and step.high is not None]
    if not known:
        return []
    ends = next((step.time for step in steps if step.time > known[-1].time), known[-1].time)
    edge = {
        "type": "scatter",
        "mode": "lines",
        "x": [0.0, *(step.time for step in known), ends],
        "line": {"width": 0, "shape": "hv"},
        "hoverinfo": "skip",
        "showlegend": False,
    }
    fill = {"fill": "tonexty", "fillcolor": f"{COLOURS[index % len(COLOURS)]}26"}
    low, high = (
        [first, *(getattr(step, side) for step in known), getattr(known[-1], side)] for side in ("low", "high")
    )
    return [edge | {"y": low}, edge | {"y": high} | fill]


def limits_read(index: int, read: Sequence[Step]) -> dict:
    """Points on the curve at the times asked for, with the limits that are known there."""
    colour = COLOURS[index % len(COLOURS)]
    up, down = [step.high - step.value for step in read], [step.value - step.low for step in read]
    bars = {"type": "data", "symmetric": False, "array": up, "arrayminus": down, "width": 4, "thickness": 1.5}
    said = [f"{wording.fixed(step.low, 1)} to {wording.fixed(step.high, 1)} %" for step in read]
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [step.time for step in read],
        "y": [step.value for step in read],
        "error_y": bars | {"color": colour},
        "marker": {"size": 7, "color": colour, "symbol": MARKERS[index % len(MARKERS)]},
        "text": said,
        "hovertemplate": "%{text}<extra></extra>",
        "showlegend": False,
    }


def spoken(arms: Sequence[Arm], words: str, unit: str, first: float) -> str:
    """The curves as a sentence an arm: what each tick shows, and how many are at risk then."""
    ticks = round_times(max(arm.curve[-1].time for arm in arms), unit)
    said = []
    for arm in arms:
        seen = "; ".join(
            f"{wording.short(time, 2)}: {wording.fixed(arm.value(time, first), 0)} %, {arm.at_risk(time)} at risk"
            for time in ticks
        )
        said.append(f"{wording.heading(arm.level)}: {seen}" if arm.level else seen)
    return f"{words} by time{f' in {unit}' if unit else ''}: {'. '.join(said)}."
