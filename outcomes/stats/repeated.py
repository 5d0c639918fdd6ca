"""Models of repeated scores: a random intercept per procedure, and generalized estimating equations.

The one file of the kernel that asks statsmodels: it searches the likelihood and solves the equations. Standard errors
of the mixed model, degrees of freedom and p are made here, where they can be compared with nlme. Every way in which a
fit can fail is a NotEstimable; no warning leaks and no number is NaN.
"""

import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from scipy.special import ndtr, stdtr, stdtrit
from statsmodels.genmod.cov_struct import Exchangeable, Independence
from statsmodels.genmod.families import Binomial, Gaussian
from statsmodels.genmod.generalized_estimating_equations import GEE
from statsmodels.regression.mixed_linear_model import MixedLM

from .estimable import NotEstimable
from .normal import Z95
from .repeated_rows import Design

FEW_PROCEDURES = 40  # below, a sandwich of so few is known to be too small
_NO_SPREAD = 1e-12  # of the values' own spread: what is left is rounding
_NO_VARIANCE = 1e-8  # of the residual variance: an intercept that does not vary
_FARTHEST_LOG_ODDS = 20  # beyond this a probability is 0 or 1 to 9 digits


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A term's or a contrast's estimate with its standard error and 95 % limits. df is None where z is normal."""

    estimate: float
    se: float
    df: int | None
    statistic: float
    low: float
    high: float
    p: float

    def payload(self) -> dict:
        return {key: value for key, value in asdict(self).items() if value is not None}


@dataclass(frozen=True, kw_only=True)
class Fit:
    """terms and contrasts, in the design's order; the log-likelihood and what else this kind of model estimates."""

    terms: tuple[Estimate, ...]
    contrasts: tuple[Estimate, ...]
    beside: dict
    warnings: tuple[str, ...] = ()


def mixed_model(of: Design) -> Fit | NotEstimable:
    """The linear mixed model with a random intercept per procedure, by REML; maximum likelihood beside it.

    Standard errors from (X' V^-1 X)^-1 at the REML variances, t with nlme's degrees of freedom: terms that vary within
    procedures have N - procedures - (their number), the others procedures - 1 - (their number). Laird & Ware,
    Biometrics 1982;38:963-74; Pinheiro & Bates, Mixed-Effects Models in S and S-PLUS, 2.4.2.
    """
    within, between = _degrees(of)
    if reason := _no_mixed_model(of, within, between):
        return NotEstimable(reason)
    reml, ml = _likelihood(of, reml=True), _likelihood(of, reml=False)
    if isinstance(reml, NotEstimable) or isinstance(ml, NotEstimable):
        return reml if isinstance(reml, NotEstimable) else ml
    beta, ratio, residual, _ = reml
    spread = residual * _inverse(of, ratio)
    df = [within if inner else between for inner in of.within]
    df[0] = max(within, between)
    told = [_estimate(w, beta, spread, d) for w, d in zip(np.eye(len(beta)), df, strict=True)]
    return Fit(
        terms=tuple(told),
        contrasts=tuple(_estimate(weights, beta, spread, within) for weights in of.contrasts.values()),
        beside=_variances(reml)
        | {"ml": {"estimates": dict(zip(of.terms, ml[0].tolist(), strict=True)), **_variances(ml)}},
        warnings=() if ratio else ("procedures do not differ beyond their own spread: the intercept's variance is 0",),
    )


def estimating_equations(of: Design, *, logistic: bool, exchangeable: bool) -> Fit | NotEstimable:
    """GEE with the identity or the logit link, standard errors by the sandwich, p and limits from the normal.

    Liang & Zeger, Biometrika 1986;73:13-22. Independence is what geepack's geeglm gives to 14 digits; for the
    exchangeable correlation geepack divides by another number of pairs, so its estimates differ in the third digit.
    """
    if np.ptp(of.y) == 0:
        return NotEstimable("all values are the same")
    if logistic and (alike := _alike(of)):
        return NotEstimable(f"all answers are the same at {alike}, so the log odds have no finite value")
    if of.procedures <= len(of.terms):
        return NotEstimable(f"{of.procedures} procedures are too few for a model of {len(of.terms)} terms")
    structure = Exchangeable() if exchangeable else Independence()
    family = Binomial() if logistic else Gaussian()
    answer = _quietly(lambda: GEE(of.y, of.x, of.procedure, family=family, cov_struct=structure).fit(maxiter=200))
    if answer is None or not answer.converged or not _solid(of, answer, logistic):
        return NotEstimable("the estimating equations have no solution that could be found")
    beta, spread = answer.params, answer.cov_robust
    few = of.procedures < FEW_PROCEDURES
    return Fit(
        terms=tuple(_estimate(weights, beta, spread, None) for weights in np.eye(len(beta))),
        contrasts=tuple(_estimate(weights, beta, spread, None) for weights in of.contrasts.values()),
        beside={"correlation": float(structure.dep_params)} if exchangeable else {},
        warnings=(f"robust standard errors of {of.procedures} procedures are on the small side",) if few else (),
    )


