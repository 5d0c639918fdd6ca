"""Do the two groups share one slope of post on pre? The assumption an ANCOVA rests on, tested."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from math import sqrt

from scipy.special import fdtrc, stdtrit

from .ancova import Fit, Moments, fit_of
from .estimable import Interval, NotEstimable


@dataclass(frozen=True, kw_only=True)
class ParallelSlopes:
    """F test of group x pre. A small p says that the groups' difference depends on where a patient started.

    difference: the second group's slope minus the first's, with its t interval.
    """

    slopes: dict[str, float]
    difference: Interval
    F: float
    df1: int
    df2: int
    p: float

    def payload(self) -> dict:
        return asdict(self)


def parallel_slopes(by_group: Mapping[str, Moments]) -> ParallelSlopes | NotEstimable:
    """F = (SSE of one slope - SSE of own slopes) / [SSE of own slopes / df2], beside the same covariates in both.

    `by_group` has the moments of each group's own patients: "pre", "post" and any covariates. It is R's
    anova(lm(post ~ pre + g + covariates), lm(post ~ pre * g + covariates)).
    """
    if len(by_group) > 2:
        raise ValueError(f"slopes are compared between two groups, not {len(by_group)}")
    if len(by_group) < 2:
        return NotEstimable("fewer than two groups have values")
    for name, moments in by_group.items():
        if moments.n == 0 or _within(moments, "pre") == 0:
            return NotEstimable(f"'pre' does not vary in group '{name}', which then has no slope")
    together = _with_own_slope(*_alike(by_group))
    if together.n <= len(together.names):
        return NotEstimable("too few patients for a slope in each group")
    fit = fit_of(together)
    if isinstance(fit, NotEstimable):
        return NotEstimable(f"with a slope for each group, {fit.reason}")
    return _compared(fit, tuple(by_group))


def _compared(fit: Fit, names: tuple[str, str]) -> ParallelSlopes:
    own = fit.columns.index(OWN)
    first, apart = fit.slopes[fit.columns.index("pre")], fit.slopes[own]
    variance = fit.residual / fit.df * fit.inverse[own][own]
    unit = Fraction(10) ** (fit.decimals["pre"] - fit.decimals["post"])
    F, middle, reach = float(apart**2 / variance), float(apart * unit), sqrt(variance * unit**2)
    reach *= float(stdtrit(fit.df, 0.975))
    limits = {"estimate": middle, "low": middle - reach, "high": middle + reach}
    return ParallelSlopes(
        slopes=dict(zip(names, (float(first * unit), float((first + apart) * unit)), strict=True)),
        difference=Interval(**limits, method="t interval"),
        F=F,
        df1=1,
        df2=fit.df,
        p=float(fdtrc(1, fit.df, F)),
    )


OWN = "pre in the second group"


def _with_own_slope(first: Moments, second: Moments) -> Moments:
    """Both groups' moments with two more variables: 1 in the second group, and pre in it; both 0 in the first."""
    kept = [name for name in first.names if name != "group"]
    places = [first.names.index(name) for name in kept]
    pre = first.names.index("pre")
    sums = [first.sums[i] + second.sums[i] for i in places]
    products = [[first.products[i][j] + second.products[i][j] for j in places] for i in places]
    of_group = [second.sums[i] for i in places]
    of_own = [second.products[pre][i] for i in places]
    rows = [[*row, g, o] for row, g, o in zip(products, of_group, of_own, strict=True)]
    rows.append([*of_group, second.n, second.sums[pre]])
    rows.append([*of_own, second.sums[pre], second.products[pre][pre]])
    return Moments(
        names=(*kept, "group", OWN),
        decimals=(*(first.decimals[i] for i in places), 0, first.decimals[pre]),
        n=first.n + second.n,
        sums=(*sums, second.n, second.sums[pre]),
        products=tuple(map(tuple, rows)),
    )


def _alike(by_group: Mapping[str, Moments]) -> list[Moments]:
    """Both groups' moments with the same scaling."""
    finest = tuple(map(max, *(moments.decimals for moments in by_group.values())))
    return [moments.rescaled(finest) for moments in by_group.values()]


def _within(moments: Moments, name: str) -> int:
    """n times the sum of squares about the group's own mean."""
    i = moments.names.index(name)
    return int(moments.n) * int(moments.products[i][i]) - int(moments.sums[i]) ** 2
