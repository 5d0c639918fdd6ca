"""Long rows → wide tables: one row a procedure, one integer column per instrument and timepoint. Pure."""

import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from outcomes.columns import Category, Column
from outcomes.stored import Stored


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


def spread(values: pa.ChunkedArray, at: np.ndarray, rows: int, *, finest: int) -> Column:
    """Integers of 10**-finest, or nulls, spread over `rows` places; kept with as few decimals as they need."""
    there = values.is_valid().to_numpy()
    return spread_numbers(values.drop_null().to_numpy(), at[there], rows, finest=finest)


def spread_numbers(
    numbers: np.ndarray, at: np.ndarray, rows: int, *, finest: int, decimals: int | None = None
) -> Column:
    """Integers of 10**-finest, spread over `rows` places; kept with `decimals`, or as few as they need."""
    kept = fewest_decimals(numbers, finest) if decimals is None else decimals
    scaled = numbers // 10 ** (finest - kept)
    column = np.zeros(rows, dtype=narrowest(scaled))
    present = np.zeros(rows, dtype=bool)
    column[at] = scaled
    present[at] = True
    return Column(column, present, kept)


def narrowest(numbers: np.ndarray) -> np.dtype:
    """The smallest integer type that holds them all."""
    low, high = (int(numbers.min()), int(numbers.max())) if len(numbers) else (0, 0)
    return np.promote_types(np.min_scalar_type(min(low, -1)), np.min_scalar_type(-1 - max(high, 0)))


def spread_text(values: pa.ChunkedArray, at: np.ndarray, rows: int) -> pa.Array:
    """Texts spread over `rows` places; null elsewhere."""
    source = np.full(rows, -1, dtype=np.int64)
    source[at] = np.arange(len(at))
    return values.combine_chunks().take(pa.array(source, mask=source < 0))


@dataclass(frozen=True, eq=False)
class Named:
    """One of a few names for each row, or none: `codes` (int8, index into `names`, -1 for none)."""

    codes: np.ndarray
    names: tuple[str, ...]

    @classmethod
    def nobody(cls, rows: int) -> "Named":
        return cls(np.full(rows, -1, dtype=np.int8), ())

    def as_arrow(self) -> pa.DictionaryArray:
        codes = pa.array(self.codes, mask=self.codes < 0)
        return pa.DictionaryArray.from_arrays(codes, pa.array(self.names, type=pa.string()))


def numbers(column: Column) -> pa.Array:
    """A column of integers as Arrow, null where nobody has a value, in as few bytes as hold them."""
    kind = narrowest(column.values[column.present])
    return pa.array(column.values.astype(kind, copy=False), mask=~column.present)


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
    """A column of integers as a Column; its numbers are unpacked when they are first asked for."""
    return Stored(source[name], decimals_of(source, name))


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


def from_parquet(data: bytes, names: list[str] | None = None) -> pa.Table:
    """The table in Parquet bytes, or these columns of it."""
    return pq.read_table(pa.BufferReader(data), columns=names)


def digest(table: pa.Table) -> str:
    """SHA-256 of a table's content: column by column in order of name, each with its type, its gaps and its values.

    It does not depend on the Parquet writer, nor on how many bytes an integer takes or whether texts are kept once
    each, so the same rows have the same digest in any later version.
    """
    sha = hashlib.sha256()
    for name in sorted(table.column_names):
        column = table[name].combine_chunks()
        whole = pa.types.is_integer(column.type)
        kind = "int64" if whole else "string" if pa.types.is_dictionary(column.type) else str(column.type)
        sha.update(json.dumps([name, kind, decimals_of(table, name), len(column)]).encode())
        sha.update(np.packbits(column.is_null().to_numpy(zero_copy_only=False)).tobytes())
        sha.update(column.fill_null(0).to_numpy().astype("<i8").data if whole else json_list(column))
    return sha.hexdigest()


def json_list(texts: pa.Array) -> bytes:
    """The texts as json.dumps writes a list of them, each distinct text written once."""
    encoded = texts if pa.types.is_dictionary(texts.type) else texts.dictionary_encode()
    written = pa.concat_arrays([quoted(encoded.dictionary), pa.array(["null, "], type=pa.large_string())])
    codes = encoded.indices.cast(pa.int32()).fill_null(len(written) - 1)
    return b"[" + bytes_of(written.take(codes)).removesuffix(b", ") + b"]"


def quoted(texts: pa.Array) -> pa.Array:
    """Each text as JSON with a comma after it; Python only where something must be escaped."""
    if pc.any(pc.match_substring_regex(texts, r'["\\\x00-\x1f]')).as_py():
        written = [f"{json.dumps(text, ensure_ascii=False)}, " for text in texts.to_pylist()]
        return pa.array(written, type=pa.large_string())
    before, after, between = (pa.scalar(each, pa.large_string()) for each in ('"', '", ', ""))
    return pc.binary_join_element_wise(before, texts.cast(pa.large_string()), after, between)


def bytes_of(texts: pa.LargeStringArray) -> bytes:
    """All texts, one after the other."""
    if not len(texts):
        return b""
    ends = np.frombuffer(texts.buffers()[1], dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
    return bytes(texts.buffers()[2])[ends[0] : ends[-1]]
