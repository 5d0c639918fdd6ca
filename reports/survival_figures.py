"""Times to an event -> step curves with their limits, the numbers at risk below."""

from collections.abc import Mapping, Sequence

from reports import phrases, wording
from reports.charts.model import Arm, Axis, Below, Curves, Step
from reports.figures import with_sources
from reports.layout import Figure
from reports.manifest import Manifest
from reports.survival_tables import arms_of, in_time, unit_of

MOST_TICKS = 9
MONTHS = (1, 2, 3, 6, 12, 24, 36, 60, 120)
DEATH = ("survival", "death", "overall_survival")  # what a time to death is called
PERCENT = (0, 20, 40, 60, 80, 100)


def curve(figure_id: str, result: Mapping, manifest: Manifest) -> Figure | None:
    """The curves of a km or cumulative_incidence result; None where nobody has a time."""
    incidence = result["type"] == "cumulative_incidence"
    by = result["entry"].get("by")
    found = [
        arm_of(level, manifest.level_heading(by, level), cell) for level, cell in arms_of(result["payload"]).items()
    ]
    arms = [arm for arm in found if arm.curve]
    if not arms:
        return None
    title, unit = phrases.question(result["entry"], manifest), unit_of(result, manifest)
    words, first = ("Cumulative incidence", 0.0) if incidence else (without_event(result["entry"]), 100.0)
    chart = drawn(arms, words, unit, first)
    alt = f"{title}. {spoken(chart, words, unit)}"
    figure = Figure(id=figure_id, title=title, caption=caption(arms, incidence), alt=alt, chart=chart)
    return with_sources(figure, result)


def without_event(entry: Mapping) -> str:
    """What the curve counts: 'Alive', 'Free of secondary procedure'."""
    name = entry.get("survival") or entry.get("times")
    if not isinstance(name, str):
        return "Still without the event"
    return "Alive" if name in DEATH else f"Free of {wording.plain(name)}"


def caption(arms: Sequence[Arm], incidence: bool) -> str:
    """What is drawn, and which line below the axis is whose."""
    estimate = "Aalen-Johansen" if incidence else "Kaplan-Meier"
    limits = (
        "; bars are 95\N{NO-BREAK SPACE}% limits at the times asked for"
        if incidence
        else "; the pale band holds the 95\N{NO-BREAK SPACE}% limits"
    )
    ticks = "; ticks on the curve are patients last seen then" if has_censored(arms) else ""
    order = f", in the order {', '.join(arm.name for arm in arms)}" if len(arms) > 1 else ""
    return f"{estimate} curve{'s' if len(arms) > 1 else ''}{limits}{ticks}. Below each time: the number at risk{order}."


def has_censored(arms: Sequence[Arm]) -> bool:
    return any(step.censored for arm in arms for step in arm.curve)


def arm_of(level: str, name: str, payload: Mapping) -> Arm:
    points = payload.get("curve", ())
    steps = tuple(map(step_of, points, censored_at(points)))
    read = tuple(
        step_of({"time": time} | at) for time, at in in_time(payload, "incidence_at") if at.get("low") is not None
    )
    return Arm(level, name, steps, read)


def step_of(point: Mapping, censored: int = 0) -> Step:
    """A point of `curve`, or a time that the incidence was read at, with the limits that it has."""
    value = point["S"] if "S" in point else point["F"]
    limits = (point.get("lcl_log", point.get("low")), point.get("ucl_log", point.get("high")))
    low, high = (None if limit is None else 100 * limit for limit in limits)
    return Step(float(point["time"]), 100 * value, low, high, point["n_risk"], censored)


def censored_at(points: Sequence[Mapping]) -> list[int]:
    """How many left at each time without the event: who was at risk there, is not later, and did not have it.

    Of a curve of survival, which at each time falls by the share of those at risk who have the event; of an incidence
    nobody can tell them from those with the competing event.
    """
    if not all("S" in point for point in points):
        return [0] * len(points)
    before = [1.0, *(point["S"] for point in points)]
    later = [*(point["n_risk"] for point in points), 0][1:]
    fell = [1 - point["S"] / was if was else 0.0 for point, was in zip(points, before, strict=False)]
    left = zip(points, later, fell, strict=True)
    return [max(0, point["n_risk"] - after - round(point["n_risk"] * share)) for point, after, share in left]


def drawn(arms: Sequence[Arm], words: str, unit: str, first: float) -> Curves:
    last = max(arm.curve[-1].time for arm in arms)
    ticks = tuple(round_times(last, unit))
    return Curves(
        arms=tuple(arms),
        axis=Axis(words=words, low=0, high=102, ticks=PERCENT, suffix=" %"),
        time_words=f"Time, {unit}" if unit else "Time",
        ticks=ticks,
        last=last,
        first=first,
        below=tuple(
            Below(
                head=arm.name,
                cells=tuple(str(arm.at_risk(time)) for time in ticks),
                series=index if len(arms) > 1 else None,
            )
            for index, arm in enumerate(arms)
        ),
    )


def round_times(last: float, unit: str) -> list[float]:
    """From 0 on, as many as have room below the axis: by months and years where time is in months, else 1, 2, 5, 10."""
    tens = (digit * 10.0**power for power in range(-3, 9) for digit in (1, 2, 5))
    gap = next(gap for gap in (*(MONTHS if unit == "months" else ()), *tens) if last < gap * MOST_TICKS)
    return [gap * index for index in range(int(last // gap) + 1)]


def spoken(chart: Curves, words: str, unit: str) -> str:
    """The curves as a sentence an arm: what each tick shows, and how many are at risk then."""
    said = []
    for arm in chart.arms:
        seen = "; ".join(
            f"{wording.short(time, 2)}: {wording.fixed(arm.value(time, chart.first), 0)} %, {arm.at_risk(time)} at risk"
            for time in chart.ticks
        )
        said.append(f"{arm.name}: {seen}" if arm.level else seen)
    return f"{words} by time{f' in {unit}' if unit else ''}: {'. '.join(said)}."
