"""Who the patients were and what was done: Tables 1 and 2, a column for all and one for each group, with its p."""

from collections.abc import Iterator, Mapping, Sequence

from outcomes import presets
from outcomes.columns import ordered_levels
from outcomes.plans.characteristics import is_surgical
from reports import comparisons, wording
from reports.bands import number_of
from reports.evidence import percents
from reports.layout import Cell, Column, Group, Note, Row, Table, row, source, traced
from reports.manifest import Manifest

KINDS = ("describe_patient_var", "share_patient_var")
YES_NO = {"no", "yes"}
MOST_NUMBERS = 10  # more single numbers than these are not told one by one where their median is
Tests = Mapping[tuple[str, str], Mapping]  # (variable, by) -> the result that compares the groups in it


def profiles(results: Sequence[Mapping], manifest: Manifest, preset: str, tests: Tests | None = None) -> list[Table]:
    """One table for the descriptions by the same groups in the same subset: the patients first, then the operations."""
    alike: dict[tuple, list[Mapping]] = {}
    for result in results:
        entry = result["entry"]
        key = (is_surgical(entry["var"]), entry.get("by") or "", manifest.subset(entry.get("subset")))
        alike.setdefault(key, []).append(result)
    in_order = sorted(alike.items(), key=lambda item: item[0][0])
    return [profile(*key, told_once(mine), manifest, preset, tests or {}) for key, mine in in_order]


def told_once(results: Sequence[Mapping]) -> list[Mapping]:
    """Without the many single numbers of a variable, as of years of age, whose median stands in the same table."""
    described = {each["entry"]["var"] for each in results if each["type"] == "describe_patient_var"}
    return [each for each in results if each["entry"]["var"] not in described or not has_many_numbers(each)]


def has_many_numbers(result: Mapping) -> bool:
    levels = result["payload"].get("levels") or []
    is_share = result["type"] == "share_patient_var"
    return is_share and len(levels) > MOST_NUMBERS and all(number_of(level) is not None for level in levels)


def tests_of(results: Sequence[Mapping]) -> dict[tuple[str, str], Mapping]:
    """Which results compare groups in a patient's variable, by variable and group, whichever way round they ask."""
    found = {}
    for result in results:
        entry = result["entry"]
        if entry.get("subset"):
            continue
        if result["type"] == "mannwhitney_patient_var":
            found[entry["var"], entry["by"]] = result
        elif result["type"] == "crosstab_patient":
            found[entry["row"], entry["col"]] = found[entry["col"], entry["row"]] = result
    return found


def profile(
    surgical: bool, by: str, only: str, results: Sequence[Mapping], manifest: Manifest, preset: str, tests: Tests
) -> Table:
    """variable, its levels | all | each group: n/N (%) with its exact interval, or median (Q1 to Q3) | p."""
    levels = ordered_levels(level for result in results for level in result["payload"].get("groups") or [])
    compared = {var: test for (var, group), test in tests.items() if by and group == by and not only}
    mine = [compared[each["entry"]["var"]] for each in results if each["entry"]["var"] in compared]
    title = "Surgical details and complications" if surgical else "Baseline characteristics"
    title += f" by {manifest.variable(by)}" if by else ""
    heads = (f"All{size(None, results)}", *(manifest.level_heading(by, each) + size(each, results) for each in levels))
    return Table(
        title=f"{title} ({only})" if only else title,
        columns=(Column("Characteristic", numeric=False), *map(Column, heads), *([Column("p")] if mine else [])),
        groups=tuple(Group("", variable(result, levels, manifest, preset, compared, bool(mine))) for result in results),
        notes=tuple(map(Note, notes_of(mine, bool(levels) and not surgical, preset))),
        sources=tuple(map(source, [*results, *mine])),
    )


def size(level: str | None, results: Sequence[Mapping]) -> str:
    """', n = 14': everyone of the column, with or without a value."""
    cells = [(each["payload"].get("by") or {}).get(level) if level else each["payload"].get("all") for each in results]
    totals = [total for cell in cells if cell and (total := everyone(cell)) is not None]
    return f", n\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{max(totals)}" if totals else ""


def everyone(cell: Mapping) -> int | None:
    """How many a description is of: those with a value and those without."""
    known = cell["n"] if "n" in cell else next((part["n"] for part in (cell.get("levels") or {}).values()), None)
    return None if known is None else known + (cell.get("missing") or 0)


