"""Scores over time -> tables as a journal prints them: descriptions, missing values, changes, visits, arms."""

from collections.abc import Callable, Mapping, Sequence

from outcomes import presets
from reports import phrases, questions, wording
from reports.figures import by_arm
from reports.layout import Cell, Column, Group, Note, Row, Table, row, rows, source, traced
from reports.manifest import Instrument, Manifest

SCALE_NOTE = "n, patients' procedures with a value; Q1 and Q3, first and third quartile; SD, standard deviation."

DUNN_NOTE = (
    "z, delta above 0: the first timepoint is higher. p: Dunn's test, two-sided, unadjusted; p, Holm: adjusted over "
    "all pairs."
)
INDEPENDENCE_NOTE = (
    "Kruskal-Wallis and Dunn treat visits as independent groups; changes within patients have their own table."
)


def longitudinal(result: Mapping, manifest: Manifest, preset: str) -> Table:
    """timepoint | n | missing, by reason | median (Q1 to Q3) | mean ± SD | range; a group of rows for each arm."""
    entry, instrument = result["entry"], manifest.instrument(result["entry"]["instrument"])
    is_whole = not entry.get("subset") and not entry.get("by")
    groups = tuple(
        Group(
            manifest.level_heading(entry.get("by"), arm),
            tuple(described(code, group, instrument, manifest, preset, is_whole) for code, group in timepoints.items()),
        )
        for arm, timepoints in by_arm(result["payload"], manifest).items()
    )
    return Table(
        title=phrases.question(entry, manifest),
        columns=(
            Column("Timepoint", numeric=False),
            Column("n"),
            Column("Missing"),
            Column("Median (Q1 to Q3)"),
            Column("Mean ± SD"),
            Column("Range"),
        ),
        groups=groups,
        notes=(Note(f"{SCALE_NOTE} Quartiles: {presets.quartile_rule(preset)}."),),
        sources=(source(result),),
    )


def described(code: str, group: Mapping, instrument: Instrument, manifest: Manifest, preset: str, whole: bool) -> Row:
    """One timepoint. The reasons for missing stand in the manifest, for the cohort as a whole only."""
    q1, q3 = presets.quartiles(group, preset)
    places = instrument.places
    reasons = wording.missing_by_reason(manifest.missing(instrument.key, code)) if whole else ""
    return row(
        manifest.timepoint(code),
        str(group["n"]),
        Cell(str(group["missing"]), reasons),
        wording.median_iqr(group["median"], q1, q3, places),
        wording.mean_sd(group["mean"], group["sd"], places),
        wording.value_range(group["min"], group["max"], places),
    )


def missing(manifest: Manifest, instruments: Sequence[str]) -> Table | None:
    """instrument, timepoint | recorded | missing | one column a reason; None where nothing is missing."""
    counts = {key: manifest.missing_by_timepoint(key) for key in instruments}
    each = [reasons for timepoints in counts.values() for reasons in timepoints.values()]
    found = {reason for reasons in each for reason, n in reasons.items() if n}
    reasons = [reason for reason in wording.MISSING_REASONS if reason in found]
    reasons += sorted(found - set(reasons))
    if not reasons:
        return None
    groups = tuple(
        Group(
            manifest.instrument(key).name,
            tuple(absent(code, timepoints[code], reasons, manifest) for code in timepoints),
        )
        for key, timepoints in counts.items()
        if timepoints
    )
    return Table(
        title="Missing values by timepoint and reason",
        columns=(
            Column("Timepoint", numeric=False),
            Column("With a value"),
            Column("Missing"),
            *(Column(wording.heading(wording.missing_reason(reason)), over="Reason") for reason in reasons),
        ),
        groups=groups,
        notes=(Note(f"Denominator: {wording.counted(manifest.procedures, 'procedure')} in the frozen cohort."),),
    )


def absent(code: str, counts: Mapping[str, int], reasons: list[str], manifest: Manifest) -> Row:
    n, gone = manifest.procedures, sum(counts.values())
    by_reason = [str(counts[reason]) if counts.get(reason) else wording.ABSENT for reason in reasons]
    return row(manifest.timepoint(code), wording.share(n - gone, n), str(gone), *by_reason)


def paired(results: Sequence[Mapping], manifest: Manifest, preset: str) -> Table:
    """pre to post | pairs | improved, same, worse | median change | Hodges-Lehmann (95 % CI) | rank-biserial | p."""
    instrument = manifest.instrument(results[0]["entry"]["instrument"])
    better, worse = ("Decreased", "Increased")
    if not instrument.is_undirected and instrument.direction != "nominal":
        better, worse = "Improved", "Worsened"
    notes = (
        "Change is the later value minus the earlier one, in patients with both values.",
        "HL, Hodges-Lehmann estimate: the median of all averages of two changes; CI, confidence interval.",
        f"p: {tests_named(results, presets.signed_rank, preset)}; not adjusted for the number of comparisons.",
    )
    return Table(
        title=f"{instrument.name}: change within patients",
        columns=(
            Column("From, to", numeric=False),
            Column("Pairs"),
            *(Column(label) for label in (better, "Unchanged", worse)),
            Column("Median change"),
            Column(f"HL change {wording.CI_95}"),
            Column("Rank-biserial r"),
            Column("p"),
        ),
        groups=rows(
            *(each for result in results for each in traced(result, change(result, instrument, manifest, preset)))
        ),
        notes=tuple(map(Note, notes)),
        sources=tuple(map(source, results)),
    )


