"""Rows out of PostgreSQL as Arrow tables, without Python touching each. Knows no table of the record."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from django.db import connection
from django.db.models import BigIntegerField, F, QuerySet
from django.db.models.functions import Cast
from pyarrow import csv

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


RECORD = np.dtype([("place", ">i4"), ("value", ">i8")])
PACKED = """
    WITH place AS (
        SELECT id, (row_number() OVER (ORDER BY {order}) - 1)::int4 AS place FROM ({rows}) AS one(id, {keys})
    )
    SELECT {groups}, string_agg(int4send(place.place) || int8send(COALESCE(score.value, 0)), ''::bytea)
    FROM ({scores}) AS score(id, value, {groups}) JOIN place USING (id) GROUP BY {groups}
"""


def packed(rows: QuerySet, scores: QuerySet, groups: dict[str, str]) -> Iterator[tuple]:
    """The scores of these rows, by group: the group's keys, and all its RECORDs as one string.

    rows: id and the texts that put them in the canonical order; a row's place in it is what a record carries. scores:
    the row's id, the value as a whole number or null, and the keys of `groups`, of these PostgreSQL types.

    One row a group leaves the database instead of one a score, and no number is written as text to be read again. One
    string, so that a place and its value cannot part, in whatever order PostgreSQL meets the rows.
    """
    rows_sql, rows_params = rows.query.sql_with_params()
    scores_sql, scores_params = scores.query.sql_with_params()
    keys = [f"key{place}" for place in range(len(rows.query.values_select) + len(rows.query.annotation_select) - 1)]
    sql = PACKED.format(
        rows=rows_sql, scores=scores_sql, keys=", ".join(keys), groups=", ".join(groups),
        order=", ".join(f'{key} COLLATE "C"' for key in keys),
    )  # fmt: skip
    copied = f"COPY ({sql}) TO STDOUT WITH (FORMAT binary)"
    with connection.cursor() as cursor, cursor.cursor.copy(copied, (*rows_params, *scores_params)) as copy:
        copy.set_types([*groups.values(), "bytea"])
        yield from copy.rows()


@dataclass(frozen=True, eq=False, kw_only=True)
class Scores:
    """Scores of one instrument at one timepoint; procedures are named by their places in the canonical order.

    at, values: who has a value, and the values, whole numbers of 1e-8. why: reason → who has none because of it.
    """

    at: np.ndarray
    values: np.ndarray
    why: Mapping[str, np.ndarray]

    @classmethod
    def unpacked(cls, records: bytes, missing: str | None) -> "Scores":
        """The RECORDs of one group; where `missing` says why, there are no values."""
        pairs = np.frombuffer(records, dtype=RECORD)
        at = pairs["place"].astype(np.int32)
        if missing is None:
            return cls(at=at, values=pairs["value"].astype(np.int64), why={})
        return cls(at=at[:0], values=np.zeros(0, dtype=np.int64), why={missing: at})

    def __add__(self, other: "Scores") -> "Scores":
        reasons = dict.fromkeys([*self.why, *other.why])
        nobody = np.zeros(0, dtype=np.int32)
        return Scores(
            at=np.concatenate([self.at, other.at]),
            values=np.concatenate([self.values, other.values]),
            why={
                reason: np.concatenate([self.why.get(reason, nobody), other.why.get(reason, nobody)])
                for reason in reasons
            },
        )

    def twice(self) -> np.ndarray:
        """The places that are there more than once."""
        return np.flatnonzero(np.bincount(np.concatenate([self.at, *self.why.values()])) > 1)

    def without(self, places: np.ndarray) -> "Scores":
        kept = ~np.isin(self.at, places)
        why = {reason: at[~np.isin(at, places)] for reason, at in self.why.items()}
        return Scores(at=self.at[kept], values=self.values[kept], why=why)


def ids(run: bytes) -> pa.Array:
    """Ids that stand one after the other."""
    return pa.FixedSizeBinaryArray.from_buffers(ID, len(run) // ID.byte_width, [None, pa.py_buffer(run)])
