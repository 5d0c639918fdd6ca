"""The models of repeated scores against nlme and geepack (R 4.2.2), and every way in which they have no answer."""

import json
import math
import warnings

import numpy as np
import pytest
from oracle_cohorts import ORACLE, read_cohorts
from statsmodels.regression.mixed_linear_model import MixedLM

from outcomes.stats.estimable import NotEstimable
from outcomes.stats.random_intercept import likeliest
from outcomes.stats.repeated import estimating_equations, mixed_model
from outcomes.stats.repeated_rows import NotAdded, Rows, design

COHORTS = [cohort for cohort in read_cohorts() if "lme_ml" in cohort.r]
MORE = json.loads((ORACLE / "repeated_R.json").read_text())


def rows_of(scores, *, group=None, by="", levels=(), covariates=None):
    table = np.array([[np.nan if value is None else float(value) for value in row] for row in scores])
    names = tuple(covariates or ())
    return Rows(
        timepoints=tuple(map(str, range(table.shape[1]))),
        scores=table,
        group=np.array(group if group is not None else [0] * len(table), dtype=int),
        by=by,
        levels=tuple(levels),
        names=names,
        covariates=np.array([covariates[name] for name in names], dtype=float).T.reshape(len(table), len(names)),
    )


def visits(cohort):
    return design(rows_of(cohort.scores))


def by_group(cohort):
    return design(rows_of(cohort.scores, group=cohort.group, by="g", levels=("0", "1")))


def high(cohort):
    return design(rows_of([[v if v is None else 2 * v > cohort.highest for v in row] for row in cohort.scores]))


def worst(ours, said):
    """The largest difference in the unit of R's number, or absolute for numbers below 1."""
    return max(abs(a - b) / max(1, abs(b)) for a, b in zip(ours, said, strict=True))


def named(fit, key):
    return [getattr(term, key) for term in fit.terms]


def test_there_are_17_cohorts_of_which_one_is_constant():
    assert len(COHORTS) == 17
    assert [c.name for c in COHORTS if isinstance(mixed_model(visits(c)), NotEstimable)] == ["f111_constant_AS_n30_T3"]


def test_the_mixed_model_agrees_with_nlme():
    """> lme(score ~ factor(visit), random = ~ 1 | id, method = "REML")     # fixef, VarCorr, logLik; and "ML"

    Of f070 nlme's own ML stops short: its log-likelihood is 8e-7 lower than ours.
    """
    compared = 0
    for cohort in COHORTS:
        fit = mixed_model(visits(cohort))
        if isinstance(fit, NotEstimable):
            continue
        reml, ml = cohort.r["lme_reml"], cohort.r["lme_ml"]
        assert worst(named(fit, "estimate"), reml["beta"]) < 1e-5, cohort.name
        assert worst(fit.beside["ml"]["estimates"].values(), ml["beta"]) < 1e-4, cohort.name
        for ours, said in ((fit.beside, reml), (fit.beside["ml"], ml)):
            assert ours["log_likelihood"] == pytest.approx(said["ll"], abs=1e-6)
            spread = [math.sqrt(ours[f"{name}_variance"]) for name in ("random_intercept", "residual")]
            assert spread == pytest.approx(said["sd"], rel=1e-3)
            compared += len(said["beta"]) + 3
    assert compared == 32 * 3 + 2 * TERMS


TERMS = 62  # of the 16 cohorts' models of the visits


@pytest.mark.parametrize(("key", "design_of"), [("visits", visits), ("groups", by_group)])
def test_standard_errors_degrees_of_freedom_and_p_agree_with_nlme(key, design_of):
    """> summary(lme(score ~ factor(visit), random = ~ 1 | id))$tTable     # and factor(visit) * factor(group)"""
    compared = 0
    for cohort in COHORTS:
        if cohort.name not in MORE:
            continue
        fit, said = mixed_model(design_of(cohort)), MORE[cohort.name][key]
        assert worst(named(fit, "estimate"), said["beta"]) < 1e-5, cohort.name
        assert named(fit, "se") == pytest.approx(said["se"], rel=1e-4), cohort.name
        assert named(fit, "df") == said["df"], cohort.name
        assert named(fit, "p") == pytest.approx(said["p"], rel=1e-3, abs=1e-6), cohort.name
        compared += 1
    assert compared == 16


@pytest.mark.parametrize("name", ["f046", "f053", "f070", "f082"])
@pytest.mark.parametrize("reml", [True, False])
def test_the_likelihood_is_the_one_that_statsmodels_climbs_and_nowhere_higher(name, reml):
    """>>> MixedLM(y, x, procedure).fit(reml=reml, method=["powell"])"""
    of = visits(next(c for c in COHORTS if c.name.startswith(name)))
    theirs = MixedLM(of.y, of.x, of.procedure).fit(reml=reml, method=["powell"])
    ours = likeliest(of.y, of.x, of.procedure, reml=reml)
    assert ours.log_likelihood == pytest.approx(theirs.llf, abs=1e-9)
    assert ours.log_likelihood >= theirs.llf - 1e-10
    assert worst(ours.beta, theirs.fe_params) < 1e-6
    assert ours.ratio * ours.residual == pytest.approx(theirs.cov_re[0, 0], rel=1e-5)


