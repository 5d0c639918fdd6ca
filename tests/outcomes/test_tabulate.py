"""Tables from columns, against counting row by row."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata

from outcomes.columns import Category, Column, NotNumeric, level_text, ordered_levels
from outcomes.tabulate import differences, everyone_as_one_group, margin, margins, moments, ranks, screen
from tests.outcomes.cohorts import columns

cells = st.lists(st.none() | st.integers(-400, 400), min_size=1, max_size=30)


def as_column(values, decimals=0):
    present = np.array([value is not None for value in values], dtype=bool)
    return Column(np.array([value or 0 for value in values], dtype=np.int64), present, decimals)


def everyone(rows):
    return np.ones(rows, dtype=bool)


@pytest.mark.parametrize("stretch", [1, 10**6], ids=["small range", "wide range"])
@given(values=cells, data=st.data())
def test_a_margin_is_what_counting_row_by_row_gives(stretch, values, data):
    levels = data.draw(st.lists(st.sampled_from("abc"), min_size=len(values), max_size=len(values)))
    kept = data.draw(st.lists(st.booleans(), min_size=len(values), max_size=len(values)))
    stretched = [None if value is None else value * stretch for value in values]
    got = margin(as_column(stretched), Category.of(levels), np.array(kept, dtype=bool))
    rows = [(level, value) for level, value, stays in zip(levels, stretched, kept, strict=True) if stays]
    assert got.rows == Counter(level for level, _ in rows)
    for group in "abc":
        assert got.counts_of(group) == Counter(value for level, value in rows if level == group and value is not None)
        assert got.missing(group) == sum(level == group and value is None for level, value in rows)


@given(rows=st.lists(st.tuples(*[st.none() | st.integers(0, 4)] * 3), min_size=1, max_size=20))
def test_rank_sums_are_what_ranking_each_patient_gives(rows):
    texts = {
        ("pain", code): [cell if cell is None else str(cell) for cell in column] for code, column in by_visit(rows)
    }
    got = ranks(columns(scores=texts), "pain", everyone(len(rows))).sums
    complete = [row for row in rows if None not in row]
    ranked = [rankdata(row) for row in complete]
    assert got.n == len(complete)
    assert got.doubled_rank_sums == tuple(int(2 * sum(row[i] for row in ranked)) for i in range(3))
    assert got.tie_sum == sum(t**3 - t for row in complete for t in Counter(row).values())


def by_visit(rows):
    return zip(("pre", "6w", "1y"), zip(*rows, strict=True), strict=True)


def test_differences_of_unlike_decimals_are_exact():
    pre, post = Column.of(["5", "7.5", "3"]), Column.of(["4.25", "7.50", "6"])
    got = differences(pre, post, everyone(3))
    assert (got.decimals, got.counts) == (2, {-75: 1, 0: 1, 300: 1})


@given(pairs=st.lists(st.tuples(*[st.integers(-(10**12), 10**12)] * 2), max_size=20))
def test_sums_of_products_do_not_overflow(pairs):
    variables = {"post": as_column([a for a, _ in pairs]), "pre": as_column([b for _, b in pairs])}
    got = moments(variables, everyone_as_one_group(len(pairs)), everyone(len(pairs)))
    assert got.sums == (sum(a for a, _ in pairs), sum(b for _, b in pairs))
    assert got.products[0] == (sum(a * a for a, _ in pairs), sum(a * b for a, b in pairs))


def test_a_procedure_is_left_out_once_under_the_first_reason_that_applies():
    has_pre = np.array([True, False, False, True])
    has_post = np.array([True, False, True, False])
    kept, left_out = screen(everyone(4), [("no_pre", has_pre), ("no_post", has_post)])
    assert kept.tolist() == [True, False, False, False]
    assert left_out == {"no_pre": 2, "no_post": 1}


def test_a_timepoint_with_only_coded_reasons_is_shown_and_one_without_any_record_is_not():
    data = columns(scores={("pain", "pre"): ["1", "2"], ("pain", "1y"): [None, None]})
    got = margins(data, "pain", everyone_as_one_group(2), everyone(2))
    assert got.in_order() == ("pre", "1y")
    assert got.at("1y").missing("") == 2


@pytest.mark.parametrize(
    ("written", "level"),
    [("1.0", "1"), (1, "1"), (1.0, "1"), ("01", "1"), ("-0.50", "-0.5"), ("-0", "0"), (".5", "0.5"), ("hip", "hip")],
)
def test_a_level_that_is_a_number_is_written_shortest(written, level):
    assert level_text(written) == level


def test_levels_are_in_numeric_order_only_if_all_are_numbers():
    assert ordered_levels(["10", "9", "-1"]) == ("-1", "9", "10")
    assert ordered_levels(["10", "9", "x"]) == ("10", "9", "x")


def test_a_category_of_numbers_can_be_used_as_numbers_and_back():
    category = Category(np.array([0, 1, 0], dtype=np.int32), ("2.50", "10"), np.array([True, True, False]))
    column = category.as_column()
    assert (column.values.tolist()[:2], column.decimals) == ([250, 1000], 2)
    assert [column.as_category().levels[code] for code in column.as_category().codes[:2]] == ["2.5", "10"]


def test_levels_that_differ_only_in_writing_become_one():
    category = Category(np.array([0, 1, 2], dtype=np.int32), ("1", "1.0", "2"), everyone(3)).as_category()
    assert (category.levels, category.codes.tolist()) == (("1", "2"), [0, 0, 1])


def test_text_levels_are_not_numbers():
    with pytest.raises(NotNumeric, match=r"^1 of its values is no number$"):
        Category.of(["1", "knee"]).as_column()


def test_taking_rows_keeps_their_order_and_every_column():
    data = columns(scores={("pain", "pre"): ["1", "2", "3"]}, covariates={"arm": ["a", "b", "c"]})
    part = data.take(np.array([True, False, True]))
    assert part.rows == 2
    assert part.score("pain", "pre").values.tolist() == [1, 3]
    assert part.covariates["arm"].codes.tolist() == [0, 2]
