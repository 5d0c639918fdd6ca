"""HC3 from joint counts: against R on the 32 cohorts, statsmodels on rows with covariates, and tables that add up."""

import json
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import strategies
from oracle_cohorts import ORACLE, moments_of, read_cohorts
from small_samples import for_all
from test_stats_ancova import DECIMALS, NAMES, by_least_squares, patients

from outcomes.stats.ancova import Moments, ancova
from outcomes.stats.documents import NotATable, TablesDiffer
from outcomes.stats.estimable import NotEstimable
from outcomes.stats.pairs import Pairs, in_order
from outcomes.stats.robust import hc3
from outcomes.stats.slopes import parallel_slopes

COHORTS = read_cohorts()


def pairs_of(rows, names=NAMES, decimals=DECIMALS):
    counts = Counter(tuple(row) for row in rows)
    return Pairs(names=tuple(names), decimals=tuple(decimals), patterns=in_order(counts))


def of_rows(rows):
    width = len(rows[0])
    return hc3(moments_of(rows, NAMES[:width], DECIMALS[:width]), pairs_of(rows, NAMES[:width], DECIMALS[:width]))


def test_hc3_agrees_with_r_on_the_32_cohorts(tally):
    """> se <- sqrt(sandwich::vcovHC(lm(post ~ pre + group), type = "HC3")["group", "group"])     # as car::hccm
    > t <- coef(fit)["group"] / se; 2 * pt(-abs(t), fit$df.residual)

    R 4.2.2. NA where R has no model, or a coefficient it leaves out; a perfect fit gives it 0 and NaN, a leverage of 1
    NaN.
    """
    said = json.loads((ORACLE / "hc3_R.json").read_text())
    for cohort in COHORTS:
        rows = [(post, pre, group) for pre, post, group in cohort.pairs()]
        ours = hc3(cohort.moments(), pairs_of(rows, NAMES[:3], (0, 0, 0)))
        tally.result(cohort.name, ours, said[cohort.name], se="se", t="t", p="p")
    assert (tally.numbers, tally.refusals) == (63, 11)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("terms", [3, 4, 6])
def test_hc3_with_covariates_agrees_with_statsmodels(seed, terms):
    """>>> OLS(post, [1, group, pre, age, female, years]).fit(cov_type="HC3", use_t=True)"""
    rows = [row[:terms] for row in patients(seed, 14 + 9 * seed)]
    ours, (fit, _) = of_rows(rows), by_least_squares(rows)
    robust = fit.get_robustcov_results("HC3", use_t=True)
    low, high = robust.conf_int()[1]
    said = [robust.bse[1], low, high, robust.tvalues[1], robust.pvalues[1]]
    assert [ours.se, ours.lcl, ours.ucl, ours.t, ours.p] == pytest.approx(said, rel=1e-7)


def test_hc3_differs_from_the_classical_standard_error_where_the_spread_does():
    """The comparison would be empty if both were always alike: group 1 has ten times the error of group 0."""
    chance = np.random.default_rng(5)
    group = np.repeat([0, 1], [60, 15])
    pre = chance.integers(0, 100, 75)
    post = pre + 10 * group + (chance.normal(0, 1, 75) * np.where(group, 30, 3)).astype(int)
    rows = np.column_stack([post, pre, group]).tolist()
    moments = moments_of(rows, NAMES[:3], (0, 0, 0))
    assert hc3(moments, pairs_of(rows, NAMES[:3], (0, 0, 0))).se > 1.5 * ancova(moments).se


def test_rows_counted_many_times_weigh_as_often_as_they_are_counted():
    rows = [row[:3] for row in patients(4, 12)]
    thrice = pairs_of(rows * 3, NAMES[:3], DECIMALS[:3])
    assert len(thrice.patterns) == len(rows)
    fit, _ = by_least_squares(rows * 3)
    assert of_rows(rows * 3).se == pytest.approx(fit.HC3_se[1], rel=1e-9)


@for_all(cut=strategies.integers(min_value=0, max_value=20), seed=strategies.integers(0, 3))
def test_two_sites_patterns_added_give_the_very_same_bytes(cut, seed):
    rows = patients(seed, 20)
    one, two, whole = pairs_of(rows[:cut]), pairs_of(rows[cut:]), pairs_of(rows[::-1])
    assert one + two == two + one == whole
    moments = moments_of(rows, NAMES, DECIMALS)
    assert json.dumps(hc3(moments, one + two).payload()) == json.dumps(hc3(moments, whole).payload())


