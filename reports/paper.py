"""A plan's own tables and figures: the numbers of the results under the paper's titles and in the paper's words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from outcomes import presets
from reports import figures, questions, wording
from reports.evidence import effect
from reports.layout import Cell, Column, Figure, Group, Note, Row, Section, Table, row, source
from reports.manifest import Manifest

IN_THIS_COHORT = "Labels and their order are the paper's; every number is of this cohort, from the results named below."
ALL, VALUE = "All", "Value"
Values = dict[str, Cell]


def sections_of(plan: Mapping, results: Sequence[Mapping], manifest: Manifest, preset: str) -> Iterator[Section]:
    """One section for each table and figure that the plan names; none where it names none."""
    known = {result["analysis_id"]: result for result in results}
    for place, about in enumerate([*plan.get("tables", []), *plan.get("figures", [])], start=1):
        if not isinstance(about, Mapping) or not isinstance(about.get("rows"), list):
            continue
        table = printed(f"p{place}", about, known, manifest, preset)
        drawn = drawing(f"p{place}", about, known, manifest, preset) if about in plan.get("figures", []) else None
        title = ". ".join(filter(None, [str(about.get("number", "")), str(about.get("title", ""))]))
        yield Section(id=f"paper-{place}", title=title, figures=(drawn,) if drawn else (), tables=(table,))


def printed(number: str, about: Mapping, known: Mapping, manifest: Manifest, preset: str) -> Table:
    """label | a column a group | p, a row for each row of the paper's table."""
    lines = [line for line in about["rows"] if isinstance(line, Mapping)]
    values = [values_of(line, known, manifest, preset) for line in lines]
    heads = sorted(dict.fromkeys(head for each in values for head in each), key=lambda head: head != ALL)
    tested = any(line.get("test") for line in lines)
    used = dict.fromkeys(line.get(name) for line in lines for name in ("analysis", "test"))
    return Table(
        title=str(about.get("title", "")),
        columns=(
            Column("", numeric=False),
            *map(Column, heads or [VALUE]),
            *([Column("p")] if tested else []),
        ),
        groups=(
            Group("", tuple(line_row(line, each, heads or [VALUE], tested, known, manifest, preset)
                            for line, each in zip(lines, values, strict=True))),
        ),
        notes=(Note(IN_THIS_COHORT), *map(Note, tests_named(lines, known, manifest, preset)),
               Note(f"Quartiles: {presets.quartile_rule(preset)}.")),
        sources=tuple(source(known[each]) for each in used if each in known),
        number=number,
        label=f"{about.get('number', 'Table')} of the paper",
    )  # fmt: skip


def line_row(line: Mapping, values: Values, heads: Sequence[str], tested: bool, known: Mapping, manifest: Manifest,
             preset: str) -> Row:  # fmt: skip
    cells = [values.get(head, Cell("")) for head in heads]
    return row(str(line.get("label", "")), *cells, *([p_of(line, known, manifest, preset)] if tested else []))


def p_of(line: Mapping, known: Mapping, manifest: Manifest, preset: str) -> Cell:
    """The first p-value of the row's test, as the preset quotes it, and which test it is of."""
    result = known.get(line.get("test"))
    if result is None:
        return Cell(wording.ABSENT if line.get("test") else "", "not in this cohort" if line.get("test") else "")
    found = questions.asked(result, manifest, preset)
    if not found:
        return Cell(wording.ABSENT, wording.not_estimable(result["payload"]) or "")
    return Cell(found[0].p_words)


def tests_named(lines: Sequence[Mapping], known: Mapping, manifest: Manifest, preset: str) -> list[str]:
    """Which tests the p-values of a table are of."""
    results = [known[line["test"]] for line in lines if line.get("test") in known]
    asked = (questions.asked(result, manifest, preset) for result in results)
    tests = dict.fromkeys(found[0].test for found in asked if found)
    return [f"p: {'; '.join(tests)}; unadjusted."] if tests else []


