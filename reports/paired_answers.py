"""Yes/no answers given twice, and over ordered levels -> tables: McNemar's test, the trend of a share."""

from collections.abc import Mapping, Sequence

from outcomes import presets
from outcomes.columns import ordered_levels
from reports import phrases, questions, wording
from reports.evidence import columns, left_out, notes, tested, without_values
from reports.layout import Cell, Column, Row, Table, row, rows, source, traced
from reports.manifest import Manifest
from reports.tables import tests_named, with_subset

SIDES = {"yes_yes": "Yes, yes", "yes_no": "Yes, no", "no_yes": "No, yes", "no_no": "No, no"}


def mcnemar(results: Sequence[Mapping], manifest: Manifest, preset: str) -> Table:
    """question | pairs | the four ways to answer twice | paired risk difference (95 % CI) | p."""
    name = manifest.instrument(results[0]["entry"]["instrument"]).name
    return Table(
        title=f"{name}: the same yes/no question twice",
        columns=(
            *columns("Yes means", "Pairs"),
            *(Column(label, over="Before, after") for label in SIDES.values()),
            Column(f"Risk difference {wording.CI_95}"),
            Column("p"),
        ),
        groups=rows(*(member for each in results for member in traced(each, pair_row(each, manifest, preset)))),
        notes=notes(
            "Risk difference: share of yes after minus before, in percentage points (pp), Newcombe's paired interval.",
            f"p: {tests_named(results, presets.mcnemar, preset)}; not adjusted for the number of comparisons.",
            left_out(results, manifest),
        ),
        sources=tuple(map(source, results)),
    )


def pair_row(result: Mapping, manifest: Manifest, preset: str) -> Row:
    entry, payload = result["entry"], result["payload"]
    table = payload.get("table") or {}
    pairs = Cell(str(payload.get("n_pairs", wording.ABSENT)), without_values(payload))
    head = f"{wording.heading(phrases.cut(entry))}, {phrases.span(entry, manifest)}{with_subset(entry, manifest)}"
    counts = [str(table.get(name, wording.ABSENT)) for name in SIDES]
    if reason := wording.not_estimable(payload):
        return row(head, pairs, *counts, wording.ABSENT, Cell(wording.ABSENT, reason))
    found = payload.get("effect") or payload.get("risk_difference")
    p = presets.mcnemar(payload, preset).p
    return row(head, pairs, *counts, points(found), wording.p_number(p))


def points(difference: Mapping | None) -> str:
    """A difference of shares in percentage points: '17.4 (6.1 to 28.2) pp'."""
    if difference is None or wording.not_estimable(difference):
        return wording.interval(difference, 1)
    scaled = {name: difference[name] and 100 * difference[name] for name in ("estimate", "low", "high")}
    return f"{wording.interval(scaled, 1)} pp"


def trend(result: Mapping, manifest: Manifest) -> Table:
    """level | yes of n (%), and the test for a trend over the levels."""
    entry, payload = result["entry"], result["payload"]
    table = payload.get("table") or {}
    body = [level_row(manifest.level_heading(entry["row"], level), table[level]) for level in ordered_levels(table)]
    slope = payload.get("slope") or payload.get("effect")
    refusal = Cell(wording.ABSENT, wording.not_estimable(payload) or "nobody was counted")
    return Table(
        title=phrases.question(entry, manifest),
        columns=columns(
            manifest.variable_heading(entry["row"]), wording.heading(phrases.outcome_name(entry["col"], manifest))
        ),
        groups=rows(*(body or [row("All levels", refusal)])),
        notes=notes(
            tested(without_effect(payload), manifest, "Cochran-Armitage test for trend"),
            f"Change of the share per unit of {manifest.variable(entry['row'])}: {points(slope)}." if slope else "",
            questions.left_out(payload, manifest),
        ),
        sources=(source(result),),
    )


def level_row(head: str, cells: Mapping) -> Row:
    """One level's share; the table holds either {no, yes} counts or a share of its own."""
    if "x" in cells:
        return row(head, wording.share(cells["x"], cells["n"]))
    return row(head, wording.share(cells.get("1", 0), sum(cells.values())))


def without_effect(payload: Mapping) -> dict:
    return {name: value for name, value in payload.items() if name != "effect"}
