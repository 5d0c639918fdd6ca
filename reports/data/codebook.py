"""The codebook: one row a variable of each table, and one row a code. Pure."""

from collections.abc import Sequence

import pyarrow as pa

from reports.data.as_spss import SPSS, is_numeric
from reports.data.as_stata import STATA
from reports.data.labelled import coded, is_whole
from reports.data.missing import REASON_LABELS, STATA_LETTERS, spss_codes
from reports.data.variables import NUMBER, Table, Variable

COLUMNS = (
    "table", "name", "label", "type", "unit", "codes", "missing_codes", "minimum", "maximum", "decimals", "source",
    "version", "note", "stata", "spss",
)  # fmt: skip
CODE_COLUMNS = ("table", "name", "code", "label", "missing", "stata", "spss")


def codebook(tables: Sequence[Table]) -> pa.Table:
    """One row a variable: what it is, what its codes mean, and what Stata and SPSS call it."""
    rows = []
    for table in tables:
        stata, spss = STATA.names(table.variables), SPSS.names(table.variables)
        rows += [
            described(table, each) | {"stata": stata[each.name], "spss": spss[each.name]} for each in table.variables
        ]
    return as_table(rows, COLUMNS)


def described(table: Table, variable: Variable) -> dict[str, str]:
    """A variable's row, but for its names elsewhere."""
    missing = f"reasons stand in {variable.reason_in}" if variable.reason_in else ""
    return {
        "table": table.name,
        "name": variable.name,
        "label": variable.label,
        "type": ("decimal" if variable.decimals else "integer") if variable.kind == NUMBER else variable.kind,
        "unit": variable.unit,
        "codes": "; ".join(f"{code} = {words}" for code, words in variable.labels.items()),
        "missing_codes": missing,
        "minimum": variable.minimum or "",
        "maximum": variable.maximum or "",
        "decimals": str(variable.decimals) if variable.kind == NUMBER else "",
        "source": variable.source,
        "version": variable.version,
        "note": variable.note,
    }


def codes(tables: Sequence[Table]) -> pa.Table:
    """One row a code: its words, whether it says why a value is missing, and the value it has in Stata and SPSS."""
    rows = [
        {"table": table.name, "name": variable.name} | row
        for table in tables
        for variable in table.variables
        for row in (*codes_of(variable), *reasons_of(variable))
    ]
    return as_table(rows, CODE_COLUMNS)


def codes_of(variable: Variable) -> list[dict[str, str]]:
    """The codes of a variable's values. Stata has words for whole numbers alone."""
    numbers = {code: str(number) for code, number in coded(variable).items()}
    own = variable.kind == NUMBER
    return [
        {
            "code": code, "label": words, "missing": "0",
            "stata": numbers.get(code, code if is_whole(code) or not own else ""),
            "spss": numbers.get(code, code) if is_numeric(variable) else code,
        }
        for code, words in variable.labels.items()
    ]  # fmt: skip


def reasons_of(variable: Variable) -> list[dict[str, str]]:
    """The codes of a variable's gaps."""
    if not variable.reason_in:
        return []
    numbers = spss_codes(variable)
    return [
        {"code": code, "label": words, "missing": "1", "stata": f".{STATA_LETTERS[code]}", "spss": str(numbers[code])}
        for code, words in REASON_LABELS.items()
    ]


def as_table(rows: Sequence[dict[str, str]], columns: Sequence[str]) -> pa.Table:
    return pa.table({name: pa.array([row[name] for row in rows], pa.string()) for name in columns})
