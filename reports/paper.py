"""A plan's own tables and figures: the numbers of the results under the paper's titles and in the paper's words."""

from collections.abc import Iterator, Mapping, Sequence

from outcomes import presets
from reports import paper_figures, wording
from reports.bands import banded
from reports.evidence import effect, effect_name, effect_size
from reports.layout import Cell, Column, Figure, Group, Note, Row, Section, Table, row, source, traced
from reports.manifest import Manifest
from reports.paper_tests import p_column
from reports.survival_tables import arms_of, label_of

IN_THIS_COHORT = "Labels and their order are the plan's; every number is of this cohort, from the results named below."
ALL, VALUE, EFFECT = "All", "Value", "Effect (95\N{NO-BREAK SPACE}% CI)"
Values = dict[str, object]  # a column -> a cell, or what the payload holds there


def sections_of(plan: Mapping, results: Sequence[Mapping], manifest: Manifest, preset: str) -> Iterator[Section]:
    """One section for each table and figure that the plan names; none where it names none."""
    known = {result["analysis_id"]: result for result in results}
    for place, about in enumerate([*plan.get("tables", []), *plan.get("figures", [])], start=1):
        if not isinstance(about, Mapping) or not isinstance(about.get("rows"), list):
            continue
        table = printed(f"p{place}", about, known, manifest, preset)
        drawn = drawn_of(f"p{place}", about, known, manifest, preset) if about in plan.get("figures", []) else []
        title = ". ".join(filter(None, [called(about, ""), str(about.get("title", ""))]))
        yield Section(id=f"paper-{place}", title=title, figures=tuple(drawn), tables=(table,))


def called(about: Mapping, otherwise: str) -> str:
    """'Table 2'; what stands only in the paper's text is 'Text'."""
    return str(about.get("number") or otherwise).split(":")[0]


def printed(number: str, about: Mapping, known: Mapping, manifest: Manifest, preset: str) -> Table:
    """label | a column a group | p, a row for each row of the paper's table, below it a row for each level within."""
    lines = [line for line in about["rows"] if isinstance(line, Mapping)]
    values = [values_of(line, known, manifest) for line in lines]
    found = dict.fromkeys(head for each in values for head in each)
    heads = sorted(found, key=lambda head: (head != ALL, head == EFFECT)) or [VALUE]
    p_values, tests = p_column(lines, known, manifest, preset)
    used = dict.fromkeys(line.get(name) for line in lines for name in ("analysis", "test"))
    last = [(p,) for p in p_values] or [()] * len(lines)
    return Table(
        title=str(about.get("title", "")),
        columns=(Column("", numeric=False), *map(Column, heads), *([Column("p")] if p_values else [])),
        groups=(
            Group("", tuple(each for line, found, p in zip(lines, values, last, strict=True)
                            for each in led_rows(line, found, heads, p, preset, known, manifest))),
        ),
        notes=(Note(IN_THIS_COHORT), *tests,
               Note(f"Quartiles: {presets.quartile_rule(preset)}.")),
        sources=tuple(source(known[each]) for each in used if each in known),
        number=number,
        label=f"{called(about, 'Table')} of the plan",
    )  # fmt: skip


def led_rows(
    line: Mapping, values: Values, heads: Sequence[str], p: tuple[Cell, ...], preset: str, known: Mapping, manifest
) -> Iterator[Row]:
    """The rows of a line, each cell leading to the result that the line names."""
    result = known.get(line.get("analysis"))
    variable = result["entry"].get("var") if result else None
    found = tuple(rows_of(line, values, heads, p, preset, lambda level: manifest.level_heading(variable, level)))
    yield from traced(result, *found) if result else found


def rows_of(
    line: Mapping, values: Values, heads: Sequence[str], p: tuple[Cell, ...], preset: str, level_name
) -> Iterator[Row]:
    """The row of a line of the paper; where its cells have levels or groups within them, those are rows below it."""
    label = str(line.get("label", ""))
    has_mean = "mean" in label and "median" not in label
    inner = dict.fromkeys(name for found in values.values() for name in parts_of(found))
    whole = {head: found for head, found in values.items() if not parts_of(found)}
    yield row(label, *(cell_of(whole.get(head, Cell("")), preset, has_mean) for head in heads), *p)
    for name in inner:
        parts = (parts_of(values.get(head)).get(name, Cell("")) for head in heads)
        cells = [cell_of(part, preset, has_mean) for part in parts]
        yield row(level_name(name), *cells, *[Cell("")] * len(p), indented=True)


def parts_of(found) -> Mapping:
    """{name: what it holds} of a table within a cell, of levels or of groups; empty for what one cell can show."""
    if not isinstance(found, Mapping) or any(name in found for name in ("median", "x", "estimate", "not_estimable")):
        return {}
    inner = found["levels"] if isinstance(found.get("levels"), Mapping) else found
    return {name: part for name, part in inner.items() if isinstance(part, Mapping)}


