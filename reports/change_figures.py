"""Changes within patients -> a figure: the effects under each other, or how many fell, stayed and rose."""

from collections.abc import Iterator, Mapping, Sequence

from reports import phrases, wording
from reports.charts.model import Axis, Bar, Below, Chart, Effect, Effects, Fall, Falls, Point, Stack, round_ticks
from reports.layout import Figure, source
from reports.manifest import Instrument, Manifest

ROOM = 0.8  # of a column that its bars fill
BOTH = "Share of those with both values"


def changes(figure_id: str, results: Sequence[Mapping], manifest: Manifest) -> list[Figure]:
    """Of all wilcoxon_paired results of one instrument; none where none can be drawn, or it is a yes/no question.

    A long scale: everyone's change where the payload counts them, and, of several changes, their Hodges-Lehmann
    estimates. A short one: the shares that fell and rose.
    """
    known = [result for result in results if "n_decrease" in result["payload"]]
    if not known or (instrument := manifest.instrument(known[0]["entry"]["instrument"])).is_yes_no:
        return []
    counted = not instrument.is_stacked and all("changes" in each["payload"] for each in known)
    drawn = [falls if counted else None, estimated if len(known) > 1 and not instrument.is_stacked else None]
    shown = [each for each in drawn if each] or [directions]
    return [figure_of(figure_id, draw(known, instrument, manifest), known, instrument, manifest) for draw in shown]


def figure_of(
    figure_id: str, drawn: tuple[Chart, str], results: Sequence[Mapping], instrument: Instrument, manifest: Manifest
) -> Figure:
    chart, caption = drawn
    title = f"{instrument.name}: {'each change' if isinstance(chart, Falls) else 'change'} within patients"
    alt = f"{title}. {'; '.join(map(spoken(instrument, manifest), results))}."
    sources = tuple(map(source, results))
    return Figure(id=figure_id, title=title, caption=caption, alt=alt, chart=chart, sources=sources)


def label_of(result: Mapping, manifest: Manifest, since: str = "") -> str:
    """'Preoperative to 6 weeks (cause = cancer)'; without where it begins where that is said elsewhere."""
    entry = result["entry"]
    only = manifest.subset(entry.get("subset"))
    words = manifest.timepoint(entry["post"]) if since else phrases.span(entry, manifest)
    return words + (f" ({only})" if only else "")


def since_when(results: Sequence[Mapping], manifest: Manifest) -> str:
    """The timepoint that all of them begin at; empty where it is not one."""
    begins = {result["entry"]["pre"] for result in results}
    return manifest.timepoint(begins.pop()) if len(begins) == 1 else ""


def estimated(results: Sequence[Mapping], instrument: Instrument, manifest: Manifest) -> tuple[Effects, str]:
    rows = tuple(
        Effect(label_of(each, manifest), str(each["payload"]["n_pairs"]), point_of(each, instrument))
        for each in results
    )
    ends = [end for row in rows for point in row.points for end in (point.low, point.high)]
    axis = axis_over(ends, change_words(instrument))
    caption = "Hodges-Lehmann changes, later minus earlier value, with their 95 % intervals; n is the number of pairs."
    bare = any("interval not estimable" in point.words for row in rows for point in row.points)
    caption += " A mark without a bar: too few pairs for an interval." if bare else ""
    return Effects(rows=rows, series=("",), axis=axis, null=0.0, told=f"Change {wording.CI_95}"), caption


def axis_over(ends: Sequence[float], words: str) -> Axis:
    """From the lowest of them to the highest, 0 among them, with a margin."""
    low, high = min(0.0, *ends), max(0.0, *ends)
    margin = 0.05 * ((high - low) or 1.0)
    return Axis(words=words, low=low - margin, high=high + margin, ticks=round_ticks(low, high))


def change_words(instrument: Instrument, since: str = "") -> str:
    """'Change of pain since preoperative, points: below 0 is better'."""
    unit = f", {instrument.unit}" if instrument.unit else ""
    way = {"lower_better": ": below 0 is better", "higher_better": ": above 0 is better"}.get(instrument.direction, "")
    begins = f" since {wording.within_text(since)}" if since else ""
    return f"Change of {wording.within_text(instrument.name)}{begins}{unit}{way}"


