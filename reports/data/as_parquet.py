"""Tables as Parquet files: labels and units stand in each field's metadata. Pure."""

import json

import pyarrow as pa

from outcomes.wide import to_parquet
from reports.data.variables import Table, Variable


def to_parquet_file(table: Table, about: str) -> bytes:
    """The table as Parquet; `about` says of which freeze."""
    fields = [
        pa.field(variable.name, table.rows.schema.field(variable.name).type, metadata=words(variable))
        for variable in table.variables
    ]
    described = pa.schema(fields, metadata={"table": table.title, "about": about})
    return to_parquet(pa.table(table.rows.columns, schema=described))


def words(variable: Variable) -> dict[str, str]:
    """A variable's words, as texts by key; its codes as JSON."""
    found = {"label": variable.label, "unit": variable.unit, "missing": variable.reason_in}
    if variable.labels:
        found["codes"] = json.dumps(variable.labels, ensure_ascii=False)
    return {key: text for key, text in found.items() if text}