def notes_of(tests: Sequence[Mapping], is_untested_baseline: bool, preset: str) -> Iterator[str]:
    yield (
        "Values are n/N (%), N being those whose value is known, with the exact 95 % interval of the share below; or "
        f"median (Q1 to Q3), with mean ± SD below. Quartiles: {presets.quartile_rule(preset)}."
    )
    yield "Missing: without a recorded value."
    if tests:
        yield "A p is left out where all are alike, because there is nothing to compare."
        named = dict.fromkeys(comparisons.quoted_for(each, preset).test for each in tests
                              if not wording.not_estimable(each["payload"]))  # fmt: skip
        yield f"p: {'; '.join(named) or 'none was estimable'}; unadjusted."
    elif is_untested_baseline:
        yield "The groups are described and not tested: what was there before treatment is no effect of it."


def variable(
    result: Mapping, levels: Sequence[str], manifest: Manifest, preset: str, compared: Mapping, has_p: bool
) -> tuple[Row, ...]:
    """The rows of one variable, each cell leading to its result; the p of a comparison in the first of them."""
    var = result["entry"]["var"]
    first, *rest = traced(result, *described_rows(result, levels, manifest, preset))
    if not has_p:
        return (first, *rest)
    p = p_cell(compared[var], preset) if var in compared else Cell("")
    return (
        Row(first.head, (*first.cells, p), first.indented),
        *(Row(each.head, (*each.cells, Cell("")), each.indented) for each in rest),
    )


def p_cell(test: Mapping, preset: str) -> Cell:
    quoted = comparisons.quoted_for(test, preset)
    table = test["payload"].get("table")
    why = "all alike" if isinstance(table, Mapping) and len(table) < 2 else wording.not_estimable(test["payload"])
    return Cell(wording.p_number(quoted.p), why or "", source(test))


def described_rows(result: Mapping, levels: Sequence[str], manifest: Manifest, preset: str) -> tuple[Row, ...]:
    """A single row for a number or a yes/no, else a heading and its levels."""
    payload, var = result["payload"], result["entry"]["var"]
    name, by = manifest.variable_heading(var), payload.get("by") or {}
    cells = [payload.get("all") or {}, *(by.get(level) or {} for level in levels)]
    if reason := wording.not_estimable(payload):
        return (row(name, Cell(wording.ABSENT, reason), *[wording.ABSENT] * len(levels)),)
    if result["type"] == "describe_patient_var":
        return (row(name, *(described(cell, preset) for cell in cells)),)
    values = payload.get("levels") or []
    if yes := yes_of(values):
        return (row(name, *(yes_cell(cell, *yes) for cell in cells)),)
    missing = [missing_words(cell) for cell in cells]
    members = (row(manifest.level_heading(var, value), *(level_cell(cell, value) for cell in cells), indented=True)
               for value in values)  # fmt: skip
    return (row(name, *missing), *members)


def yes_of(values: Sequence[str]) -> tuple[str, str] | None:
    """(yes, no) of a variable that has no other level, as it is coded; None where it has others."""
    if set(values) == comparisons.NO_AND_YES:
        return "1", "0"
    return ("yes", "no") if values and set(values) <= YES_NO else None


def described(cell: Mapping, preset: str) -> Cell:
    """'67 (59 to 73)', and below it mean ± SD and who is missing."""
    if not cell.get("n"):
        return Cell(wording.ABSENT, missing_words(cell))
    shown = wording.median_iqr(cell["median"], *presets.quartiles(cell, preset))
    mean = f"mean {wording.mean_sd(cell.get('mean'), cell.get('sd'))}"
    return Cell(shown, "; ".join(filter(None, [mean, missing_words(cell)])))


def yes_cell(cell: Mapping, yes: str, no: str) -> Cell:
    """The share of yes; of nobody where all said no, with what that leaves possible."""
    levels = cell.get("levels") or {}
    if yes not in levels and no not in levels:
        return Cell(wording.ABSENT, missing_words(cell))
    found = levels.get(yes) or none_of(levels[no])
    exact = percents(found["clopper_pearson"]) if "clopper_pearson" in found else ""
    return Cell(wording.share(found["x"], found["n"]), "; ".join(filter(None, [exact, missing_words(cell)])))


def none_of(others: Mapping) -> dict:
    """0 of n where every one of them said no: the interval is what theirs leaves."""
    known = others.get("clopper_pearson") or {}
    turned = {"low": 1 - known["high"], "high": 1 - known["low"]} if {"low", "high"} <= set(known) else None
    return {"x": others["n"] - others["x"], "n": others["n"]} | ({"clopper_pearson": turned} if turned else {})


def level_cell(cell: Mapping, level: str) -> Cell:
    """A level's share with its exact interval."""
    found = (cell.get("levels") or {}).get(level)
    if not found:
        return Cell(wording.ABSENT)
    exact = percents(found["clopper_pearson"]) if "clopper_pearson" in found else ""
    return Cell(wording.share(found["x"], found["n"]), exact)


def missing_words(cell: Mapping) -> str:
    return f"{cell['missing']} missing" if cell.get("missing") else ""
