"""Two groups at single timepoints -> a table: each group's median, the shift between them, and the test."""

from collections.abc import Mapping, Sequence

from outcomes import presets
from reports import wording
from reports.figures import by_arm
from reports.layout import Cell, Column, Note, Row, Source, Table, cell_from, row, rows, source, traced
from reports.manifest import Instrument, Manifest
from reports.tables import in_time, tests_named, with_subset


def arms(results: Sequence[Mapping], described_by: Mapping | None, manifest: Manifest, preset: str) -> Table:
    """timepoint | n, median (Q1 to Q3) of each arm | HL difference | Cliff's delta | p, from Mann-Whitney results."""
    entry = results[0]["entry"]
    instrument = manifest.instrument(entry["instrument"])
    levels = group_levels(results)
    groups = by_arm(described_by["payload"], manifest) if described_by else {}
    about_arm = ("n", "Median (Q1 to Q3)") if groups else ("n",)
    return Table(
        title=f"{instrument.name} by {manifest.variable(entry['by'])}{with_subset(entry, manifest)}",
        columns=(
            Column("Timepoint", numeric=False),
            *(
                Column(label, over=manifest.level_heading(entry["by"], level))
                for level in levels
                for label in about_arm
            ),
            Column(f"HL difference {wording.CI_95}"),
            Column(f"Cliff's delta {wording.CI_95}"),
            Column("p"),
        ),
        groups=rows(
            *(
                each
                for result in in_time(results, manifest)
                for each in traced(result, arm_row(result, levels, groups, instrument, manifest, preset, described_by))
            )
        ),
        notes=tuple(map(Note, notes_of(results, levels, manifest, preset))),
        sources=sources_of(results, described_by),
    )


def notes_of(results: Sequence[Mapping], levels: list[str], manifest: Manifest, preset: str) -> tuple[str, ...]:
    """Which way round the differences are, what they are, and the tests."""
    by = results[0]["entry"]["by"]
    known = [manifest.level(by, level) for level in levels]
    first, second = known if len(known) == 2 else ("the first arm", "the second")
    return (
        f"Difference and delta: {first} minus {second}; above 0, {first} tends to have the higher values.",
        "HL, Hodges-Lehmann shift: the median of all differences between an arm's and the other's values.",
        f"Cliff's delta runs from {wording.MINUS}1 to 1 with 0 for no difference.",
        f"p: {tests_named(results, presets.mann_whitney, preset)}; unadjusted.",
    )


def group_levels(results: Sequence[Mapping]) -> list[str]:
    """The two groups compared, from the first result that could tell."""
    known = (result["payload"]["groups"] for result in results if "groups" in result["payload"])
    return next(known, ["first", "second"])


def sources_of(results: Sequence[Mapping], described_by: Mapping | None) -> tuple[Source, ...]:
    return tuple(source(result) for result in ([described_by] if described_by else []) + [*results])


def arm_row(
    result: Mapping,
    levels: list[str],
    groups: Mapping,
    instrument: Instrument,
    manifest: Manifest,
    preset: str,
    described_by: Mapping | None,
) -> Row:
    """One timepoint of the arms table; what describes an arm leads to the description's own result."""
    payload, code, places = result["payload"], result["entry"]["timepoint"], instrument.places
    cells: list[str | Cell] = []
    for level in levels:
        group = groups.get(level, {}).get(code)
        if not groups:
            cells.append(str(payload.get("n", {}).get(level, wording.ABSENT)))
        else:
            texts = arm_cells(group, places, preset) if group else [wording.ABSENT] * 2
            cells += [cell_from(source(described_by), Cell(text)) for text in texts]
    if reason := wording.not_estimable(payload):
        return row(manifest.timepoint(code), *cells, wording.ABSENT, wording.ABSENT, Cell(wording.ABSENT, reason))
    return row(
        manifest.timepoint(code),
        *cells,
        wording.interval(payload.get("hodges_lehmann"), places, wording.short),
        wording.interval(payload.get("cliffs_delta"), 2),
        wording.p_number(presets.mann_whitney(payload, preset).p),
    )


def arm_cells(group: Mapping, places: int, preset: str) -> list[str]:
    """An arm's n and median (Q1 to Q3)."""
    return [str(group["n"]), wording.median_iqr(group["median"], *presets.quartiles(group, preset), places)]
