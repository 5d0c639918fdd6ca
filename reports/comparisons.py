"""Counts and models -> tables: yes/no outcomes, patient characteristics (Table 1), cross tables, ANCOVA."""

from collections.abc import Mapping, Sequence

from outcomes import presets
from outcomes.columns import ordered_levels
from reports import phrases, questions, wording
from reports.layout import Cell, Column, Group, Note, Row, Table, row, rows, source, traced
from reports.manifest import Manifest, capital
from reports.tables import refused, tests_named, with_subset, without_values

NO_AND_YES = {"0", "1"}
NEWCOMBE = "Newcombe's hybrid score interval"
RISK_NOTE = f"Risk difference: first group minus second, in percentage points (pp), with {NEWCOMBE}."


def is_yes_no(result: Mapping) -> bool:
    """A 2 x 2 table of groups by a yes/no outcome."""
    table = result["payload"].get("table", {})
    columns = {column for cells in table.values() for column in cells}
    return len(table) == 2 and columns == NO_AND_YES and isinstance(result["entry"]["col"], Mapping)


def outcomes(results: Sequence[Mapping], manifest: Manifest, preset: str) -> Table:
    """outcome | yes/n (%) in each group | risk difference (95 % CI) | p, one row a 2 x 2 result."""
    entry = results[0]["entry"]
    instrument = manifest.instrument(entry["col"]["instrument"])
    levels = ordered_levels(results[0]["payload"]["table"])
    tests = tests_named(results, presets.crosstab, preset)
    return Table(
        title=f"{instrument.name} as a yes/no outcome by {manifest.variable(entry['row'])}",
        columns=(
            Column("Outcome", numeric=False),
            *(Column(manifest.level_heading(entry["row"], level)) for level in levels),
            Column(f"Risk difference {wording.CI_95}"),
            Column("p"),
        ),
        groups=rows(
            *(each for result in results for each in traced(result, outcome_row(result, levels, manifest, preset)))
        ),
        notes=(
            Note("Denominators: patients' procedures with the values that the outcome needs."),
            Note(RISK_NOTE),
            Note(f"p: {tests}; unadjusted."),
        ),
        sources=tuple(map(source, results)),
    )


def outcome_row(result: Mapping, levels: list[str], manifest: Manifest, preset: str) -> Row:
    payload = result["payload"]
    counts = [payload["table"].get(level, {}) for level in levels]
    return row(
        wording.heading(phrases.condition(result["entry"]["col"], manifest)) + with_subset(result["entry"], manifest),
        *(wording.share(cells.get("1", 0), sum(cells.values())) for cells in counts),
        points(payload.get("risk_difference")),
        Cell(wording.p_number(presets.crosstab(payload, preset).p), wording.not_estimable(payload) or ""),
    )


def points(difference: Mapping | None) -> str:
    """A difference of shares in percentage points: '17.4 (6.1 to 28.2) pp'."""
    if difference is None or wording.not_estimable(difference):
        return wording.interval(difference, 1)
    scaled = {name: 100 * difference[name] for name in ("estimate", "low", "high")}
    return f"{wording.interval(scaled, 1)} pp"


def crosstab(result: Mapping, manifest: Manifest, preset: str) -> Table:
    """Counts with percent of each row's total, and the test under the table."""
    entry, payload = result["entry"], result["payload"]
    table = payload.get("table", {})
    columns = ordered_levels(column for cells in table.values() for column in cells)
    left_out = questions.left_out(payload, manifest)
    over = capital(phrases.outcome_name(entry["col"], manifest))
    across = entry["col"] if isinstance(entry["col"], str) else None
    body = []
    for level in ordered_levels(table):
        cells = table[level]
        n = sum(cells.values())
        body.append(
            row(
                manifest.level_heading(entry["row"], level),
                *(wording.share(cells.get(column, 0), n) for column in columns),
                str(n),
            )
        )
    return Table(
        title=phrases.question(entry, manifest),
        columns=(
            Column(capital(phrases.outcome_name(entry["row"], manifest)), numeric=False),
            *(Column(manifest.level_heading(across, column), over=over) for column in columns),
            Column("Total"),
        ),
        groups=rows(*body),
        notes=tuple(map(Note, [*crosstab_notes(payload, preset), *filter(None, [left_out])])),
        sources=(source(result),),
    )


