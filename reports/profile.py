"""Who the patients were: Table 1, a column for all and one for each group, from descriptions and shares."""

from collections.abc import Mapping, Sequence

from outcomes import presets
from outcomes.columns import ordered_levels
from reports import comparisons, wording
from reports.evidence import percents
from reports.layout import Cell, Column, Group, Note, Row, Table, row, source
from reports.manifest import Manifest

KINDS = ("describe_patient_var", "share_patient_var")


def profiles(results: Sequence[Mapping], manifest: Manifest, preset: str) -> list[Table]:
    """One table for the descriptions by the same groups in the same subset."""
    alike: dict[tuple, list[Mapping]] = {}
    for result in results:
        entry = result["entry"]
        alike.setdefault((entry.get("by") or "", wording.subset(entry.get("subset"))), []).append(result)
    return [profile(by, only, mine, manifest, preset) for (by, only), mine in alike.items()]


def profile(by: str, only: str, results: Sequence[Mapping], manifest: Manifest, preset: str) -> Table:
    """variable, its levels | all | each group: n/N (%) with its exact interval, or median (Q1 to Q3)."""
    levels = ordered_levels(level for result in results for level in result["payload"].get("groups") or [])
    title = f"Characteristics by {wording.plain(by)}" if by else "Characteristics"
    return Table(
        title=f"{title} ({only})" if only else title,
        columns=(
            Column("Characteristic", numeric=False),
            Column("All"),
            *(Column(wording.heading(level)) for level in levels),
        ),
        groups=tuple(Group("", variable(result, levels, preset)) for result in results),
        notes=(
            Note("Values are n/N (%), N being those whose value is known, or median (Q1 to Q3) and mean ± SD."),
            Note(
                f"Below a share: its exact 95 % interval. Quartiles: {presets.quartile_rule(preset)}. "
                "Missing: how many have no value."
            ),
        ),
        sources=tuple(map(source, results)),
    )


def variable(result: Mapping, levels: Sequence[str], preset: str) -> tuple[Row, ...]:
    """The rows of one variable: a single one for a number or a yes/no, else a heading and its levels."""
    payload, name = result["payload"], wording.heading(result["entry"]["var"])
    by = payload.get("by") or {}
    cells = [payload.get("all") or {}, *(by.get(level) or {} for level in levels)]
    if reason := wording.not_estimable(payload):
        return (row(name, Cell(wording.ABSENT, reason), *[wording.ABSENT] * len(levels)),)
    if result["type"] == "describe_patient_var":
        return (row(name, *(described(cell, preset) for cell in cells)),)
    values = payload.get("levels") or []
    if set(values) == comparisons.NO_AND_YES:
        return (row(name, *(level_cell(cell, "1") for cell in cells)),)
    missing = [missing_words(cell) for cell in cells]
    members = (row(wording.heading(value), *(level_cell(cell, value) for cell in cells), indented=True)
               for value in values)  # fmt: skip
    return (row(name, *missing), *members)


def described(cell: Mapping, preset: str) -> Cell:
    """'67 (59 to 73)', and below it mean ± SD and who is missing."""
    if not cell.get("n"):
        return Cell(wording.ABSENT, missing_words(cell))
    shown = wording.median_iqr(cell["median"], *presets.quartiles(cell, preset))
    mean = f"mean {wording.mean_sd(cell.get('mean'), cell.get('sd'))}"
    return Cell(shown, "; ".join(filter(None, [mean, missing_words(cell)])))


def level_cell(cell: Mapping, level: str) -> Cell:
    """A level's share with its exact interval; those without a value stand with a yes/no variable."""
    found = (cell.get("levels") or {}).get(level)
    if not found:
        return Cell(wording.ABSENT)
    exact = percents(found["clopper_pearson"]) if "clopper_pearson" in found else ""
    beside = missing_words(cell) if set(cell["levels"]) == comparisons.NO_AND_YES else ""
    return Cell(wording.share(found["x"], found["n"]), "; ".join(filter(None, [exact, beside])))


def missing_words(cell: Mapping) -> str:
    return f"{cell['missing']} missing" if cell.get("missing") else ""
