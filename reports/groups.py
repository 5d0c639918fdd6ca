"""Groups compared -> tables: any number of groups at one timepoint, and two groups' changes."""

from collections.abc import Mapping, Sequence

from outcomes import presets
from reports import phrases, questions, wording
from reports.arms import group_levels
from reports.evidence import columns, left_out, notes, without_values
from reports.layout import Cell, Column, Row, Table, row, rows, source, traced
from reports.manifest import Manifest
from reports.tables import DUNN_NOTE, overall, tests_named, with_subset


def several(result: Mapping, manifest: Manifest) -> Table:
    """Dunn's pairs of groups, under the Kruskal-Wallis test of all."""
    payload = result["payload"]
    by = result["entry"].get("by")
    pairs = [pair_row(pair, payload, by, manifest) for pair in payload.get("dunn") or []]
    reason = wording.not_estimable(payload) or "no pairs"
    sizes = "; ".join(f"{manifest.level(by, level)} {n}" for level, n in (payload.get("n") or {}).items())
    return Table(
        title=phrases.question(result["entry"], manifest),
        columns=columns("Groups", "n", "z", f"Cliff's delta {wording.CI_95}", "p", "p, Holm"),
        groups=rows(*(pairs or [row("All groups", *[wording.ABSENT] * 4, Cell(wording.ABSENT, reason))])),
        notes=notes(
            overall(payload),
            f"n: {sizes}." if sizes else "",
            DUNN_NOTE.replace("the first timepoint", "the first group"),
            questions.left_out(payload, manifest),
        ),
        sources=(source(result),),
    )


def pair_row(pair: Mapping, payload: Mapping, by: str | None, manifest: Manifest) -> Row:
    n = [pair.get(f"n_{side}", payload.get("n", {}).get(pair[side], wording.ABSENT)) for side in "ab"]
    return row(
        f"{manifest.level_heading(by, pair['a'])}, {manifest.level(by, pair['b'])}",
        f"{n[0]}, {n[1]}",
        wording.fixed(pair.get("z"), 2),
        wording.interval(pair.get("effect"), 2),
        wording.p_number(pair.get("p")),
        wording.p_number(pair.get("p_holm")),
    )


def changes(results: Sequence[Mapping], manifest: Manifest, preset: str) -> Table:
    """from, to | n of each group | HL difference of the changes | Cliff's delta | p."""
    entry = results[0]["entry"]
    instrument = manifest.instrument(entry["instrument"])
    levels = group_levels(results)
    first, second = (
        (manifest.level(entry["by"], level) for level in levels)
        if len(levels) == 2
        else ("the first group", "the other")
    )
    return Table(
        title=f"{instrument.name}: change by {manifest.variable(entry['by'])}",
        columns=(
            Column("From, to", numeric=False),
            *(Column(manifest.level_heading(entry["by"], level), over="n") for level in levels),
            *(Column(f"{words} {wording.CI_95}") for words in ("HL difference", "Cliff's delta")),
            Column("p"),
        ),
        groups=rows(
            *(
                member
                for each in results
                for member in traced(each, change_row(each, levels, instrument.places, manifest, preset))
            )
        ),
        notes=notes(
            f"Change: later minus earlier value. Difference and delta: {first} minus {second}.",
            f"p: {tests_named(results, presets.mann_whitney, preset)}; unadjusted.",
            left_out(results, manifest),
        ),
        sources=tuple(map(source, results)),
    )


def change_row(result: Mapping, levels: Sequence[str], places: int, manifest: Manifest, preset: str) -> Row:
    entry, payload = result["entry"], result["payload"]
    sizes = [str(payload.get("n", {}).get(level, wording.ABSENT)) for level in levels]
    head = phrases.span(entry, manifest) + with_subset(entry, manifest)
    if reason := wording.not_estimable(payload):
        return row(head, *sizes, wording.ABSENT, wording.ABSENT, Cell(wording.ABSENT, reason))
    return row(
        head,
        *sizes,
        wording.interval(payload.get("hodges_lehmann"), places, wording.short),
        wording.interval(payload.get("cliffs_delta"), 2),
        Cell(wording.p_number(presets.mann_whitney(payload, preset).p), without_values(payload)),
    )