def values_of(line: Mapping, known: Mapping, manifest: Manifest) -> Values:
    """{column: what the payload holds for it} of one row; its levels in bands, where the line names some."""
    result = known.get(line.get("analysis"))
    if result is None:
        return {}
    path, bands = str(line.get("path") or ""), line.get("bands")
    if not bands:
        return found_in(result, path, manifest)
    levels = path or ("" if result["payload"].get("by") else "all.levels")
    return {head: banded(found, bands) for head, found in found_in(result, levels, manifest).items()}


def found_in(result: Mapping, path: str, manifest: Manifest) -> Values:
    """{column: what the payload holds under the path}."""
    payload = result["payload"]
    found = dig(payload, path) if path else None
    groups = payload.get("groups") or []
    if isinstance(found, Mapping) and groups and set(groups) <= set(found):
        return {manifest.level_heading(result["entry"].get("by"), group): found[group] for group in groups}
    if path.endswith("counts") and isinstance(found, Mapping) and "instrument" in result["entry"]:
        return counted(found, result, manifest)
    if found is not None:
        return {(ALL if path.split(".")[0] == "all" else VALUE): found}
    return whole_of(result, path, groups, manifest)


def counted(counts: Mapping[str, int], result: Mapping, manifest: Manifest) -> Values:
    """A column for each level of a score, by its name, holding how many have it."""
    instrument, n = manifest.instrument(result["entry"]["instrument"]), sum(counts.values())
    levels = instrument.level_values or counts
    return {instrument.level_name(level): {"x": counts.get(level, 0), "n": n} for level in levels if n}


def whole_of(result: Mapping, path: str, groups: Sequence[str], manifest: Manifest) -> Values:
    """A result without a path of its own: all and each group, each timepoint, each curve, or its effect."""
    payload = result["payload"]
    by = payload.get("by") or payload.get("describe")
    if isinstance(by, Mapping) or isinstance(payload.get("all"), Mapping):
        named = {group: manifest.level_heading(result["entry"].get("by"), group) for group in groups}
        cells = {ALL: payload.get("all")} | {named[group]: (by or {}).get(group) for group in groups}
        if not groups and not path and isinstance((payload.get("all") or {}).get("levels"), Mapping):
            levels, var = payload["all"]["levels"], result["entry"].get("var")
            return {manifest.level_heading(var, name): each for name, each in levels.items()}
        found = {head: dig(cell, path) if path else cell for head, cell in cells.items() if cell}
        return {head: part for head, part in found.items() if part is not None}
    if codes := payload.get("timepoints"):
        described = {code: payload[code] for code in codes if isinstance(payload.get(code), Mapping)}
        if described:
            return {manifest.timepoint(code): cell for code, cell in described.items()}
    told = {EFFECT: effect_cell(payload)}
    if result["type"] in ("km", "cumulative_incidence"):
        by = result["entry"].get("by")
        curves = {label_of(level, by, manifest): followed(arm) for level, arm in arms_of(payload).items()}
        return curves | (told if groups else {})
    return told


def effect_cell(payload: Mapping) -> Cell:
    """The effect with its interval, below it what it is; or why there is none."""
    found = payload.get("effect")
    if not isinstance(found, Mapping) or wording.not_estimable(found):
        return Cell(wording.ABSENT, effect(payload) or wording.not_estimable(payload) or "")
    return Cell(effect_size(found), effect_name(found))


def followed(arm: Mapping) -> Cell:
    """How many had the event of how many who were followed; not a share, because not all were followed to an end."""
    return Cell(f"{arm.get('events', 0)} of {arm.get('n', 0)}", wording.not_estimable(arm) or "had the event")


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


def cell_of(found, preset: str, has_mean: bool = False) -> Cell:
    """A description, a share, an estimate, or a lone number. has_mean: the mean stands first, as the paper's does."""
    if isinstance(found, Cell):
        return found
    if not isinstance(found, Mapping):
        is_number = isinstance(found, int | float) and not isinstance(found, bool)
        return Cell(wording.short(found, 4) if is_number else str(found))
    if reason := wording.not_estimable(found):
        return Cell(wording.ABSENT, reason)
    if isinstance(found.get("median", ""), int | float | None):
        return described(found, preset, has_mean)
    if "x" in found:
        return Cell(wording.share(found["x"], found["n"]))
    if "estimate" in found:
        return Cell(wording.interval(found, 2))
    return Cell(wording.ABSENT)


def described(found: Mapping, preset: str, has_mean: bool) -> Cell:
    """Median and quartiles above the mean, or below it; n always."""
    mean = wording.mean_sd(found.get("mean"), found.get("sd"))
    median = wording.median_iqr(found["median"], *presets.quartiles(found, preset))
    n = f"n\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{found.get('n', 0)}"
    return Cell(mean, f"median {median}, {n}") if has_mean else Cell(median, f"mean {mean}, {n}")


def drawn_of(number: str, about: Mapping, known: Mapping, manifest: Manifest, preset: str) -> list[Figure]:
    """The paper's figure, of what its rows read."""
    read = dict.fromkeys(line.get("analysis") for line in about["rows"] if isinstance(line, Mapping))
    results = [known[name] for name in read if name in known]
    return paper_figures.drawings(number, f"{called(about, 'Figure')} of the plan", about, results, manifest, preset)
