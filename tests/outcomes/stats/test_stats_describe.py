"""Descriptions and quantiles against numpy, and at the edges."""

import json
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import strategies
from small_samples import columns, for_all

from outcomes.stats.describe import describe, quantile

NUMPY = {
    1: "inverted_cdf",
    2: "averaged_inverted_cdf",
    3: "closest_observation",
    4: "interpolated_inverted_cdf",
    5: "hazen",
    6: "weibull",
    7: "linear",
    8: "median_unbiased",
    9: "normal_unbiased",
}


@pytest.mark.parametrize("kind", NUMPY)
@for_all(column=columns, eighths=strategies.integers(min_value=0, max_value=8))
def test_quantiles_agree_with_numpy(kind, column, eighths):
    """>>> numpy.quantile(column, p, method="hazen")     # p in eighths, so that a position is exact in binary"""
    ours = quantile(Counter(column), Fraction(eighths, 8), kind)
    assert float(ours) == pytest.approx(np.quantile(column, eighths / 8, method=NUMPY[kind]), rel=1e-12)


@for_all(column=columns)
def test_a_description_agrees_with_numpy(column):
    told = describe(Counter(column), missing=0, decimals=1)
    values = np.array(column) / 10
    assert (told.n, told.min, told.max) == (len(column), values.min(), values.max())
    assert told.mean == pytest.approx(values.mean())
    if len(column) > 1:
        assert told.sd == pytest.approx(values.std(ddof=1), abs=1e-9)
    assert [told.q1, told.median, told.q3] == pytest.approx(np.quantile(values, [0.25, 0.5, 0.75]))


def test_a_quantile_is_exact_where_floating_point_is_not():
    """Type 6 of ten values at p = 0.3 lies at position 3.3: 2 + 0.3 * (3 - 2) with nothing rounded."""
    assert quantile(Counter(range(10)), Fraction(3, 10), 6) == Fraction(23, 10)


def test_scores_with_decimals_come_out_in_their_own_unit():
    told = describe(Counter({525: 1, 1025: 1}), missing=3, decimals=2)
    assert (told.mean, told.min, told.max, told.median, told.missing) == (7.75, 5.25, 10.25, 7.75, 3)


def test_the_sd_of_large_values_close_together_keeps_its_digits():
    """>>> statistics.stdev([1000000000, 1000000001, 1000000002])     # 1.0; the textbook formula in floats gives 0.0"""
    assert describe(Counter(range(10**9, 10**9 + 3)), missing=0, decimals=0).sd == 1.0


def test_an_empty_column_has_no_numbers_and_says_so():
    payload = describe(Counter(), missing=4, decimals=0).payload()
    assert (payload["n"], payload["missing"], payload["median"], payload["sd"]) == (0, 4, None, None)
    assert payload["not_estimable"]["median"] == "needs 1 value"
    assert payload["not_estimable"]["sd"] == "needs 2 values"
    assert set(payload) == {*PAYLOAD, "not_estimable"}


def test_one_value_has_a_median_but_no_sd():
    payload = describe(Counter([7]), missing=0, decimals=0).payload()
    assert (payload["median"], payload["q1"], payload["q3_t6"], payload["sd"]) == (7, 7, 7, None)
    assert payload["not_estimable"] == {"sd": "needs 2 values"}


PAYLOAD = [
    "n",
    "missing",
    "mean",
    "sd",
    "min",
    "max",
    "median",
    "q1",
    "q3",
    "q1_t2",
    "q3_t2",
    "q1_t5",
    "q3_t5",
    "q1_t6",
    "q3_t6",
]


def test_a_payload_has_the_documented_keys_in_order_and_is_json():
    payload = describe(Counter([1, 2]), missing=0, decimals=0).payload()
    assert list(payload) == PAYLOAD
    json.dumps(payload, allow_nan=False)


def test_a_value_counted_zero_times_is_not_there():
    assert describe({0: 0, 3: 2, 9: 0}, missing=0, decimals=0) == describe({3: 2}, missing=0, decimals=0)


def test_the_order_and_the_integer_type_of_the_counts_do_not_matter():
    column = {5: 200, 0: 3, 3: 100}
    bytes_ = {np.int8(value): np.uint8(many) for value, many in reversed(column.items())}
    assert describe(bytes_, missing=0, decimals=1) == describe(column, missing=0, decimals=1)


def test_a_patient_with_no_value_changes_only_the_number_missing():
    before, after = (describe({3: 2, 8: 1}, missing=m, decimals=0).payload() for m in (0, 1))
    assert before | {"missing": 1} == after


@pytest.mark.parametrize(("p", "kind"), [(Fraction(3, 2), 7), (Fraction(-1, 2), 7), (Fraction(1, 2), 10)])
def test_a_quantile_that_does_not_exist_is_refused(p, kind):
    with pytest.raises(ValueError, match="no quantile"):
        quantile({1: 2}, p, kind)


def test_a_count_below_zero_is_refused():
    with pytest.raises(ValueError, match="fewer than 0"):
        describe({1: -1, 2: 3}, missing=0, decimals=0)
