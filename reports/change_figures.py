"""Changes within patients -> a figure: the effects under each other, or how many fell, stayed and rose."""

from collections.abc import Mapping, Sequence

from reports import phrases, wording
from reports.charts.model import Axis, Bar, Effect, Effects, Point, Stack, round_ticks
from reports.layout import Figure, source
from reports.manifest import Instrument, Manifest

BOTH = "Share of those with both values"


def changes(figure_id: str, results: Sequence[Mapping], manifest: Manifest) -> Figure | None:
    """Of all wilcoxon_paired results of one instrument; None where none can be drawn, or it is a yes/no question.

    Several changes of a long scale: Hodges-Lehmann changes with their intervals. Else: the shares that fell and rose.
    """
    known = [result for result in results if "n_decrease" in result["payload"]]
    if not known:
        return None
    instrument = manifest.instrument(known[0]["entry"]["instrument"])
    if instrument.is_yes_no:
        return None
    is_forest = len(known) > 1 and not instrument.is_stacked
    chart, caption = (estimated if is_forest else directions)(known, instrument, manifest)
    title = f"{instrument.name}: change within patients"
    words = "; ".join(map(spoken(instrument, manifest), known))
    alt = f"{title}. {words}."
    return Figure(
        id=figure_id, title=title, caption=caption, alt=alt, chart=chart, sources=tuple(map(source, known))
    )  # fmt: skip


def label_of(result: Mapping, manifest: Manifest) -> str:
    """'Preoperative to 6 weeks (cause = cancer)'."""
    entry = result["entry"]
    only = manifest.subset(entry.get("subset"))
    return phrases.span(entry, manifest) + (f" ({only})" if only else "")


def estimated(results: Sequence[Mapping], instrument: Instrument, manifest: Manifest) -> tuple[Effects, str]:
    rows = tuple(
        Effect(label_of(each, manifest), str(each["payload"]["n_pairs"]), point_of(each, instrument))
        for each in results
    )
    ends = [0.0, *(end for row in rows for point in row.points for end in (point.low, point.high))]
    low, high = min(ends), max(ends)
    margin = 0.04 * ((high - low) or 1.0)
    axis = Axis(words=change_words(instrument), low=low - margin, high=high + margin, ticks=round_ticks(low, high))
    caption = "Hodges-Lehmann changes, later minus earlier value, with their 95 % intervals; n is the number of pairs."
    bare = any("interval not estimable" in point.words for row in rows for point in row.points)
    caption += " A mark without a bar: too few pairs for an interval." if bare else ""
    return Effects(rows=rows, series=("",), axis=axis, null=0.0, told=f"Change {wording.CI_95}"), caption


def change_words(instrument: Instrument) -> str:
    """'Change of pain, points: below 0 is better'."""
    unit = f", {instrument.unit}" if instrument.unit else ""
    way = {"lower_better": ": below 0 is better", "higher_better": ": above 0 is better"}.get(instrument.direction, "")
    return f"Change of {wording.within_text(instrument.name)}{unit}{way}"


def point_of(result: Mapping, instrument: Instrument) -> tuple[Point, ...]:
    found = result["payload"]["hodges_lehmann"]
    if found.get("estimate") is None:
        return ()
    words = wording.interval(found, instrument.places, wording.short)
    middle = float(found["estimate"])
    low, high = (middle if found.get(name) is None else float(found[name]) for name in ("low", "high"))
    return (Point(0, result["payload"]["n_pairs"], middle, low, high, words),)


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