def _degrees(of: Design) -> tuple[int, int]:
    """(within, between) procedures; the intercept is neither."""
    inner = sum(of.within)
    return len(of.y) - of.procedures - inner, of.procedures - 1 - (len(of.terms) - 1 - inner)


def _no_mixed_model(of: Design, within: int, between: int) -> str | None:
    """Why the model has no estimates, or None."""
    if np.ptp(of.y) == 0:
        return "all values are the same"
    if of.procedures == len(of.y):
        return "no procedure has values at 2 timepoints"
    if within < 1 or between < 1:
        return f"{len(of.y)} values of {of.procedures} procedures are too few for a model of {len(of.terms)} terms"
    own = np.column_stack([_centred(column, of.procedure) for column in of.x.T])
    y = _centred(of.y, of.procedure)
    left = y - own @ np.linalg.lstsq(own, y, rcond=None)[0]
    if left @ left <= _NO_SPREAD * len(of.y) * np.var(of.y):
        return "within procedures nothing is left to estimate the error from"
    return None


def _centred(column: np.ndarray, procedure: np.ndarray) -> np.ndarray:
    """The column less each procedure's mean."""
    means = np.bincount(procedure, weights=column) / np.bincount(procedure)
    return column - means[procedure]


Likelihood = tuple[np.ndarray, float, float, float]


def _likelihood(of: Design, *, reml: bool) -> Likelihood | NotEstimable:
    """(terms, intercept variance / residual variance, residual variance, log-likelihood) where it is largest.

    Powell's search needs no gradient; those that do fail for 1 of the 32 cohorts of tests/oracle.
    """
    model = MixedLM(of.y, of.x, of.procedure)
    answer = _quietly(lambda: model.fit(reml=reml, method=["powell"], xtol=1e-10, ftol=1e-12))
    if answer is None or not answer.converged:
        return NotEstimable("the likelihood has no maximum that could be found")
    numbers = [*answer.fe_params, answer.cov_re[0, 0], answer.scale, answer.llf]
    if not np.isfinite(numbers).all() or answer.scale <= 0:
        return NotEstimable("the likelihood has no maximum that could be found")
    ratio = float(answer.cov_re[0, 0] / answer.scale)
    return answer.fe_params, ratio if ratio > _NO_VARIANCE else 0.0, float(answer.scale), float(answer.llf)


def _variances(of: Likelihood) -> dict:
    _, ratio, residual, log_likelihood = of
    return {
        "random_intercept_variance": ratio * residual,
        "residual_variance": residual,
        "correlation": ratio / (1 + ratio),
        "log_likelihood": log_likelihood,
    }


def _inverse(of: Design, ratio: float) -> np.ndarray:
    """(X' V^-1 X)^-1 for V = I + ratio J within each procedure."""
    n = np.bincount(of.procedure)
    sums = np.column_stack([np.bincount(of.procedure, weights=column) for column in of.x.T])
    return np.linalg.inv(of.x.T @ of.x - (sums.T * (ratio / (1 + n * ratio))) @ sums)


def _estimate(weights: np.ndarray, beta: np.ndarray, spread: np.ndarray, df: int | None) -> Estimate:
    estimate, se = float(weights @ beta), float(np.sqrt(weights @ spread @ weights))
    reach, statistic = (Z95 if df is None else float(stdtrit(df, 0.975))) * se, estimate / se
    tail = ndtr(-abs(statistic)) if df is None else stdtr(df, -abs(statistic))
    return Estimate(
        estimate=estimate,
        se=se,
        df=df,
        statistic=statistic,
        low=estimate - reach,
        high=estimate + reach,
        p=float(2 * tail),
    )


def _alike(of: Design) -> str | None:
    """The first timepoint (and level) at which all answers are the same."""
    sums, many = np.bincount(of.cell, weights=of.y), np.bincount(of.cell)
    found = np.flatnonzero((many > 0) & ((sums == 0) | (sums == many)))
    return of.cells[found[0]] if len(found) else None


def _solid(of: Design, answer, logistic: bool) -> bool:
    """Every number finite, every standard error above rounding, and no probability at its end."""
    if not (np.isfinite(answer.params).all() and np.isfinite(answer.cov_robust).all()):
        return False
    smallest = np.sqrt(_NO_SPREAD) * (1 if logistic else np.std(of.y))
    variances: Sequence[float] = [weights @ answer.cov_robust @ weights for weights in of.contrasts.values()]
    if min(*np.diag(answer.cov_robust), *variances) <= smallest**2:
        return False
    return not logistic or float(np.abs(of.x @ answer.params).max()) < _FARTHEST_LOG_ODDS


def _quietly(fit):
    """The fit without its warnings, which say what is checked afterwards; None where the algebra breaks down."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return fit()
        except (np.linalg.LinAlgError, ValueError, ZeroDivisionError, FloatingPointError):
            return None
