"""ANCOVA from moments, against ordinary least squares on the rows, and what must not change."""

import json
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import strategies
from oracle_cohorts import moments_of
from scipy import stats
from small_samples import for_all

from outcomes.stats.ancova import ancova
from outcomes.stats.estimable import NotEstimable
from outcomes.stats.slopes import parallel_slopes
from outcomes.stats.solve import Dependent, inverse

NAMES = ("post", "pre", "group", "age", "female", "years")
DECIMALS = (2, 1, 0, 0, 0, 1)


def patients(seed, n):
    """Rows of NAMES as scaled integers, the outcome leaning on all of them."""
    chance = np.random.default_rng(seed)
    group, female = chance.integers(0, 2, n), chance.integers(0, 2, n)
    group[:2] = 0, 1
    pre, age, years = chance.integers(0, 1000, n), chance.integers(18, 90, n), chance.integers(0, 400, n)
    post = pre * 7 // 10 - 120 * group + 2 * age + 40 * female - years // 5 + chance.integers(-150, 150, n)
    return np.column_stack([post, pre, group, age, female, years]).tolist()


def by_least_squares(rows):
    """The same model on floating-point rows: post ~ 1 + group + pre + covariates."""
    columns = (np.array(rows) / 10 ** np.array(DECIMALS[: len(rows[0])])).T
    order = [2, 1, *range(3, len(columns))]
    return sm.OLS(columns[0], sm.add_constant(columns[order].T)).fit(), columns


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("terms", [3, 4, 6])
def test_ancova_with_covariates_agrees_with_least_squares_on_the_rows(seed, terms):
    """>>> statsmodels.api.OLS(post, [1, group, pre, age, female, years]).fit()"""
    rows = [row[:terms] for row in patients(seed, 14 + 9 * seed)]
    ours = ancova(moments_of(rows, NAMES[:terms], DECIMALS[:terms]))
    theirs, columns = by_least_squares(rows)
    low, high = theirs.conf_int()[1]
    said = [theirs.params[1], theirs.bse[1], low, high, theirs.tvalues[1], theirs.pvalues[1], theirs.params[2]]
    got = [ours.diff, ours.se, ours.lcl, ours.ucl, ours.t, ours.p, ours.baseline_slope]
    assert got == pytest.approx(said, rel=1e-7)
    assert (ours.n, ours.df) == (len(rows), theirs.df_resid)
    assert (ours.r2, ours.F) == pytest.approx((theirs.rsquared, theirs.tvalues[1] ** 2), rel=1e-7)
    plain = stats.ttest_ind(columns[0][columns[2] == 1], columns[0][columns[2] == 0])
    assert ours.unadjusted_p == pytest.approx(plain.pvalue, rel=1e-7)
    means = [columns[0][columns[2] == level].mean() for level in (0, 1)]
    assert ours.unadjusted_diff == pytest.approx(means[1] - means[0], rel=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_adjusted_means_are_the_models_predictions_at_the_mean_of_everything_else(seed):
    """>>> fit.get_prediction([1, level, mean(pre), mean(age), ...])"""
    rows = patients(seed, 30)
    ours, (theirs, columns) = ancova(moments_of(rows, NAMES, DECIMALS)), by_least_squares(rows)
    for level in (0, 1):
        at = np.array([[1, level, *(columns[i].mean() for i in (1, 3, 4, 5))]])
        told = theirs.get_prediction(at)
        assert ours.adjusted_means[str(level)] == pytest.approx(told.predicted_mean[0], rel=1e-9)
        assert ours.adjusted_ses[str(level)] == pytest.approx(told.se_mean[0], rel=1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_ancova_of_the_change_has_the_same_difference_and_p(seed):
    """Exactly the same: the slope alone becomes slope - 1."""
    rows = patients(seed, 25)
    post, change = ([[row[0] - k * 10 * row[1], *row[1:]] for row in rows] for k in (0, 1))
    one, two = (ancova(moments_of(r, NAMES, DECIMALS)) for r in (post, change))
    assert (one.diff, one.se, one.t, one.p, one.F) == (two.diff, two.se, two.t, two.p, two.F)
    assert one.baseline_slope - 1 == pytest.approx(two.baseline_slope, abs=1e-12)


@for_all(cut=strategies.integers(min_value=0, max_value=25), seed=strategies.integers(0, 3))
def test_moments_of_two_sites_added_give_the_very_same_bytes_as_their_rows_together(cut, seed):
    rows = patients(seed, 25)
    parts = [moments_of(part, NAMES, DECIMALS) for part in (rows[:cut], rows[cut:])]
    assert parts[0] + parts[1] == moments_of(rows, NAMES, DECIMALS)
    together = ancova(moments_of(rows[::-1], NAMES, DECIMALS))
    assert json.dumps(ancova(parts[0] + parts[1]).payload()) == json.dumps(together.payload())


def test_sites_that_write_fewer_decimals_add_up_all_the_same():
    rows = [[10 * row[0], *row[1:5], 10 * row[5]] for row in patients(1, 20)]
    coarse = [[row[0] // 10, *row[1:5], row[5] // 10] for row in rows]
    fine = moments_of(rows[:9], NAMES, DECIMALS)
    rest = moments_of(coarse[9:], NAMES, (1, *DECIMALS[1:5], 0))
    assert fine + rest == rest + fine == moments_of(rows, NAMES, DECIMALS)


def test_group_counts_add_up_by_level():
    site = moments_of([[1, 2, 0], [3, 4, 1]])
    one, two = replace(site, group_counts={"sham": 1, "real": 1}), replace(site, group_counts={"real": 2})
    assert (one + two).group_counts == {"sham": 1, "real": 3}


def test_moments_of_different_variables_do_not_add_up():
    with pytest.raises(ValueError, match="do not add up"):
        moments_of([[1, 2, 0]]) + moments_of([[1, 2, 0]], ("post", "group", "pre"))


def test_the_order_of_the_names_does_not_matter():
    rows = patients(3, 25)
    turned = moments_of(
        [[row[2], row[1], row[0], *row[3:]] for row in rows],
        ("group", "pre", "post", *NAMES[3:]),
        (0, 1, 2, *DECIMALS[3:]),
    )
    assert ancova(turned) == ancova(moments_of(rows, NAMES, DECIMALS))


def test_turning_the_groups_round_turns_the_difference_and_nothing_else():
    rows = patients(2, 25)
    turned = [[*row[:2], 1 - row[2], *row[3:]] for row in rows]
    one, two = (ancova(moments_of(r, NAMES, DECIMALS)) for r in (rows, turned))
    assert (one.diff, one.t, one.lcl) == (-two.diff, -two.t, -two.ucl)
    assert (one.p, one.se, one.r2, one.baseline_slope) == (two.p, two.se, two.r2, two.baseline_slope)
    assert one.adjusted_means["0"] == two.adjusted_means["1"]


def test_a_million_patients_with_large_values_lose_no_digits():
    """The same 25 rows 40 000 times over, shifted far from 0: differences stay, errors shrink as sqrt(df)."""
    rows = patients(0, 25)
    once = ancova(moments_of(rows, NAMES, DECIMALS))
    far = [[row[0] + 10**8, row[1] + 10**8, *row[2:]] for row in rows]
    moments = moments_of(far, NAMES, DECIMALS)
    many = replace(
        moments,
        n=np.int64(moments.n * 40_000),
        sums=tuple(s * 40_000 for s in moments.sums),
        products=tuple(tuple(p * 40_000 for p in row) for row in moments.products),
    )
    told = ancova(many)
    assert (told.diff, told.baseline_slope, told.r2) == (once.diff, once.baseline_slope, once.r2)
    assert told.se == pytest.approx(once.se * (once.df / told.df) ** 0.5, rel=1e-12)


FLAT = [[5, 4, 0], [6, 4, 1], [7, 4, 0], [1, 4, 1], [2, 4, 1]]
ONE_GROUP = [[5, 1, 1], [6, 4, 1], [7, 3, 1], [1, 2, 1], [2, 6, 1]]
TWINS = [[5, 1, 0, 2], [6, 4, 1, 8], [7, 3, 0, 6], [1, 2, 1, 4], [2, 6, 1, 12], [3, 3, 0, 6]]
PERFECT = [[3, 1, 0], [5, 2, 0], [9, 3, 1], [11, 4, 1], [13, 5, 1]]


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([], "no patient has every value"),
        ([[1, 2, 0], [3, 1, 1], [2, 2, 0]], "3 patients are too few for a model with 2 terms"),
        (ONE_GROUP, "only one of the two groups"),
        (FLAT, "'pre' is the same in every patient"),
        (TWINS, "'age' follows exactly from group, pre"),
        (PERFECT, "fits every patient exactly"),
    ],
    ids=["nobody", "no degree of freedom", "one group", "one baseline", "age is twice pre", "perfect fit"],
)
def test_a_model_that_cannot_be_fitted_says_why(rows, reason):
    """R: an error, an aliased coefficient, or "essentially perfect fit"; statsmodels: nan."""
    refused = ancova(moments_of(rows, NAMES[: len(rows[0]) if rows else 3]))
    assert isinstance(refused, NotEstimable)
    assert reason in refused.payload()["not_estimable"]


def test_moments_without_a_baseline_are_a_mistake():
    with pytest.raises(ValueError, match="an ANCOVA needs"):
        ancova(moments_of([[1, 0], [2, 1]], ("post", "group")))


ANCOVA = """n diff se lcl ucl t df p F baseline_slope r2 unadjusted_diff unadjusted_p adjusted_means adjusted_ses"""


def test_the_payload_has_the_documented_keys_and_is_json():
    payload = ancova(moments_of(patients(0, 20), NAMES, DECIMALS)).payload()
    assert list(payload) == ANCOVA.split()
    json.dumps(payload, allow_nan=False)


# One slope or one for each group.


@pytest.mark.parametrize("seed", range(4))
def test_parallel_slopes_agree_with_least_squares_on_the_rows(seed):
    """>>> sm.OLS(post, [1, pre, group, pre * group]).fit().f_test("x3 = 0")"""
    rows = [row[:3] for row in patients(seed, 22)]
    ours = parallel_slopes(
        {str(g): moments_of([row for row in rows if row[2] == g], decimals=(2, 1, 0)) for g in (0, 1)}
    )
    post, pre, group = (np.array(rows) / [100, 10, 1]).T
    theirs = sm.OLS(post, np.column_stack([np.ones(22), pre, group, pre * group])).fit()
    tested = theirs.f_test("x3 = 0")
    assert (ours.F, ours.p) == pytest.approx((float(tested.fvalue), float(tested.pvalue)), rel=1e-7)
    assert (ours.df1, ours.df2) == (1, 18)
    assert list(ours.slopes.values()) == pytest.approx([theirs.params[1], theirs.params[1] + theirs.params[3]])
    json.dumps(ours.payload(), allow_nan=False)


@pytest.mark.parametrize(
    ("groups", "reason"),
    [
        ([FLAT[:2]], "fewer than two groups"),
        ([FLAT, TWINS], "'pre' does not vary in group '0'"),
        ([[[1, 2, 0], [2, 3, 0]], [[5, 1, 1], [1, 9, 1]]], "too few patients for a slope in each group"),
        ([PERFECT[:2], PERFECT[2:]], "fits every patient exactly"),
    ],
)
def test_slopes_that_cannot_be_compared_say_why(groups, reason):
    refused = parallel_slopes({str(i): moments_of([row[:3] for row in rows]) for i, rows in enumerate(groups)})
    assert isinstance(refused, NotEstimable)
    assert reason in refused.reason


# The exact solver.


def test_the_inverse_is_exact():
    assert inverse([[2, 1], [1, 2]]) == [[Fraction(2, 3), Fraction(-1, 3)], [Fraction(-1, 3), Fraction(2, 3)]]


@pytest.mark.parametrize("seed", range(5))
def test_a_matrix_times_its_inverse_is_the_identity(seed):
    columns = np.random.default_rng(seed).integers(-(10**6), 10**6, (9, 6)).tolist()
    matrix = [[sum(row[i] * row[j] for row in columns) for j in range(6)] for i in range(6)]
    product = [
        [sum(x * y for x, y in zip(row, column, strict=True)) for column in zip(*inverse(matrix), strict=True)]
        for row in matrix
    ]
    assert product == [[int(i == j) for j in range(6)] for i in range(6)]


def test_a_singular_matrix_names_its_first_dependent_column():
    with pytest.raises(Dependent) as caught:
        inverse([[1, 0, 2], [0, 3, 0], [2, 0, 4]])
    assert caught.value.column == 2