def point_of(result: Mapping, instrument: Instrument) -> tuple[Point, ...]:
    found = result["payload"]["hodges_lehmann"]
    if found.get("estimate") is None:
        return ()
    words = wording.interval(found, instrument.places, wording.short)
    middle = float(found["estimate"])
    low, high = (middle if found.get(name) is None else float(found[name]) for name in ("low", "high"))
    return (Point(0, result["payload"]["n_pairs"], middle, low, high, words),)


def falls(results: Sequence[Mapping], instrument: Instrument, manifest: Manifest) -> tuple[Falls, str]:
    """Every pair's change in order, the worst first; the numbers that got better, stayed and got worse below."""
    better = {"lower_better": -1, "higher_better": 1}.get(instrument.direction, 0)
    bars = tuple(fall for column, each in enumerate(results) for fall in falls_of(column, each, better))
    limit = better * float(instrument.mcid) if better and instrument.mcid else None
    names, order = ways(instrument)
    since = since_when(results, manifest)
    rows = [("n", "n_pairs"), *zip(names, order, strict=True)]
    chart = Falls(
        columns=tuple(label_of(each, manifest, since) for each in results),
        below=tuple(
            Below(head=name, cells=tuple(str(each["payload"][key]) for each in results)) for name, key in rows
        ),
        falls=bars,
        axis=axis_over([fall.change for fall in bars], change_words(instrument, since)),
        better=better,
        limit=limit,
    )  # fmt: skip
    caption = (
        "Each pair's change, later minus earlier value, in order: a bar is as broad as many pairs have that change."
    )
    matters = f" Dotted: the smallest change that matters, {wording.short(instrument.mcid, 2)}." if limit else ""
    return chart, f"{caption}{matters} Below: the number of pairs, and how they changed."


def falls_of(column: int, result: Mapping, better: int) -> Iterator[Fall]:
    """The bars of one pair of timepoints, over four fifths of its column."""
    counts = sorted(((float(change), n) for change, n in result["payload"]["changes"].items()), reverse=better != 1)
    many, start = sum(n for _, n in counts), -ROOM / 2
    for change, n in counts:
        yield Fall(column=column, start=start, width=ROOM * n / many, change=change, n=n)
        start += ROOM * n / many


def directions(results: Sequence[Mapping], instrument: Instrument, manifest: Manifest) -> tuple[Stack, str]:
    names, order = ways(instrument)
    bars = tuple(
        Bar(
            label=label_of(each, manifest),
            n=each["payload"]["n_pairs"],
            missing=0,
            counts=tuple(each["payload"][name] for name in order),
        )
        for each in results
    )
    caption = f"Each bar is everyone with both values; numbers are patients' procedures: {', '.join(names).lower()}."
    return Stack(bars=bars, levels=names, words=BOTH), caption


def ways(instrument: Instrument) -> tuple[tuple[str, str, str], tuple[str, str, str]]:
    """What the three parts are called, the best first where that is known, and where the payload counts them."""
    fell_first = ("n_decrease", "n_zero", "n_increase")
    if instrument.direction == "lower_better":
        return ("Improved", "Unchanged", "Worsened"), fell_first
    if instrument.direction == "higher_better":
        return ("Improved", "Unchanged", "Worsened"), fell_first[::-1]
    return ("Decreased", "Unchanged", "Increased"), fell_first


def spoken(instrument: Instrument, manifest: Manifest):
    """How one change is told: its estimate, and how many fell, stayed and rose."""

    def said(result: Mapping) -> str:
        payload = result["payload"]
        told = wording.interval(payload["hodges_lehmann"], instrument.places, wording.short)
        parts = f"{payload['n_decrease']} fell, {payload['n_zero']} stayed, {payload['n_increase']} rose"
        return f"{label_of(result, manifest)}: Hodges-Lehmann change {told}, n = {payload['n_pairs']}; {parts}"

    return said
