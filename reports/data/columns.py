"""A freeze's columns as Arrow values, and who a row is of. Pure."""

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from outcomes.freeze import Frozen
from outcomes.wide import decimals_of
from reports.data import dictionary
from reports.data.variables import NUMBER, Variable

Described = tuple[Variable, pa.Array]


def values(source: pa.Table, name: str, variable: Variable) -> pa.Array:
    """A column of a freeze as its values: integers unscaled; nulls where the freeze has no such column."""
    if name not in source.column_names:
        return pa.nulls(source.num_rows, type_of(variable))
    column, decimals = whole(source[name]), decimals_of(source, name)
    scaled = pc.divide(column.cast(pa.float64()), float(10**decimals)) if decimals else column
    return scaled.cast(type_of(variable))


def type_of(variable: Variable) -> pa.DataType:
    if variable.kind != NUMBER:
        return pa.string()
    return pa.float64() if variable.decimals else pa.int64()


def whole(column: pa.ChunkedArray) -> pa.Array:
    """A column in one piece, its texts written out."""
    found = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    return found.cast(pa.string()) if pa.types.is_dictionary(found.type) else found


def patients_of(frozen: Frozen) -> pa.Array:
    """Each row's patient."""
    return whole(frozen.procedures["|study_number"])


def numbers(frozen: Frozen) -> pa.Array:
    """The running number of a row within its patient."""
    if "|number" in frozen.procedures.column_names:
        return whole(frozen.procedures["|number"])
    return pa.array(np.ones(frozen.procedures.num_rows, dtype=np.int64))


def once(rows: pa.Table, key: int) -> pa.Table:
    """One row for each distinct key (the first so many columns), with the first value that any of its rows has."""
    names = [str(place) for place in range(rows.num_columns)]
    grouped = rows.rename_columns(names).group_by(names[:key], use_threads=False)
    found = grouped.aggregate([(name, "first") for name in names[key:]])
    return found.select([*names[:key], *(f"{name}_first" for name in names[key:])]).rename_columns(rows.column_names)


def ids(frozen: Frozen) -> pa.Array:
    """What a row is called: its patient, with the running number where the cohort's unit is less than a patient."""
    if "|number" not in frozen.procedures.column_names:
        return patients_of(frozen)
    return pc.binary_join_element_wise(patients_of(frozen), numbers(frozen).cast(pa.string()), "-")


def identity(frozen: Frozen) -> list[Described]:
    """id, site and study of each row."""
    columns = (ids(frozen), *(whole(frozen.procedures[f"|{name}"]) for name in ("site", "study")))
    return list(zip(dictionary.who(frozen.manifest), columns, strict=True))


def told(values: Iterable[object], variable: Variable) -> pa.Array:
    """What the manifest says, as a column of this variable; it keeps some numbers as text."""
    is_number = variable.kind == NUMBER
    cells = (float(value) if is_number and isinstance(value, str) else value for value in values)
    return pa.array(cells, type_of(variable))
