"""Two stages -> a forest plot: each site's effect, all of them as one, and where a further site would lie. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from math import log

from reports import wording
from reports.charts.model import Axis, Forest, Strip, round_ticks
from reports.forest_words import (
    CI,
    MAIN,
    MODELS,
    called,
    ci,
    left_out,
    limits,
    named,
    narrow,
    spread,
    sure,
    title,
    unit,
    unscaled,
    within,
)
from reports.layout import Figure, source
from reports.manifest import Manifest

RATIOS = (0.001, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 1000)
SHARES = (0.1, 1, 5, 10, 25, 50, 75, 90, 95, 99, 99.9)
MOST_TICKS = 7
REACH = 1.5  # of the span of what must be seen: how much farther the axis goes for the sites' intervals


def forests(figure_id: str, result: Mapping, two_stage: Mapping, manifest: Manifest) -> list[Figure]:
    """A forest of each effect that has one: `two_stage` as outcomes.pooling.beside_sites answers it."""
    found = (forest(f"{figure_id}-{place}", result, effect, manifest)
             for place, effect in enumerate(two_stage.get("effects", ()), start=1))  # fmt: skip
    return [figure for figure in found if figure]


def forest(figure_id: str, result: Mapping, effect: Mapping, manifest: Manifest) -> Figure | None:
    """The figure of one effect; None where fewer than two sites have it."""
    if wording.not_estimable(effect):
        return None
    strips = tuple(strips_of(effect))
    words = title(result, effect, manifest)
    chart = Forest(
        strips=strips,
        axis=axis_of(effect, strips),
        null=effect["null"],
        told=f"{wording.heading(called(effect))} ({CI})",
    )
    caption = (
        "Squares: each site's estimate with its 95 % interval, as large as its weight under random effects (REML). "
        f"Diamonds: all sites as one.{told_of_prediction(strips)}{arrows(chart)} {spread(effect)}."
        f"{narrow(effect)}{left_out(effect)}"
    )
    alt = "; ".join(f"{strip.label} {strip.words}{f', n = {strip.n}' if strip.n else ''}"
                    f"{f', weight {strip.weight}' if strip.weight else ''}" for strip in strips)  # fmt: skip
    spoken = f"{words}. {alt}. {spread(effect)}."
    return Figure(id=figure_id, title=words, caption=caption, alt=spoken, chart=chart, sources=(source(result),))


def told_of_prediction(strips: Sequence[Strip]) -> str:
    seen = any(strip.kind == "next" for strip in strips)
    return " The bar below them: where the true effect of a further site would lie." if seen else ""


def arrows(chart: Forest) -> str:
    beyond = any(chart.ends(strip) != (strip.low, strip.high) for strip in chart.strips)
    return " An arrow: the interval goes on beyond the axis." if beyond else ""


def strips_of(effect: Mapping) -> Iterator[Strip]:
    """Every line of the figure, on the scale of the estimates; the words have what is shown."""
    main, n = effect["summaries"][MAIN], str(effect["n"])
    for site, share in zip(effect["sites"], main["weights"], strict=True):
        weight = wording.percent_of(share, 1)
        yield strip("site", named(site["site"]), site["effect"], effect, n=str(site["n"]), share=share, weight=weight)
    yield strip("all", MODELS["common_effect"], effect["summaries"]["common_effect"]["normal"], effect, n=n)
    interval, by = sure(main)
    yield strip("all", f"{MODELS[MAIN]}{f', {by.strip()}' if by else ''}", interval, effect, n=n)
    if not wording.not_estimable(main["prediction"]):
        ahead = main["prediction"]
        yield Strip("next", "A further site", "", None, *ends(ahead, effect), limits(ahead, effect))


def strip(
    kind: str, label: str, found: Mapping, effect: Mapping, *, n: str, share: float | None = None, weight: str = ""
) -> Strip:
    return Strip(kind, label, n, share, *ends(found, effect), ci(found, effect), weight)


def ends(found: Mapping, effect: Mapping) -> tuple[float, float, float]:
    return found["estimate"], within(found["low"], effect), within(found["high"], effect)


def axis_of(effect: Mapping, strips: Sequence[Strip]) -> Axis:
    """Wide enough for every estimate, the common effect and no effect, and for the other ends within reason."""
    must = [strip.middle for strip in strips] + ([] if effect["null"] is None else [effect["null"]])
    common = next(strip for strip in strips if strip.kind == "all")
    must += [common.low, common.high]
    widths = sorted(strip.high - strip.low for strip in strips if strip.kind == "site")
    room = REACH * max(max(must) - min(must), widths[len(widths) // 2])
    low = max(min(strip.low for strip in strips), min(must) - room)
    high = min(max(strip.high for strip in strips), max(must) + room)
    low, high = min(low, *must), max(high, *must)
    margin = 0.03 * ((high - low) or 1.0)
    places, texts = ticks(effect, low, high)
    words = f"{wording.heading(called(effect))}{unit(effect) and f',{unit(effect)}'}"
    return Axis(words=words, low=low - margin, high=high + margin, ticks=places, texts=texts)


def ticks(effect: Mapping, low: float, high: float) -> tuple[tuple[float, ...], tuple[str, ...]]:
    """Where the axis is marked, on the scale of the estimates, and what is written there."""
    if effect["scale"] == "identity":
        factor = unscaled(1.0, effect)
        shown = round_ticks(factor * low, factor * high)
        return tuple(each / factor for each in shown), tuple(wording.short(each, 6) for each in shown)
    known = RATIOS if effect["scale"] == "log" else SHARES
    at = {each: log(each) if effect["scale"] == "log" else log(each / (100 - each)) for each in known}
    inside = [each for each in known if low <= at[each] <= high]
    if len(inside) < 2:  # between two of them: round numbers of what is shown
        inside = [each for each in round_ticks(unscaled(low, effect), unscaled(high, effect)) if each > 0]
        at = {each: log(each) if effect["scale"] == "log" else log(each / (100 - each)) for each in inside}
    inside = inside[:: 1 + (len(inside) - 1) // MOST_TICKS]
    return tuple(at[each] for each in inside), tuple(wording.short(each, 3) for each in inside)
