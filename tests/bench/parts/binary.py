"""Many rows into PostgreSQL: columns as numpy arrays, sent as COPY's binary format. No Python touches a row."""

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

import numpy as np
from django.db import connection
from django.db.models import Field, Model

SIGNATURE = b"PGCOPY\n\xff\r\n\0" + b"\0" * 8
END = b"\xff\xff"
NULL = b"\xff\xff\xff\xff"
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
# A cell: its bytes, one row each, and which of them are there.
Cells = tuple[np.ndarray, np.ndarray]


def copy_in(model: type[Model], rows: int, columns: Mapping[str, object]) -> None:
    """Rows by COPY. A column is an array (ids as V16, texts as S, numbers as integers, masked where null) or one value.

    What is not given is the field's default, or null.
    """
    fields = list(model._meta.concrete_fields)
    cells = [cells_of(field, columns.get(field.name, default(field)), rows) for field in fields]
    count = np.full(rows, len(fields), dtype=">i2").view(np.uint8).reshape(rows, 2)
    content = np.hstack([count, *(bytes_ for bytes_, _ in cells)])
    there = np.hstack([np.ones((rows, 2), dtype=bool), *(mask for _, mask in cells)])
    names = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    statement = f"COPY {model._meta.db_table} ({names}) FROM STDIN (FORMAT binary)"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(SIGNATURE + content[there].tobytes() + END)


def default(field: Field) -> object:
    """A new row's value. Every row's own where that is a random id."""
    if field.get_internal_type() == "UUIDField" and field.has_default():
        return new_ids
    if getattr(field, "auto_now_add", False):
        return datetime.now(tz=UTC)
    return field.get_default()


def new_ids(rows: int) -> np.ndarray:
    """Random UUIDs, version 4."""
    run = np.random.default_rng().integers(0, 256, (rows, 16), dtype=np.uint8)
    run[:, 6] = run[:, 6] & 0x0F | 0x40
    run[:, 8] = run[:, 8] & 0x3F | 0x80
    return run.reshape(-1).view("V16")


def cells_of(field: Field, value: object, rows: int) -> Cells:
    if callable(value):
        value = value(rows)
    if not isinstance(value, np.ndarray):
        return constant(field, value, rows)
    null = np.ma.getmaskarray(value) if isinstance(value, np.ma.MaskedArray) else np.zeros(rows, dtype=bool)
    content, there = ENCODERS[value.dtype.kind](np.ma.getdata(value), field)
    lengths = np.where(null, -1, there.sum(axis=1)).astype(">i4").view(np.uint8).reshape(rows, 4)
    return (
        np.hstack([lengths, content]),
        np.hstack([np.ones((rows, 4), dtype=bool), there & ~null[:, None]]),
    )


def constant(field: Field, value: object, rows: int) -> Cells:
    encoded = NULL if value is None else with_length(one(field, value))
    content = np.broadcast_to(np.frombuffer(encoded, dtype=np.uint8), (rows, len(encoded)))
    return content, np.ones(content.shape, dtype=bool)


def with_length(encoded: bytes) -> bytes:
    return len(encoded).to_bytes(4, "big") + encoded


def one(field: Field, value: object) -> bytes:
    """One value in the binary format of its type."""
    match value:
        case bool():
            return bytes([value])
        case int():
            return value.to_bytes({"PositiveSmallIntegerField": 2}.get(field.get_internal_type(), 4), "big")
        case UUID():
            return value.bytes
        case str():
            return value.encode()
        case datetime():
            return int((value - EPOCH).total_seconds() * 1e6).to_bytes(8, "big")
        case Model():
            return value.pk.bytes
    raise TypeError(f"{field}: no binary form for {value!r}")


def ids(values: np.ndarray, field: Field) -> Cells:
    content = np.ascontiguousarray(values).view(np.uint8).reshape(-1, 16)
    return content, np.ones(content.shape, dtype=bool)


def texts(values: np.ndarray, field: Field) -> Cells:
    content = np.ascontiguousarray(values).view(np.uint8).reshape(len(values), -1)
    return content, content != 0


def numbers(values: np.ndarray, field: Field) -> Cells:
    """Whole numbers of 0 to 9999 as numeric: one digit of base 10 000; PostgreSQL strips it where it is 0."""
    content = np.zeros((len(values), 5), dtype=">i2")
    content[:, 0], content[:, 3], content[:, 4] = 1, field.decimal_places, values
    content = content.view(np.uint8)
    return content, np.ones(content.shape, dtype=bool)


def truths(values: np.ndarray, field: Field) -> Cells:
    return values.astype(np.uint8)[:, None], np.ones((len(values), 1), dtype=bool)


ENCODERS = {"V": ids, "S": texts, "i": numbers, "u": numbers, "b": truths}