def crosstab_notes(payload: Mapping, preset: str) -> list[str]:
    """Denominator, test, and for 2 x 2 tables the risk difference."""
    notes = ["Percent of the row's total."]
    if reason := wording.not_estimable(payload):
        return [*notes, f"Test: {reason}."]
    quoted = presets.crosstab(payload, preset)
    expected = wording.fixed(payload["min_expected"], 1)
    notes.append(f"{quoted.test}: {wording.p_value(quoted.p)}; smallest expected count {expected}.")
    if difference := payload.get("risk_difference"):
        what = difference.get("method", "").partition("; ")[2]
        notes.append(f"Risk difference ({what}): {points(difference)}, {NEWCOMBE}.")
    return notes


def is_characteristic(result: Mapping, manifest: Manifest) -> bool:
    """Whether the result compares a patient's variable between the arms, so that it belongs in Table 1."""
    entry, arm = result["entry"], manifest.arm
    if arm is None or entry.get("subset"):
        return False
    if result["type"] == "crosstab_patient":
        return arm in (entry["row"], entry["col"]) and "table" in result["payload"]
    return result["type"] == "mannwhitney_patient_var" and entry["by"] == arm and "describe" in result["payload"]


def characteristics(results: Sequence[Mapping], manifest: Manifest, preset: str) -> Table:
    """variable, its levels | n (%) or median (Q1 to Q3) in each arm | p. Percents are of the arm's known values."""
    levels = arm_levels(results, manifest)
    tests = dict.fromkeys(quoted_for(result, preset).test for result in results)
    return Table(
        title=f"Characteristics by {manifest.variable(manifest.arm)}",
        columns=(
            Column("Characteristic", numeric=False),
            *(Column(manifest.level_heading(manifest.arm, level)) for level in levels),
            Column("p"),
        ),
        groups=tuple(
            Group("", traced(result, *characteristic(result, levels, manifest, preset))) for result in results
        ),
        notes=(
            Note("Values are n/N (%), N being the arm's known values, or median (Q1 to Q3)."),
            Note(f"p: {'; '.join(tests)}; unadjusted."),
        ),
        sources=tuple(map(source, results)),
    )


def quoted_for(result: Mapping, preset: str) -> presets.Quoted:
    rule = presets.crosstab if result["type"] == "crosstab_patient" else presets.mann_whitney
    return rule(result["payload"], preset)


def arm_levels(results: Sequence[Mapping], manifest: Manifest) -> list[str]:
    """Every arm that any of the results knows."""
    described = [result["payload"]["describe"] for result in results if result["type"] == "mannwhitney_patient_var"]
    counted = [turned(result, manifest) for result in results if result["type"] == "crosstab_patient"]
    return [*ordered_levels(arm for arms in (*described, *counted) for arm in arms)]


def turned(result: Mapping, manifest: Manifest) -> dict[str, dict[str, int]]:
    """{arm: {level: n}}, whichever way round the plan asked."""
    table = result["payload"]["table"]
    if result["entry"]["row"] == manifest.arm:
        return {arm: dict(cells) for arm, cells in table.items()}
    arms = {arm for cells in table.values() for arm in cells}
    return {arm: {level: cells.get(arm, 0) for level, cells in table.items()} for arm in arms}


def characteristic(result: Mapping, levels: list[str], manifest: Manifest, preset: str) -> tuple[Row, ...]:
    """The rows of one variable: a single one for a number or a yes/no, else a heading and its levels."""
    entry = result["entry"]
    p = Cell(wording.p_number(quoted_for(result, preset).p), wording.not_estimable(result["payload"]) or "")
    if result["type"] == "mannwhitney_patient_var":
        return (row(manifest.variable_heading(entry["var"]), *(spread(result, level, preset) for level in levels), p),)
    variable = entry["col"] if entry["row"] == manifest.arm else entry["row"]
    name = manifest.variable_heading(variable)
    arms = [turned(result, manifest).get(arm, {}) for arm in levels]
    values = ordered_levels(value for cells in arms for value in cells)
    shares = {value: [wording.share(cells.get(value, 0), sum(cells.values())) for cells in arms] for value in values}
    if set(values) == NO_AND_YES:
        return (row(name, *shares["1"], p),)
    members = (row(manifest.level_heading(variable, value), *shares[value], "", indented=True) for value in values)
    return (row(name, *[""] * len(levels), p), *members)


