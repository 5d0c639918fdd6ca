"""Dense counts of narrow codes, against counting row by row."""

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.columns import Category, Column
from outcomes.counting import MOST_CELLS, coded, tally, together
from outcomes.stored import Stored
from outcomes.tabulate import crosstab, differences, everyone_as_one_group, margin, moments

REACHES = [1, 40, 127, 128, 255, 256, 300, 30_000]


def numbers(reach):
    return st.lists(st.none() | st.integers(-reach, reach), max_size=30)


def arrays(values, garbage=0):
    present = np.array([value is not None for value in values], dtype=bool)
    return np.array([garbage if value is None else value for value in values], dtype=np.int64), present


@pytest.mark.parametrize("reach", REACHES)
@pytest.mark.parametrize("step", [1, 10])
@given(data=st.data())
def test_each_code_stands_for_its_number_and_the_last_for_none(reach, step, data):
    values = [value and value // step * step for value in data.draw(numbers(reach))]
    found = coded(*arrays(values, garbage=-7))
    assert [None if code == found.span else int(found.values[code]) for code in found.codes] == values
    assert found.totals.tolist() == [int(np.count_nonzero(found.codes == code)) for code in range(found.span + 1)]


@pytest.mark.parametrize("width", [np.int8, np.int16, np.int32, np.int64])
def test_how_many_bytes_a_number_is_stored_in_does_not_change_its_code(width):
    values, present = arrays([3, None, -100, 100, 0, None, 27])
    found, wide = coded(values.astype(width), present), coded(values, present)
    assert (found.low, found.step, found.span) == (wide.low, wide.step, wide.span)
    assert found.codes.tolist() == wide.codes.tolist()


def test_numbers_too_far_apart_are_not_coded_and_are_counted_all_the_same():
    column = Column(np.array([0, 70_000, 70_000]), np.ones(3, dtype=bool), 0)
    assert column.coded is None
    counted = margin(column, everyone_as_one_group(3), np.ones(3, dtype=bool))
    assert counted.counts_of("") == {0: 1, 70_000: 2}


def test_the_whole_range_of_two_bytes_is_counted_right():
    column = Column(np.array([-(1 << 15), (1 << 15) - 1]), np.ones(2, dtype=bool), 0)
    counted = margin(column, everyone_as_one_group(2), np.ones(2, dtype=bool))
    assert counted.counts_of("") == {-(1 << 15): 1, (1 << 15) - 1: 1}


@pytest.mark.parametrize("rows", [(1 << 17) - 1, 1 << 17, (1 << 17) + 1])
def test_counting_two_at_a_time_counts_the_same(rows):
    codes = np.random.default_rng(rows).integers(0, 256, rows).astype(np.uint8)
    assert tally(codes, 256).tolist() == np.bincount(codes, minlength=256).tolist()


def test_a_table_that_would_be_too_large_is_not_made():
    at_most = coded(np.arange(255), np.ones(255, dtype=bool))
    assert together([at_most, at_most]).size == MOST_CELLS
    more = coded(np.arange(256), np.ones(256, dtype=bool))
    assert together([more, at_most]) is None


@given(
    rows=st.lists(
        st.tuples(st.none() | st.integers(-3, 3), st.none() | st.integers(0, 4), st.sampled_from(["a", "b", None])),
        max_size=30,
    ),
    twice=st.booleans(),
    data=st.data(),
)
def test_tables_of_a_part_and_of_everyone_are_what_counting_row_by_row_gives(rows, twice, data):
    pre, post = (Column(*arrays([row[place] for row in rows]), 0) for place in (0, 1))
    arm = Category.of([row[2] for row in rows])
    asked = np.array([data.draw(st.booleans()) for _ in rows], dtype=bool) | (not twice)
    for kept in (asked, np.ones(len(rows), dtype=bool), asked):  # what one analysis counted serves the next
        both = kept & pre.present & post.present
        stay = [row for row, stays in zip(rows, both, strict=True) if stays]
        assert differences(pre, post, both).counts == Counter(b - a for a, b, _ in stay)
        found = moments({"post": post, "pre": pre}, everyone_as_one_group(len(rows)), both)
        assert (found.n, found.sums) == (len(stay), (sum(b for _, b, _ in stay), sum(a for a, _, _ in stay)))
        assert found.products[0] == (sum(b * b for _, b, _ in stay), sum(a * b for a, b, _ in stay))
        grouped = [row for row, stays in zip(rows, kept & arm.present, strict=True) if stays]
        by_arm = margin(pre, arm, kept & arm.present)
        assert by_arm.rows == Counter(row[2] for row in grouped)
        for level in "ab":
            assert by_arm.counts_of(level) == Counter(a for a, _, g in grouped if g == level and a is not None)
        table = crosstab(arm, pre.as_category(), kept & arm.present & pre.present, (frozenset(), frozenset()))
        pairs = Counter((g, str(a)) for a, _, g in grouped if a is not None)
        assert {(row, col): n for row, line in table.counts.items() for col, n in line.items()} == pairs


@pytest.mark.parametrize("kind", [pa.int8(), pa.int16(), pa.int64()])
@pytest.mark.parametrize("chunks", [1, 3])
def test_a_stored_column_is_the_column_that_was_stored(kind, chunks):
    values = [1, None, 100, -3, None, 0, 7, 8, 9, None]
    parts = [pa.array(values, type=kind)] * chunks
    stored = Stored(pa.chunked_array([part.slice(1) for part in parts]), 1)
    texts = [None if value is None else f"{value / 10}" for value in values[1:] * chunks]
    column = Column.of(texts)
    assert stored.present.tolist() == column.present.tolist()
    assert stored.values[stored.present].tolist() == column.values[column.present].tolist()
    assert stored.values.dtype == np.int64
    assert stored.as_category().levels == column.as_category().levels
    assert stored.rescaled(2).values[stored.present].tolist() == (column.values[column.present] * 10).tolist()
