"""Models of repeated scores: a random intercept per procedure, and generalized estimating equations.

The one file of the kernel that asks statsmodels: it solves the estimating equations. The mixed model's likelihood is
our own (random_intercept.py), as statsmodels goes through it procedure by procedure, a minute for 5000. Every way in
which a fit can fail is a NotEstimable; no warning leaks and no number is NaN.
"""

import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from scipy.special import ndtr, stdtr, stdtrit
from statsmodels.genmod.cov_struct import Exchangeable, Independence
from statsmodels.genmod.families import Binomial, Gaussian
from statsmodels.genmod.generalized_estimating_equations import GEE

from .estimable import NotEstimable
from .normal import Z95
from .random_intercept import Likeliest, likeliest
from .repeated_rows import Design

FEW_PROCEDURES = 40  # below, a sandwich of so few is known to be too small
_NO_SPREAD = 1e-12  # of the values' own spread: what is left is rounding
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
    reml, ml = (likeliest(of.y, of.x, of.procedure, reml=each) for each in (True, False))
    beta, spread = reml.beta, reml.residual * reml.inverse
    df = [within if inner else between for inner in of.within]
    df[0] = max(within, between)
    told = [_estimate(w, beta, spread, d) for w, d in zip(np.eye(len(beta)), df, strict=True)]
    same = "procedures do not differ beyond their own spread: the intercept's variance is 0"
    return Fit(
        terms=tuple(told),
        contrasts=tuple(_estimate(weights, beta, spread, within) for weights in of.contrasts.values()),
        beside=_variances(reml) | {"ml": {"estimates": _named(of, ml), **_variances(ml)}},
        warnings=() if reml.ratio else (same,),
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


def _named(of: Design, fit: Likeliest) -> dict[str, float]:
    return dict(zip(of.terms, fit.beta.tolist(), strict=True))


def _variances(of: Likeliest) -> dict:
    return {
        "random_intercept_variance": of.ratio * of.residual,
        "residual_variance": of.residual,
        "correlation": of.ratio / (1 + of.ratio),
        "log_likelihood": of.log_likelihood,
    }


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
