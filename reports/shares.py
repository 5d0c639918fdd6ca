"""Shares of patients -> tables: yes/no outcomes, responders, direction of change; each with its exact interval."""

from collections.abc import Callable, Mapping, Sequence

from reports import phrases, wording
from reports.evidence import (
    EXACT_CI,
    SHARE_NOTE,
    WILSON_CI,
    columns,
    left_out,
    levels_of,
    notes,
    percents,
    share,
    share_cells,
)  # fmt: skip
from reports.layout import Cell, Column, Group, Row, Table, row, source, traced
from reports.manifest import Manifest
from reports.tables import refused

DENOMINATORS = "Denominators: patients' procedures with the values that the question needs."


def groups_of(
    result: Mapping, label: str, cells: Callable[[str, Mapping], Row], width: int, manifest: Manifest
) -> Group:
    """All, and each level, under the question's own words; a refusal is a row of its own."""
    payload = result["payload"]
    found = [
        *traced(
            result,
            *(cells(head, cell) for head, cell in levels_of(payload, result["entry"].get("by"), manifest).items()),
        )
    ]
    if not found:
        found = [refused("All", wording.not_estimable(payload) or "nothing was counted", width)]
    return Group(label, tuple(found))


def proportions(results: Sequence[Mapping], manifest: Manifest) -> Table:
    """outcome: all, each level | x/n (%) | exact interval | Wilson's."""
    name = manifest.instrument(results[0]["entry"]["col"]["instrument"]).name
    return Table(
        title=f"{name} as a yes/no outcome: shares",
        columns=columns("Outcome", "Yes", EXACT_CI, WILSON_CI),
        groups=tuple(groups_of(each, outcome_label(each, manifest), share_row, 3, manifest) for each in results),
        notes=notes(DENOMINATORS, SHARE_NOTE, left_out(results, manifest)),
        sources=tuple(map(source, results)),
    )


def outcome_label(result: Mapping, manifest: Manifest) -> str:
    entry = result["entry"]
    words = wording.heading(phrases.condition(entry["col"], manifest))
    only = manifest.subset(entry.get("subset"))
    return f"{words} ({only})" if only else words


def share_row(head: str, cell: Mapping) -> Row:
    x, exact, score = share_cells(cell)
    return row(head, Cell(x, wording.not_estimable(cell) or ""), exact, score)


def responders(results: Sequence[Mapping], manifest: Manifest) -> Table:
    """rule: all, each level | responders | exact interval | Wilson's | missing | worst case | best case."""
    name = manifest.instrument(results[0]["entry"]["instrument"]).name
    return Table(
        title=f"{name}: who got better by enough",
        columns=(
            *columns("Responders are those who", "Responders", EXACT_CI, WILSON_CI, "Missing"),
            Column("No", over="All missing counted as"),
            Column("Yes", over="All missing counted as"),
        ),
        groups=tuple(groups_of(each, response_label(each, manifest), responder_row, 6, manifest) for each in results),
        notes=notes(
            "Share of those with both values. Missing: without one of the two values, the dead among them.",
            "Counted as yes: all but the dead, who stay no.",
            SHARE_NOTE,
            left_out(results, manifest),
        ),
        sources=tuple(map(source, results)),
    )


def response_label(result: Mapping, manifest: Manifest) -> str:
    entry = result["entry"]
    way = {"lower": "fell", "higher": "rose"}.get(entry.get("better", ""), "improved")
    if entry.get("relative_improvement_ge") is not None:
        enough = f"{wording.short(entry['relative_improvement_ge'] * 100, 1)} % of the first value"
    else:
        unit = manifest.instrument(entry["instrument"]).unit
        enough = f"{wording.short(entry.get('improvement_ge'), 6)}{f' {unit}' if unit else ''}"
    only = manifest.subset(entry.get("subset"))
    words = f"{wording.heading(way)} by {enough} or more, {phrases.span(entry, manifest)}"
    return f"{words} ({only})" if only else words


def responder_row(head: str, cell: Mapping) -> Row:
    dead = f"{cell['dead']} of them dead" if cell.get("dead") else ""
    missing = Cell(str(cell.get("missing", wording.ABSENT)), dead)
    cases = (either_way(cell.get(name)) for name in ("worst_case", "best_case"))
    x, exact, score = share_cells(cell)
    return row(head, Cell(x, wording.not_estimable(cell) or ""), exact, score, missing, *cases)


def either_way(case) -> Cell:
    """A share of everyone, the missing guessed one way, with its exact interval."""
    if not isinstance(case, Mapping):
        return Cell(wording.ABSENT)
    return Cell(share(case), percents(case.get("clopper_pearson")) if "clopper_pearson" in case else "")


DIRECTIONS = {"decreased": "Decreased", "stable": "Stable", "increased": "Increased", "never": "Never (0, then 0)"}


def directions(results: Sequence[Mapping], manifest: Manifest) -> Table:
    """from, to: all, each level | n | decreased | stable | increased | never, each with its exact interval."""
    name = manifest.instrument(results[0]["entry"]["instrument"]).name
    return Table(
        title=f"{name}: decreased, stable or increased",
        columns=columns("From, to", "n", *DIRECTIONS.values()),
        groups=tuple(groups_of(each, direction_label(each, manifest), direction_row, 5, manifest) for each in results),
        notes=notes(
            *map(rule_of, results[:1]), "Below each share: its exact 95 % interval.", left_out(results, manifest)
        ),
        sources=tuple(map(source, results)),
    )


def rule_of(result: Mapping) -> str:
    """What counts as a change."""
    relative = result["entry"].get("relative")
    if relative is None:
        return "Any difference between the two values is a change."
    limit = wording.short(relative * 100, 1)
    return (
        f"A change is one of {limit} % of the first value or more; from 0 to 0 is never, from 0 to more is increased."
    )


def direction_label(result: Mapping, manifest: Manifest) -> str:
    entry = result["entry"]
    only = manifest.subset(entry.get("subset"))
    words = phrases.span(entry, manifest)
    return f"{words} ({only})" if only else words


def direction_row(head: str, cell: Mapping) -> Row:
    return row(head, str(cell.get("n", wording.ABSENT)), *(direction_cell(cell, name) for name in DIRECTIONS))


def direction_cell(cell: Mapping, name: str) -> Cell:
    """A direction's count and share, from either form: a share of its own, or a count beside `shares`."""
    found = cell.get(name)
    shown = found if isinstance(found, Mapping) else (cell.get("shares") or {}).get(name, {})
    if isinstance(found, Mapping):
        return Cell(share(found), percents(found.get("clopper_pearson")))
    if not isinstance(found, int):
        return Cell(wording.ABSENT)
    return Cell(wording.part(found, cell.get("n", 0)), percents(shown.get("clopper_pearson")) if shown else "")