def change(result: Mapping, instrument: Instrument, manifest: Manifest, preset: str) -> Row:
    """One pair of visits."""
    entry, payload, places = result["entry"], result["payload"], instrument.places
    head = phrases.span(entry, manifest) + with_subset(entry, manifest)
    if reason := wording.not_estimable(payload):
        return refused(head, reason, 8)
    down, up = payload["n_decrease"], payload["n_increase"]
    first, last = (up, down) if instrument.direction == "higher_better" else (down, up)
    return row(
        head,
        Cell(str(payload["n_pairs"]), without_values(payload)),
        *(wording.part(n, payload["n_pairs"]) for n in (first, payload["n_zero"], last)),
        wording.short(payload["median_change"], places),
        wording.interval(payload.get("hodges_lehmann"), places, wording.short),
        wording.fixed(payload.get("rank_biserial"), 2),
        wording.p_number(presets.signed_rank(payload, preset).p),
    )


def tests_named(results: Sequence[Mapping], rule: Callable[[Mapping, str], presets.Quoted], preset: str) -> str:
    """The tests behind a column of p-values, each once."""
    estimable = (result["payload"] for result in results if not wording.not_estimable(result["payload"]))
    return "; ".join(dict.fromkeys(rule(payload, preset).test for payload in estimable)) or "none was estimable"


def in_time(results: Sequence[Mapping], manifest: Manifest) -> list[Mapping]:
    """Results of single timepoints in the schedule's order."""
    place = {code: index for index, code in enumerate(manifest.timepoints)}
    return sorted(results, key=lambda result: place.get(result["entry"]["timepoint"], len(place)))


def without_values(payload: Mapping) -> str:
    """'75 left out', who lack a value that the analysis needs; the result's page says which."""
    gone = sum(payload.get("left_out", {}).values())
    return f"{gone} left out" if gone else ""


def with_subset(entry: Mapping, manifest: Manifest) -> str:
    only = manifest.subset(entry.get("subset"))
    return f" ({only})" if only else ""


def refused(head: str, reason: str, columns: int) -> Row:
    """A row that says why there is no number."""
    return row(head, *[wording.ABSENT] * (columns - 1), Cell(wording.ABSENT, reason))


def visits(result: Mapping, manifest: Manifest, preset: str) -> Table:
    """Dunn's pairs of timepoints, under the Kruskal-Wallis test of all."""
    payload, instrument = result["payload"], manifest.instrument(result["entry"]["instrument"])
    one_sided = preset == "stata"
    labels = ("n", "z", f"Cliff's delta {wording.CI_95}", "p", "p, Holm", *(["p, one-sided"] if one_sided else []))
    pairs = [pair_row(pair, payload, manifest, one_sided) for pair in payload.get("dunn") or []]
    refusal = refused("All timepoints", wording.not_estimable(payload) or "no pairs", len(labels))
    notes = (overall(payload), friedman(payload), questions.left_out(payload, manifest), DUNN_NOTE, INDEPENDENCE_NOTE)
    return Table(
        title=f"{instrument.name}, pairs of timepoints{with_subset(result['entry'], manifest)}",
        columns=(Column("Timepoints", numeric=False), *map(Column, labels)),
        groups=rows(*(pairs or [refusal])),
        notes=tuple(Note(text) for text in notes if text),
        sources=(source(result),),
    )


def pair_row(pair: Mapping, payload: Mapping, manifest: Manifest, one_sided: bool) -> Row:
    n = [pair.get(f"n_{side}", payload["n"].get(pair[side])) for side in "ab"]
    ps = [pair["p"], pair["p_holm"], *([pair.get("p_one_sided")] if one_sided else [])]
    between = f"{manifest.timepoint(pair['a'])}, {manifest.timepoint(pair['b'])}"
    effect = wording.interval(pair.get("effect"), 2)
    return row(between, f"{n[0]}, {n[1]}", wording.fixed(pair["z"], 2), effect, *map(wording.p_number, ps))


def overall(payload: Mapping) -> str:
    """'Kruskal-Wallis H = 64.80, df = 2, p < 0.001; epsilon squared 0.06 (0.03 to 0.10).'"""
    if reason := wording.not_estimable(payload):
        return f"Kruskal-Wallis test: {reason}."
    words = (
        f"Kruskal-Wallis H = {wording.fixed(payload['H'], 2)}, df = {payload['df']}, {wording.p_value(payload['p'])}"
    )
    effect = payload.get("epsilon_squared")
    return f"{words}; epsilon squared {wording.interval(effect, 2)}." if effect else f"{words}."


def friedman(payload: Mapping) -> str:
    """The test of complete cases, where the result has one."""
    found = payload.get("friedman_complete_cases")
    if not found:
        return ""
    if reason := wording.not_estimable(found):
        return f"Friedman test of complete cases: {reason}."
    words = f"chi-squared = {wording.fixed(found['chi2'], 2)}, df = {found['df']}, {wording.p_value(found['p'])}"
    return f"Friedman test of the {found['n']} complete cases: {words}."
