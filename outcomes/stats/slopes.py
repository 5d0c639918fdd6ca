"""Do the groups share one slope of post on pre? The assumption an ANCOVA rests on, tested."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction

from scipy.special import fdtrc

from .ancova import Moments
from .estimable import NotEstimable


@dataclass(frozen=True, kw_only=True)
class ParallelSlopes:
    """F test of group x pre. A small p says that the groups' difference depends on where a patient started."""

    slopes: dict[str, float]
    F: float
    df1: int
    df2: int
    p: float

    def payload(self) -> dict:
        return asdict(self)


def parallel_slopes(by_group: Mapping[str, Moments]) -> ParallelSlopes | NotEstimable:
    """F = [(SSE of one slope - SSE of own slopes) / (k-1)] / [SSE of own slopes / (N - 2k)], without other covariates.

    `by_group` has the moments of each group's own patients, with "pre" and "post" among their names. It is R's
    anova(lm(post ~ pre + g), lm(post ~ pre * g)).
    """
    if len(by_group) < 2:
        return NotEstimable("fewer than two groups have values")
    for name, moments in by_group.items():
        if moments.n == 0 or _within(moments, "pre", "pre") == 0:
            return NotEstimable(f"'pre' does not vary in group '{name}', which then has no slope")
    by_group = _alike(by_group)
    df1, df2 = len(by_group) - 1, sum(moments.n for moments in by_group.values()) - 2 * len(by_group)
    if df2 <= 0:
        return NotEstimable("too few patients for a slope in each group")
    xx, xy, yy = ({g: _within(m, *pair) for g, m in by_group.items()} for pair in _PAIRS)
    own = sum(yy[g] - xy[g] ** 2 / xx[g] for g in by_group)
    common = sum(yy.values()) - sum(xy.values()) ** 2 / sum(xx.values())
    if own == 0:
        return NotEstimable("a slope for each group fits every patient exactly")
    F = (common - own) / df1 / (own / df2)
    unit = Fraction(10) ** (_decimals(by_group, "pre") - _decimals(by_group, "post"))
    return ParallelSlopes(
        slopes={g: float(xy[g] / xx[g] * unit) for g in by_group},
        F=float(F),
        df1=df1,
        df2=df2,
        p=float(fdtrc(df1, df2, float(F))),
    )


_PAIRS = (("pre", "pre"), ("pre", "post"), ("post", "post"))


def _alike(by_group: Mapping[str, Moments]) -> dict[str, Moments]:
    """All groups' moments with the same scaling."""
    finest = tuple(map(max, *(moments.decimals for moments in by_group.values())))
    return {group: moments.rescaled(finest) for group, moments in by_group.items()}


def _decimals(by_group: Mapping[str, Moments], name: str) -> int:
    some = next(iter(by_group.values()))
    return some.decimals[some.names.index(name)]


def _within(moments: Moments, x: str, y: str) -> Fraction:
    """The sum of products about the group's own means."""
    i, j = moments.names.index(x), moments.names.index(y)
    return moments.products[i][j] - Fraction(int(moments.sums[i]) * int(moments.sums[j]), int(moments.n))
