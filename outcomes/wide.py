"""Long rows → wide tables: one row a procedure, one integer column per instrument and timepoint. Pure."""

import hashlib
import io
import json
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from outcomes.columns import Category, Column


def places(ids: pa.Array | pa.ChunkedArray, order: pa.Array) -> np.ndarray:
    """Where each id stands in the canonical order."""
    found = pc.index_in(ids, value_set=order)
    return found.to_numpy(zero_copy_only=False).astype(np.int64)


def groups(*keys: pa.ChunkedArray) -> Iterator[tuple[tuple[str, ...], np.ndarray]]:
    """For each distinct combination of the key columns: the combination, and the row numbers that have it."""
    encoded = [key.combine_chunks().dictionary_encode() for key in keys]
    if not len(encoded[0]):
        return
    names = [column.dictionary.to_pylist() for column in encoded]
    codes = np.zeros(len(encoded[0]), dtype=np.int64)
    for column, levels in zip(encoded, names, strict=True):
        codes = codes * len(levels) + column.indices.to_numpy(zero_copy_only=False)
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
    for rows in np.split(order, starts[1:]):
        place = np.unravel_index(codes[rows[0]], [len(levels) for levels in names])
        yield tuple(levels[i] for levels, i in zip(names, place, strict=True)), rows


def fewest_decimals(values: np.ndarray, decimals: int) -> int:
    """The digits after the point that these scaled integers need."""
    while decimals and not np.any(values % 10):
        values, decimals = values // 10, decimals - 1
    return decimals


def spread(values: pa.ChunkedArray, at: np.ndarray, rows: int, *, finest: int, decimals: int | None = None) -> Column:
    """Integers of 10**-finest, spread over `rows` places; kept with `decimals`, or as few as they need."""
    present_here = ~values.is_null().to_numpy()
    numbers = values.fill_null(0).to_numpy()[present_here]
    kept = fewest_decimals(numbers, finest) if decimals is None else decimals
    column = np.zeros(rows, dtype=np.int64)
    present = np.zeros(rows, dtype=bool)
    column[at[present_here]] = numbers // 10 ** (finest - kept)
    present[at[present_here]] = True
    return Column(column, present, kept)


def spread_text(values: pa.ChunkedArray, at: np.ndarray, rows: int) -> pa.Array:
    """Texts spread over `rows` places; null elsewhere."""
    column = np.full(rows, None, dtype=object)
    column[at] = values.to_numpy(zero_copy_only=False)
    return pa.array(column, type=pa.string())


def numbers(column: Column) -> pa.Array:
    """A column of integers as Arrow, null where nobody has a value."""
    return pa.array(column.values, mask=~column.present, type=pa.int64())


def table(columns: dict[str, Column | pa.Array], rows: int) -> pa.Table:
    """A table of these columns, in order of name; a column of integers carries its decimals as metadata."""
    fields, arrays = [pa.field("|row", pa.int64())], [pa.array(np.arange(rows))]
    for name, column in sorted(columns.items()):
        whole = isinstance(column, Column)
        arrays.append(numbers(column) if whole else column)
        metadata = {"decimals": str(column.decimals)} if whole else None
        fields.append(pa.field(name, arrays[-1].type, metadata=metadata))
    return pa.table(arrays, schema=pa.schema(fields))


def decimals_of(source: pa.Table, name: str) -> int:
    """The decimals that a column of integers carries."""
    return int((source.schema.field(name).metadata or {}).get(b"decimals", b"0"))


def column_of(source: pa.Table, name: str) -> Column:
    """A column of integers as a Column."""
    whole = source[name].combine_chunks()
    present = ~whole.is_null().to_numpy(zero_copy_only=False)
    return Column(whole.fill_null(0).to_numpy(), present, decimals_of(source, name))


def category_of(array: pa.ChunkedArray) -> Category:
    """An Arrow column of texts as a Category; each distinct text is read once."""
    encoded = array.combine_chunks().dictionary_encode()
    distinct = Category.of([*encoded.dictionary.to_pylist(), None])
    where = encoded.indices.fill_null(len(encoded.dictionary)).to_numpy(zero_copy_only=False)
    return Category(distinct.codes[where], distinct.levels, distinct.present[where])


def who_says(texts: pa.ChunkedArray, text: str) -> np.ndarray:
    """Which rows have this text; a row without one has not."""
    return pc.equal(texts, text).combine_chunks().fill_null(False).to_numpy(zero_copy_only=False)


def to_parquet(table: pa.Table) -> bytes:
    """The table as Parquet bytes."""
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def from_parquet(data: bytes) -> pa.Table:
    """The table in Parquet bytes."""
    return pq.read_table(io.BytesIO(data))


def digest(table: pa.Table) -> str:
    """SHA-256 of a table's content: column by column in order of name, each with its type, its gaps and its values.

    It does not depend on the Parquet writer, so the same rows have the same digest in any later version.
    """
    sha = hashlib.sha256()
    for name in sorted(table.column_names):
        column = table[name].combine_chunks()
        sha.update(json.dumps([name, str(column.type), decimals_of(table, name), len(column)]).encode())
        sha.update(np.packbits(column.is_null().to_numpy(zero_copy_only=False)).tobytes())
        if pa.types.is_integer(column.type):
            sha.update(column.fill_null(0).to_numpy().astype("<i8").tobytes())
        else:
            sha.update(json.dumps(column.to_pylist(), ensure_ascii=False).encode())
    return sha.hexdigest()