def test_estimating_equations_agree_with_geepack():
    """> geeglm(score ~ factor(visit), id = id, corstr = "independence")     # and "exchangeable"

    Independence agrees to the last digit but a few. For the exchangeable correlation geepack divides the sum over pairs
    by another number: where nobody misses a visit nothing depends on it, else estimates and errors differ a little.
    """
    far_beta, far_se = 0, 0
    for cohort in COHORTS:
        independent, exchangeable = (
            estimating_equations(visits(cohort), logistic=False, exchangeable=each) for each in (False, True)
        )
        if isinstance(independent, NotEstimable):
            assert cohort.r["gee_ind"]["se"][0] == 0
            continue
        said = cohort.r["gee_ind"]
        assert worst(named(independent, "estimate"), said["beta"]) < 1e-12
        assert named(independent, "se") == pytest.approx(said["se"], rel=1e-10)
        said = cohort.r["gee_ex"]
        beta = worst(named(exchangeable, "estimate"), said["beta"])
        se = max(abs(a / b - 1) for a, b in zip(named(exchangeable, "se"), said["se"], strict=True))
        far_beta, far_se = max(far_beta, beta), max(far_se, se)
        if not any(None in row for row in cohort.scores):
            assert max(beta, se) < 1e-10
    assert 0.001 < far_beta < 0.03
    assert 0.001 < far_se < 0.006


def test_logistic_estimating_equations_agree_with_geepack():
    """> geeglm(high ~ factor(visit), id = id, family = binomial, corstr = "independence")

    Where all answers at a visit are the same the log odds have no finite value; R goes on to print large numbers.
    """
    compared = separated = 0
    for cohort in COHORTS:
        if cohort.name not in MORE:
            continue
        fit, said = estimating_equations(high(cohort), logistic=True, exchangeable=False), MORE[cohort.name]["logistic"]
        if "error" in said:
            assert "are the same" in fit.reason
            separated += 1
            continue
        assert worst(named(fit, "estimate"), said["beta"]) < 1e-6, cohort.name
        assert named(fit, "se") == pytest.approx(said["se"], rel=1e-5), cohort.name
        assert named(fit, "p") == pytest.approx(said["p"], rel=1e-5, abs=1e-9), cohort.name
        compared += 1
    assert (compared, separated) == (13, 3)


def test_contrasts_are_the_changes_within_each_level():
    """In the second level the change is the timepoint's term and its difference between the levels."""
    cohort = next(c for c in COHORTS if c.name.startswith("f072"))
    of = by_group(cohort)
    fit = mixed_model(of)
    term = dict(zip(of.terms, fit.terms, strict=True))
    contrast = dict(zip(of.contrasts, fit.contrasts, strict=True))
    assert list(contrast) == [("1", "0"), ("2", "0"), ("1", "1"), ("2", "1")]
    assert contrast["1", "0"] == term["1"]
    sum_of_two = term["2"].estimate + term["2, g = 1"].estimate
    assert contrast["2", "1"].estimate == pytest.approx(sum_of_two, rel=1e-12)


def test_of_complete_data_the_change_is_the_mean_change():
    scores = [[7, 3, 2], [8, 5, 5], [6, 6, 1], [9, 4, 4], [5, 5, 3]]
    of = design(rows_of(scores))
    for fit in (mixed_model(of), estimating_equations(of, logistic=False, exchangeable=True)):
        changes = np.array(scores)[:, 1:] - np.array(scores)[:, :1]
        assert [each.estimate for each in fit.contrasts] == pytest.approx(changes.mean(axis=0).tolist())


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_the_procedures_does_not_change_a_bit(seed):
    cohort = next(c for c in COHORTS if c.name.startswith("f054"))
    order = np.random.default_rng(seed).permutation(len(cohort.scores))
    shuffled = rows_of([cohort.scores[i] for i in order], group=[cohort.group[i] for i in order], by="g", levels="01")
    straight = by_group(cohort)
    assert repr(mixed_model(design(shuffled))) == repr(mixed_model(straight))
    for exchangeable in (False, True):
        one, two = (
            estimating_equations(each, logistic=False, exchangeable=exchangeable)
            for each in (design(shuffled), straight)
        )
        assert repr(one) == repr(two)


def test_a_covariate_has_its_term_and_the_degrees_of_freedom_between_procedures():
    scores = [[7, 3], [8, 5], [6, 6], [9, 4], [5, 5], [6, 2], [4, 3]]
    of = design(rows_of(scores, covariates={"age": [61, 70, 55, 48, 66, 59, 71]}))
    fit = mixed_model(of)
    assert of.terms == ("intercept", "1", "age")
    assert named(fit, "df") == [6, 6, 5]


