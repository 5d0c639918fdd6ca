"""From a baseline on -> tables and a figure: each later timepoint against it, and the same with deaths kept apart."""

from collections.abc import Mapping, Sequence

from reports import figures, phrases, questions, wording
from reports.charts.model import Axis, Line, Point, round_ticks
from reports.evidence import IN_POINTS, columns, notes, without_values
from reports.layout import Cell, Figure, Row, Table, row, rows, source
from reports.manifest import Instrument, Manifest
from reports.tables import friedman, refused

PLANNED = "p, Holm: adjusted over the {n} planned contrasts of this table. p is exact up to 25 changes that are not 0."
ATTAINABLE = "Smallest p: what the test gives where all who changed changed alike; above 0.05 it cannot show anything."


def contrasts(result: Mapping, manifest: Manifest) -> Table:
    """later timepoint | pairs | HL change (95 % CI) | rank-biserial | p | p, Holm | smallest attainable p."""
    payload, instrument = result["payload"], manifest.instrument(result["entry"]["instrument"])
    baseline = manifest.timepoint(payload.get("baseline", ""))
    found = payload.get("contrasts") or []
    body = [contrast_row(each, instrument, manifest) for each in found]
    family = payload.get("family", len(found))
    return Table(
        title=phrases.question(result["entry"] | {"baseline": payload.get("baseline")}, manifest),
        columns=columns(
            f"{baseline or 'Baseline'} to", "Pairs", f"HL change {wording.CI_95}", "Rank-biserial r", "p", "p, Holm",
            "Smallest p",
        ),
        groups=rows(*(body or [refused("All timepoints", wording.not_estimable(payload) or "", 6)])),
        notes=notes(
            "Change is the later value minus the baseline's, in patients with both values (Wilcoxon signed-rank test).",
            PLANNED.format(n=family),
            ATTAINABLE,
            friedman(payload),
            questions.left_out(payload, manifest),
        ),
        sources=(source(result),),
    )  # fmt: skip


def contrast_row(each: Mapping, instrument: Instrument, manifest: Manifest) -> Row:
    head = manifest.timepoint(each.get("timepoint", ""))
    pairs = Cell(str(each.get("n_pairs", wording.ABSENT)), without_values(each))
    if reason := wording.not_estimable(each):
        return row(head, pairs, *[wording.ABSENT] * 4, Cell(wording.ABSENT, reason))
    return row(
        head,
        pairs,
        wording.interval(each.get("hodges_lehmann") or each.get("effect"), instrument.places, wording.short),
        wording.fixed(each.get("rank_biserial"), 2),
        *(wording.p_number(each.get(name)) for name in ("p", "p_holm", "smallest_p")),
    )


def change_figure(figure_id: str, result: Mapping, manifest: Manifest) -> Figure | None:
    """The median change from the baseline at each later timepoint, with its interval; None where there is none."""
    payload, instrument = result["payload"], manifest.instrument(result["entry"]["instrument"])
    known = [
        each
        for each in payload.get("contrasts") or []
        if (each.get("hodges_lehmann") or {}).get("estimate") is not None
    ]
    if not known:
        return None
    points = tuple(change_point(column, each, instrument) for column, each in enumerate(known))
    arms = {"": {each["timepoint"]: {"n": each.get("n_pairs", 0)} for each in known}}
    chart = figures.course((Line("", points),), arms, manifest, change_axis(points, instrument))
    title = phrases.question(result["entry"] | {"baseline": payload.get("baseline")}, manifest)
    caption = "Points are Hodges-Lehmann changes within patients, bars their 95 % intervals; n is the number of pairs."
    alt = figures.spoken(chart.lines, chart.columns, "Hodges-Lehmann change (95 % interval)")
    drawn = Figure(id=figure_id, title=title, caption=caption, alt=f"{title}. {alt}", chart=chart)
    return figures.with_sources(drawn, result)


