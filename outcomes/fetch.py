"""Rows out of PostgreSQL as Arrow tables, without Python touching each. Knows no table of the record."""

import io
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from django.db import connection
from django.db.models import Aggregate, BigIntegerField, BinaryField, F, Func, QuerySet
from django.db.models.functions import Cast, Coalesce
from pyarrow import csv

from outcomes.wide import places

# Numbers leave the database as whole numbers of 1e-8, the finest step the record can hold.
DECIMALS = 8
# Ids are the 16 bytes of a UUID.
ID = pa.binary(16)


def whole_number(column: str):
    """A decimal column as a whole number of 1e-8."""
    return Cast(F(column) * 10**DECIMALS, BigIntegerField())


def copy_out(query: QuerySet, columns: dict[str, pa.DataType]) -> pa.Table:
    """The query's rows by COPY: PostgreSQL writes them, Arrow reads them, Python touches none."""
    sql, params = query.query.sql_with_params()
    buffer = io.BytesIO()
    with connection.cursor() as cursor, cursor.cursor.copy(f"COPY ({sql}) TO STDOUT WITH (FORMAT csv)", params) as copy:
        for block in copy:
            buffer.write(block)
    if not buffer.tell():
        return pa.table({name: pa.array([], type=kind) for name, kind in columns.items()})
    buffer.seek(0)
    table = csv.read_csv(
        buffer,
        read_options=csv.ReadOptions(column_names=list(columns)),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types={name: pa.string() if kind == ID else kind for name, kind in columns.items()},
            strings_can_be_null=True, quoted_strings_can_be_null=False,
            null_values=[""], true_values=["t"], false_values=["f"],
        ),
    )  # fmt: skip
    for place, (name, kind) in enumerate(columns.items()):
        if kind == ID:
            run = bytes.fromhex("".join(table[name].to_pylist()).replace("-", ""))
            table = table.set_column(place, name, ids(run))
    return table


class Packed(Aggregate):
    """All (procedure, value) of a group as one string of RECORDs; 0 stands for no value.

    One row a group leaves the database instead of one a score, and no number is written as text to be read again.
    One string, so that a procedure and its value cannot part, in whatever order PostgreSQL meets the rows.
    """

    function = "string_agg"
    template = "%(function)s(%(expressions)s, ''::bytea)"
    output_field = BinaryField()

    def __init__(self, procedure: str, value):
        pair = Func(procedure, Coalesce(value, 0), template="uuid_send(%(expressions)s)", arg_joiner=") || int8send(")
        super().__init__(pair)


RECORD = np.dtype([("procedure", "V16"), ("value", ">i8")])


@dataclass(frozen=True, eq=False, kw_only=True)
class Scores:
    """Scores of one instrument at one timepoint: `at` says whose, as places in the canonical order of procedures.

    values: whole numbers of 1e-8, null where there is none; missing: the reason, null where there is a value.
    """

    at: np.ndarray
    values: pa.ChunkedArray
    missing: pa.ChunkedArray

    @classmethod
    def unpacked(cls, records: bytes, missing: str | None, order: pa.Array) -> "Scores":
        """The RECORDs of one group; where `missing` says why, there are no values."""
        pairs = np.frombuffer(records, dtype=RECORD)
        values = pa.nulls(len(pairs), pa.int64()) if missing else pa.array(pairs["value"].astype(np.int64))
        return cls(
            at=places(ids(pairs["procedure"].tobytes()), order),
            values=pa.chunked_array([values]),
            missing=pa.chunked_array([pa.repeat(pa.scalar(missing, pa.string()), len(pairs))]),
        )

    def __add__(self, other: "Scores") -> "Scores":
        return Scores(
            at=np.concatenate([self.at, other.at]),
            values=pa.chunked_array([*self.values.chunks, *other.values.chunks]),
            missing=pa.chunked_array([*self.missing.chunks, *other.missing.chunks]),
        )

    def twice(self) -> np.ndarray:
        """The places that are there more than once."""
        return np.flatnonzero(np.bincount(self.at) > 1)

    def without(self, places: np.ndarray) -> "Scores":
        kept = ~np.isin(self.at, places)
        mask = pa.array(kept)
        return Scores(at=self.at[kept], values=self.values.filter(mask), missing=self.missing.filter(mask))


def ids(run: bytes) -> pa.Array:
    """Ids that stand one after the other."""
    return pa.FixedSizeBinaryArray.from_buffers(ID, len(run) // ID.byte_width, [None, pa.py_buffer(run)])