def spread(result: Mapping, level: str, preset: str) -> str:
    """An arm's median (Q1 to Q3) of a patient's number."""
    group = result["payload"]["describe"].get(level, {"median": None})
    return wording.median_iqr(group["median"], *presets.quartiles(group, preset))


def patient_number(result: Mapping, manifest: Manifest, preset: str) -> Table:
    """A patient's number in two groups: medians, shift, Cliff's delta, p."""
    entry, payload = result["entry"], result["payload"]
    levels = ordered_levels(payload.get("describe", {}))
    quoted = quoted_for(result, preset)
    effects = (wording.interval(payload.get(name), 2) for name in ("hodges_lehmann", "cliffs_delta"))
    p = Cell(wording.p_number(quoted.p), wording.not_estimable(payload) or "")
    shown = (*(spread(result, level, preset) for level in levels), *effects, p)
    heads = [manifest.level_heading(entry["by"], level) for level in levels]
    labels = (*heads, f"HL difference {wording.CI_95}", f"Cliff's delta {wording.CI_95}", "p")
    notes = (
        "Median (Q1 to Q3) in each group.",
        f"p: {quoted.test}; unadjusted.",
        questions.left_out(payload, manifest),
    )
    return Table(
        title=phrases.question(entry, manifest),
        columns=(Column("Variable", numeric=False), *map(Column, labels)),
        groups=rows(row(manifest.variable_heading(entry["var"]), *shown)),
        notes=tuple(Note(text) for text in notes if text),
        sources=(source(result),),
    )


def ancova(results: Sequence[Mapping], manifest: Manifest) -> Table:
    """later timepoint | n | adjusted difference (95 % CI) | p | unadjusted difference | its p | baseline slope | R²."""
    entry = results[0]["entry"]
    instrument = manifest.instrument(entry["instrument"])
    level = manifest.level(entry["group"], entry["group_level"])
    notes = (
        f"Difference: {level} minus the rest, in points of {instrument.name}.",
        "Least squares: later value on group, earlier value and covariates; complete cases. CI, confidence interval.",
        "Unadjusted: difference of means, Student's t test. p values are not adjusted for the number of comparisons.",
    )
    columns = (
        "n",
        f"Adjusted difference {wording.CI_95}",
        "p",
        "Unadjusted difference",
        "p",
        "Slope of earlier value",
        "R²",
    )
    return Table(
        title=f"{instrument.name} by {manifest.variable(entry['group'])}, given the earlier value (ANCOVA)",
        columns=(Column("Later timepoint, covariates", numeric=False), *map(Column, columns)),
        groups=rows(*(each for result in results for each in traced(result, model_row(result, manifest)))),
        notes=tuple(map(Note, notes)),
        sources=tuple(map(source, results)),
    )


def model_row(result: Mapping, manifest: Manifest) -> Row:
    entry, payload = result["entry"], result["payload"]
    places = manifest.instrument(entry["instrument"]).places
    covariates = wording.listed(map(manifest.variable, entry.get("covariates") or []))
    head = f"{manifest.timepoint(entry['post'])}, given {manifest.timepoint(entry['pre'])}"
    head += f", {covariates}" if covariates else ""
    head += with_subset(entry, manifest)
    if reason := wording.not_estimable(payload):
        return refused(head, reason, 7)
    adjusted = {"estimate": payload["diff"], "low": payload["lcl"], "high": payload["ucl"]}
    return row(
        head,
        Cell(str(payload["n"]), without_values(payload)),
        wording.interval(adjusted, places),
        wording.p_number(payload["p"]),
        wording.fixed(payload["unadjusted_diff"], places),
        wording.p_number(payload["unadjusted_p"]),
        wording.fixed(payload["baseline_slope"], 2),
        wording.fixed(payload["r2"], 2),
    )
