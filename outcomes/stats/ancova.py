"""Analysis of covariance from sums and cross products, solved in exact arithmetic."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from math import sqrt

from scipy.special import fdtrc, stdtr, stdtrit

from .estimable import NotEstimable
from .normal import signed_root
from .solve import Dependent, inverse

REQUIRED = ("post", "pre", "group")


@dataclass(frozen=True, kw_only=True)
class Moments:
    """n, sums and cross products of scaled integers over the patients who have every one of `names`. They add up.

    names: "post", "pre" and "group" (0 or 1), then covariates. decimals: how each name's integers are scaled.
    products[i][j] is the sum of names[i] * names[j]; symmetric. group_counts: n per level of the group, if wanted.
    """

    names: tuple[str, ...]
    decimals: tuple[int, ...]
    n: int
    sums: tuple[int, ...]
    products: tuple[tuple[int, ...], ...]
    group_counts: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: "Moments") -> "Moments":
        if self.names != other.names:
            raise ValueError(f"moments of {self.names} and of {other.names} do not add up")
        decimals = tuple(map(max, self.decimals, other.decimals))
        mine, theirs = self.rescaled(decimals), other.rescaled(decimals)
        levels = dict.fromkeys([*mine.group_counts, *theirs.group_counts])
        return Moments(
            names=self.names,
            decimals=decimals,
            n=mine.n + theirs.n,
            sums=_plus(mine.sums, theirs.sums),
            products=tuple(map(_plus, mine.products, theirs.products)),
            group_counts={g: mine.group_counts.get(g, 0) + theirs.group_counts.get(g, 0) for g in levels},
        )

    def rescaled(self, decimals: tuple[int, ...]) -> "Moments":
        """The same moments with finer scaling; decimals may only grow."""
        by = [10 ** (new - old) for new, old in zip(decimals, self.decimals, strict=True)]
        return Moments(
            names=self.names,
            decimals=decimals,
            n=int(self.n),
            sums=tuple(int(s) * f for s, f in zip(self.sums, by, strict=True)),
            products=tuple(
                tuple(int(p) * f * g for p, g in zip(row, by, strict=True))
                for row, f in zip(self.products, by, strict=True)
            ),
            group_counts=dict(self.group_counts),
        )


def _plus(one: tuple[int, ...], two: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(x + y for x, y in zip(one, two, strict=True))


@dataclass(frozen=True, kw_only=True)
class Ancova:
    """post = intercept + diff * group + slope * pre + covariates, by least squares.

    diff is the adjusted difference, group 1 minus group 0, with its standard error, 95 % limits (lcl, ucl), t, df and p; F =
    t**2 is the same test as R's Anova(type = 2). unadjusted_diff and unadjusted_p: means of post compared by Student's
    t, without pre and covariates. adjusted_means and adjusted_ses, keyed "0" and "1", are at the mean of everything else.
    """

    n: int
    diff: float
    se: float
    lcl: float
    ucl: float
    t: float
    df: int
    p: float
    F: float
    baseline_slope: float
    r2: float
    unadjusted_diff: float
    unadjusted_p: float
    adjusted_means: dict[str, float]
    adjusted_ses: dict[str, float]

    def payload(self) -> dict:
        return asdict(self)


def ancova(moments: Moments) -> Ancova | NotEstimable:
    """Fit the model from moments alone; the normal equations are solved in integers.

    `change ~ group + pre` gives the same diff, p and F (slope - 1). Vickers & Altman, BMJ 2001;323:1123-4. Refused where the
    groups cannot be told apart, a covariate does not vary or follows from the others, or too few patients are left.
    """
    raise NotImplementedError