def test_sites_that_write_fewer_decimals_add_up_and_give_the_same_standard_error():
    rows = [[10 * row[0], *row[1:]] for row in patients(1, 20)]
    coarse = [[row[0] // 10, *row[1:]] for row in rows[9:]]
    total = pairs_of(rows[:9]) + pairs_of(coarse, NAMES, (1, *DECIMALS[1:]))
    assert total == pairs_of(rows)
    assert hc3(moments_of(rows, NAMES, DECIMALS), total) == of_rows(rows)


def test_patterns_of_different_variables_do_not_add_up():
    one = pairs_of([[1, 2, 0]], NAMES[:3], (0, 0, 0))
    with pytest.raises(TablesDiffer, match="do not add up"):
        one + replace(one, names=("post", "group", "pre"))


LONE = [[5, 4, 0], [6, 7, 0], [7, 5, 0], [1, 2, 0], [9, 8, 1]]


def test_a_group_of_one_has_no_hc3_and_says_why():
    """R: car::hccm says "singular because of 1 case with hatvalue = 1"; sandwich: NaN."""
    refused = of_rows(LONE)
    assert isinstance(refused, NotEstimable)
    assert "one procedure alone decides a term" in refused.reason
    assert not isinstance(ancova(moments_of(LONE, NAMES[:3], DECIMALS[:3])), NotEstimable)


def test_hc3_is_refused_where_the_model_is():
    refused = of_rows([[1, 2, 0], [2, 3, 0]])
    assert refused.reason == "2 patients are too few for a model with 2 terms"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"patterns": [[1, 2, 0]]}, "a value for each"),
        ({"decimals": [0, 0]}, "a value for each"),
        ({"patterns": [[1, 2, 0, 0]]}, "at least once"),
        ({"patterns": [[1, 2, 0, 1], [1, 2, 0, 4]]}, "ascending order"),
        ({"patterns": [[1, 2, 0, 1.0]]}, "not an integer"),
        ({"patterns": {"1": 1}}, "not a list"),
    ],
)
def test_a_document_that_is_no_table_of_patterns_is_refused_with_the_reason(change, why):
    document = pairs_of([[1, 2, 0], [3, 2, 1]], NAMES[:3], (0, 0, 0)).to_json()
    assert Pairs.from_json(json.loads(json.dumps(document))).to_json() == document
    with pytest.raises(NotATable, match=why):
        Pairs.from_json(document | change)


# The test of parallel slopes beside covariates.


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("terms", [3, 4, 6])
def test_parallel_slopes_beside_covariates_agree_with_least_squares(seed, terms):
    """>>> sm.OLS(post, [1, pre, group, pre * group, age, female, years]).fit()

    > anova(lm(post ~ pre + group + age), lm(post ~ pre * group + age))
    """
    rows = [row[:terms] for row in patients(seed, 24)]
    groups = {name: [row for row in rows if row[2] == g] for g, name in enumerate(("sham", "real"))}
    ours = parallel_slopes({name: moments_of(r, NAMES[:terms], DECIMALS[:terms]) for name, r in groups.items()})
    columns = (np.array(rows) / 10 ** np.array(DECIMALS[:terms])).T
    post, pre, group = columns[:3]
    fit = sm.OLS(post, np.column_stack([np.ones(24), pre, group, pre * group, *columns[3:]])).fit()
    low, high = fit.conf_int()[3]
    told = [ours.difference.estimate, ours.difference.low, ours.difference.high, ours.F, ours.p]
    assert told == pytest.approx([fit.params[3], low, high, fit.tvalues[3] ** 2, fit.pvalues[3]], rel=1e-7)
    assert ours.slopes == pytest.approx({"sham": fit.params[1], "real": fit.params[1] + fit.params[3]})
    assert ours.df2 == fit.df_resid


def test_three_groups_slopes_are_a_mistake():
    moments = moments_of(LONE, NAMES[:3], DECIMALS[:3])
    with pytest.raises(ValueError, match="between two groups, not 3"):
        parallel_slopes(dict.fromkeys("abc", moments))


SCORES = ((2, 6, 1), (3, 6, 0), (4, 6, 1), (4, 9, 0), (5, 6, 0), (5, 7, 1), (7, 7, 0), (8, 6, 1), (8, 10, 0), (9, 9, 1))


@pytest.mark.parametrize("rows", [SCORES, [(post, 3 * pre % 7, group) for post, pre, group in SCORES]])
def test_a_finer_scale_of_the_same_values_gives_the_same_bytes(rows):
    answers = {repr((hc3(*tables), ancova(tables[0]))) for tables in (at_scale(rows, 0), at_scale(rows, 1))}
    assert len(answers) == 1


def at_scale(rows, decimals):
    """Moments and pairs of post, pre and group, the scores with so many digits after the point."""
    scaled = sorted((post * 10**decimals, pre * 10**decimals, group) for post, pre, group in rows)
    names, places = ("post", "pre", "group"), (decimals, decimals, 0)
    sums = tuple(sum(row[i] for row in scaled) for i in range(3))
    products = tuple(tuple(sum(row[i] * row[j] for row in scaled) for j in range(3)) for i in range(3))
    moments = Moments(names=names, decimals=places, n=len(scaled), sums=sums, products=products)
    return moments, Pairs(names=names, decimals=places, patterns=tuple((*row, 1) for row in scaled))