def change_axis(points: Sequence[Point], instrument: Instrument) -> Axis:
    """From the lowest end to the highest, 0 among them."""
    low, high = min(0.0, *(point.low for point in points)), max(0.0, *(point.high for point in points))
    margin = 0.06 * ((high - low) or 1.0)
    unit = f", {instrument.unit}" if instrument.unit else ""
    words = f"Change of {instrument.name}{unit}: below 0 is a fall"
    ticks = round_ticks(low, high)
    return Axis(words=words, low=low - margin, high=high + margin, ticks=ticks, has_zero_line=True)


def change_point(column: int, each: Mapping, instrument: Instrument) -> Point:
    found = each["hodges_lehmann"]
    words = wording.interval(found, instrument.places, wording.short)
    middle = float(found["estimate"])
    low, high = (middle if found.get(name) is None else float(found[name]) for name in ("low", "high"))
    return Point(column, each.get("n_pairs", 0), middle, low, high, words, wording.short(middle, instrument.places))


DEATHS = (
    "Died: recorded as deceased at the timepoint or before it. Missing: not known to be dead, and without a value.",
    "Observed: who has a value then. Always observed: who has one at every timepoint. Worst rank: a death ranks below "
    "the worst value, so that dying is no improvement.",
    "p: change from the baseline with deaths as the largest worsening (Wilcoxon signed-rank test); p, Holm: adjusted "
    "over the timepoints. Net better: share that got better minus share that got worse or died.",
)


def deaths_apart(result: Mapping, manifest: Manifest) -> Table:
    """timepoint | n | died | missing | median (Q1 to Q3) observed, always observed, worst rank | net better | p."""
    payload, instrument = result["payload"], manifest.instrument(result["entry"]["instrument"])
    at = payload.get("at") or {}
    always = payload.get("always_observed_n", wording.ABSENT)
    body = [deaths_row(code, at[code], instrument, manifest) for code in manifest.in_order(at)]
    refusal = wording.not_estimable(payload)
    return Table(
        title=phrases.question(result["entry"], manifest),
        columns=columns(
            "Timepoint", "n", "Died", "Missing", "Observed", f"Always observed (n\N{NO-BREAK SPACE}= {always})",
            "Worst rank", f"Net better {wording.CI_95}", "p", "p, Holm",
        ),
        groups=rows(*(body or [refused("All timepoints", refusal or "", 9)])),
        notes=notes("Median (Q1 to Q3).", *DEATHS, questions.left_out(payload, manifest)),
        sources=(source(result),),
    )  # fmt: skip


def deaths_row(code: str, cell: Mapping, instrument: Instrument, manifest: Manifest) -> Row:
    worst = cell.get("worst_rank") or {}
    refusal = wording.not_estimable(worst) or ""
    return row(
        manifest.timepoint(code),
        *(str(cell.get(name, wording.ABSENT)) for name in ("n", "dead", "missing")),
        *(spread(cell.get(name) or {}, instrument.places) for name in ("observed", "always_observed")),
        spread(worst, instrument.places),
        net(worst.get("effect"), instrument.places),
        wording.p_number(worst.get("p")),
        Cell(wording.p_number(worst.get("p_holm")), refusal),
    )


def spread(group: Mapping, places: int) -> str:
    """'7 (5 to dead)': a quartile may be a death."""
    if group.get("median") is None:
        return wording.ABSENT
    median, q1, q3 = (
        group.get(name) if isinstance(group.get(name), str) else wording.short(group.get(name), places)
        for name in ("median", "q1", "q3")
    )
    return f"{median} ({q1} to {q3})"


def net(found: Mapping | None, places: int) -> str:
    """The worst-rank test's effect: a share as a percentage, anything else in points."""
    if not found:
        return wording.ABSENT
    if found.get("name") not in IN_POINTS:
        return wording.interval(found, places, wording.short)
    scaled = {name: found[name] and 100 * found[name] for name in ("estimate", "low", "high")}
    return f"{wording.interval(scaled, 0)} %"