def values_of(line: Mapping, known: Mapping, manifest: Manifest, preset: str) -> Values:
    """{column: what stands in it} of one row."""
    result = known.get(line.get("analysis"))
    if result is None:
        return {}
    payload = result["payload"]
    path = str(line.get("path") or "")
    found = dig(payload, path) if path else None
    groups = payload.get("groups") or []
    if isinstance(found, Mapping) and groups and set(groups) <= set(found):
        return {wording.heading(group): cell_of(found[group], preset) for group in groups}
    if found is not None:
        return {(ALL if path.split(".")[0] == "all" else VALUE): cell_of(found, preset)}
    return whole_of(payload, path, groups, manifest, preset)


def whole_of(payload: Mapping, path: str, groups: Sequence[str], manifest: Manifest, preset: str) -> Values:
    """A result without a path of its own: all and each group, each timepoint, or its effect."""
    by = payload.get("by") or payload.get("describe")
    if isinstance(by, Mapping) or isinstance(payload.get("all"), Mapping):
        cells = {ALL: payload.get("all")} | {wording.heading(group): (by or {}).get(group) for group in groups}
        if not groups and not path and isinstance((payload.get("all") or {}).get("levels"), Mapping):
            return {wording.heading(name): cell_of(each, preset) for name, each in payload["all"]["levels"].items()}
        found = {head: dig(cell, path) if path else cell for head, cell in cells.items() if cell}
        return {head: cell_of(part, preset) for head, part in found.items() if part is not None}
    if codes := payload.get("timepoints"):
        described = {code: payload[code] for code in codes if isinstance(payload.get(code), Mapping)}
        if described:
            return {manifest.timepoint(code): cell_of(cell, preset) for code, cell in described.items()}
    return {VALUE: Cell(effect(payload) or wording.not_estimable(payload) or wording.ABSENT)}


def dig(value, path: str):
    """The part of a JSON value under a dotted path; a level that nobody has is 0 of all; None where there is none."""
    steps, within = path.split("."), None
    for place, name in enumerate(steps):
        if not isinstance(value, Mapping):
            return None
        if name not in value:
            nobody = place and steps[place - 1] == "levels" and isinstance(within, Mapping) and "n" in within
            return {"x": 0, "n": within["n"]} if nobody else None
        within, value = value, value[name]
    return value


def cell_of(found, preset: str) -> Cell:
    """A description, a share, an estimate, counts by level, or a lone number."""
    if not isinstance(found, Mapping):
        return Cell(wording.short(found, 4) if isinstance(found, int | float) else str(found))
    if reason := wording.not_estimable(found):
        return Cell(wording.ABSENT, reason)
    if "median" in found:
        mean = f"mean {wording.mean_sd(found.get('mean'), found.get('sd'))}, n = {found.get('n', 0)}"
        return Cell(wording.median_iqr(found["median"], *presets.quartiles(found, preset)), mean)
    if "x" in found:
        return Cell(wording.share(found["x"], found["n"]))
    if "estimate" in found:
        return Cell(wording.interval(found, 2))
    if isinstance(found.get("levels"), Mapping):
        return cell_of(found["levels"], preset)
    parts = [f"{wording.heading(name)} {cell_of(inner, preset).text}" for name, inner in found.items()
             if isinstance(inner, int | float | Mapping)]  # fmt: skip
    return Cell("; ".join(parts) or wording.ABSENT)


def drawing(number: str, about: Mapping, known: Mapping, manifest: Manifest, preset: str) -> Figure | None:
    """The paper's figure, where its rows read one description over time."""
    read = dict.fromkeys(line.get("analysis") for line in about["rows"] if isinstance(line, Mapping))
    described = [known[name] for name in read if name in known and known[name]["type"] == "describe_by_timepoint"]
    if not described:
        return None
    figure = figures.over_time(f"figure-{number}", described[0], manifest, preset, (source(described[0]),))
    label = f"{about.get('number', 'Figure')} of the paper"
    return figure and replace(figure, number=number, label=label, title=str(about.get("title", figure.title)))