def test_procedures_that_do_not_differ_have_an_intercept_variance_of_zero_and_say_so():
    fit = mixed_model(design(rows_of([[1, 9], [9, 1], [2, 8], [8, 2], [5, 6], [6, 5]])))
    assert fit.beside["random_intercept_variance"] == fit.beside["correlation"] == 0
    assert "do not differ" in fit.warnings[0]


REFUSED = [
    ([[None, None]], {}, "nobody has a value"),
    ([[None, 3], [None, 4]], {}, "nobody has a value at the baseline, 0"),
    ([[3, None], [4, None]], {}, "needs values at 2 timepoints, and all are at 0"),
    ([[3, 4], [4, 1]], {"group": [1, 1], "by": "arm", "levels": ("a", "b")}, "needs 2 groups, and arm has 1: b"),
    (
        [[3, 4], [4, None], [2, None]],
        {"group": [0, 1, 1], "by": "arm", "levels": ("a", "b")},
        "nobody with arm = b has a value at 1",
    ),
    (
        [[3, 4], [4, 1], [2, 2]],
        {"covariates": {"age": [60, 61, 62], "months": [720, 732, 744]}},
        "months follows from the terms before it",
    ),
    ([[3, 4], [4, 1], [2, 2]], {"covariates": {"same": [5, 5, 5]}}, "same follows from the terms before it"),
]


@pytest.mark.parametrize(("scores", "more", "reason"), REFUSED, ids=[reason for *_, reason in REFUSED])
def test_rows_without_a_design_say_why(scores, more, reason):
    assert design(rows_of(scores, **more)) == NotEstimable(reason)


@pytest.mark.parametrize(
    ("scores", "reason"),
    [
        ([[3, 3], [3, 3], [3, None]], "all values are the same"),
        ([[3, None], [None, 4], [5, None]], "no procedure has values at 2 timepoints"),
        ([[3, 4], [None, 4], [5, None]], "too few for a model"),
        ([[3, 4], [5, 6], [1, 2], [7, 8]], "within procedures nothing is left"),
    ],
    ids=["constant", "nobody twice", "too few", "all change alike"],
)
def test_a_mixed_model_that_has_no_estimates_says_why(scores, reason):
    refused = mixed_model(design(rows_of(scores)))
    assert isinstance(refused, NotEstimable)
    assert reason in refused.reason


@pytest.mark.parametrize(
    ("scores", "logistic", "reason"),
    [
        ([[3, 3], [3, 3], [3, None]], False, "all values are the same"),
        ([[3, 4], [4, 1]], False, "too few for a model"),
        ([[1, 0], [1, 1], [1, 0], [1, 1]], True, "all answers are the same at 0"),
        ([[3, 4], [5, 6], [1, 2], [7, 8]], False, "no solution"),
    ],
    ids=["constant", "too few", "separated", "all change alike"],
)
def test_estimating_equations_without_a_solution_say_why(scores, logistic, reason):
    for exchangeable in (False, True):
        refused = estimating_equations(design(rows_of(scores)), logistic=logistic, exchangeable=exchangeable)
        assert isinstance(refused, NotEstimable)
        assert reason in refused.reason


@pytest.mark.parametrize("seed", range(60))
def test_no_small_cohort_leaks_a_warning_or_a_nan(seed):
    chance = np.random.default_rng(seed)
    n, t = chance.integers(1, 9), chance.integers(1, 5)
    scores = chance.integers(0, chance.integers(1, 6) + 1, (n, t)).astype(object)
    scores[chance.random((n, t)) < 0.3] = None
    more = {"group": chance.integers(0, 2, n), "by": "g", "levels": "01"} if seed % 2 else {}
    of = design(rows_of(scores.tolist(), **more))
    yes = design(rows_of([[v if v is None else v > 1 for v in row] for row in scores.tolist()]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fits = [mixed_model(of)] if not isinstance(of, NotEstimable) else []
        for each, logistic in ((of, False), (yes, True)):
            if not isinstance(each, NotEstimable):
                fits += [estimating_equations(each, logistic=logistic, exchangeable=e) for e in (False, True)]
    for fit in fits:
        if not isinstance(fit, NotEstimable):
            numbers = [each.payload() for each in (*fit.terms, *fit.contrasts)]
            json.dumps([numbers, fit.beside], allow_nan=False)
            assert all(each["se"] > 0 and 0 <= each["p"] <= 1 for each in numbers)


def test_rows_are_not_added():
    rows = rows_of([[3, 4], [4, 1]])
    with pytest.raises(NotAdded, match="cannot be pooled"):
        rows + rows
    with pytest.raises(NotAdded, match="cannot be pooled"):
        sum([rows, rows])
