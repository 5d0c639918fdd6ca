"""Analysis of covariance from sums and cross products, solved in exact arithmetic."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from math import sqrt

from scipy.special import stdtr, stdtrit

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

    diff is the adjusted difference, group 1 minus group 0, with its standard error, 95 % limits (lcl, ucl), t, df and
    p; F = t**2 is the same test as R's Anova(type = 2). unadjusted_diff and unadjusted_p: means of post compared by
    Student's t, without pre and covariates. adjusted_means and adjusted_ses, keyed "0" and "1", are at the mean of
    everything else.
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

    `change ~ group + pre` gives the same diff, p and F (slope - 1). Vickers & Altman, BMJ 2001;323:1123-4. Refused
    where the groups cannot be told apart, a covariate does not vary or follows from the others, too few patients are
    left to judge the error by, or the model fits every patient without any.
    """
    fit = fit_of(moments)
    if isinstance(fit, NotEstimable):
        return fit
    error = fit.residual / fit.df
    variance = error * fit.inverse[0][0]
    t = signed_root(fit.slopes[0], variance)
    se = fit.root_in_units(variance)
    reach = float(stdtrit(fit.df, 0.975)) * se
    diff = fit.in_units(fit.slopes[0])
    return Ancova(
        n=fit.n,
        diff=diff,
        se=se,
        lcl=diff - reach,
        ucl=diff + reach,
        t=t,
        df=fit.df,
        p=two_sided_t(t, fit.df),
        F=float(fit.slopes[0] ** 2 / variance),
        baseline_slope=float(fit.slopes[1] * 10 ** fit.decimals["pre"] / 10 ** fit.decimals["post"]),
        r2=float(1 - fit.residual / fit.total),
        **_unadjusted(fit),
        **_adjusted(fit, error),
    )


@dataclass(frozen=True, kw_only=True)
class Fit:
    """The solved model in the integers' units. slopes and inverse (of the centred cross products) as columns has them.

    columns: "group", "pre", then covariates. residual and total: sums of squares. share: of group 1.
    """

    n: int
    columns: tuple[str, ...]
    df: int
    decimals: dict[str, int]
    mean_post: Fraction
    share: Fraction
    slopes: list[Fraction]
    inverse: list[list[Fraction]]
    between: Fraction
    residual: Fraction
    total: Fraction

    def in_units(self, scaled_post: Fraction | float) -> float:
        """From scaled integers of post to the score's unit."""
        return float(scaled_post / 10 ** self.decimals["post"])

    def root_in_units(self, variance: Fraction) -> float:
        """The root of a variance of scaled integers of post, in the score's unit: one float, whatever the scale."""
        return sqrt(variance / 100 ** self.decimals["post"])


def fit_of(moments: Moments) -> Fit | NotEstimable:
    """The normal equations solved exactly, or why they cannot be: what ancova, HC3 and parallel_slopes start from."""
    if not set(REQUIRED) <= set(moments.names):
        raise ValueError(f"an ANCOVA needs {REQUIRED}, not {moments.names}")
    n = int(moments.n)
    columns = ["group", "pre", *(name for name in moments.names if name not in REQUIRED)]
    df = n - len(columns) - 1
    if n == 0:
        return NotEstimable("no patient has every value the model needs")
    if df <= 0:
        return NotEstimable(f"{n} patients are too few for a model with {len(columns)} terms")
    centred = _Centred(moments)
    try:
        inverted = inverse([[centred.product(x, y) for y in columns] for x in columns])
    except Dependent as dependent:
        return NotEstimable(_why_dependent(columns, dependent.column, centred))
    with_post = [centred.product(name, "post") for name in columns]
    slopes = [sum(x * y for x, y in zip(row, with_post, strict=True)) for row in inverted]
    explained = sum(slope * xy for slope, xy in zip(slopes, with_post, strict=True))
    total = centred.product("post", "post")
    if explained == total:
        return NotEstimable("the model fits every patient exactly, which leaves no error to judge the difference by")
    return Fit(
        n=n,
        columns=tuple(columns),
        df=df,
        decimals=centred.decimals,
        mean_post=centred.mean("post"),
        share=centred.mean("group"),
        slopes=slopes,
        inverse=[[n * x for x in row] for row in inverted],
        between=Fraction(with_post[0], centred.product("group", "group")),
        residual=Fraction(total - explained) / n,
        total=Fraction(total, n),
    )


class _Centred:
    """n times the sums of products about the means: n * sum(xy) - sum(x) * sum(y), an integer."""

    def __init__(self, moments: Moments):
        self.moments = moments
        self.at = {name: i for i, name in enumerate(moments.names)}
        self.decimals = dict(zip(moments.names, moments.decimals, strict=True))

    def product(self, x: str, y: str) -> int:
        i, j = self.at[x], self.at[y]
        sums = self.moments.sums
        return int(self.moments.n) * int(self.moments.products[i][j]) - int(sums[i]) * int(sums[j])

    def mean(self, x: str) -> Fraction:
        return Fraction(int(self.moments.sums[self.at[x]]), int(self.moments.n))


def _why_dependent(columns: list[str], column: int, centred: _Centred) -> str:
    name = columns[column]
    if name == "group":
        return "only one of the two groups has patients with every value the model needs"
    if centred.product(name, name) == 0:
        return f"'{name}' is the same in every patient, so it cannot be adjusted for"
    return f"'{name}' follows exactly from {', '.join(columns[:column])}, so their effects cannot be told apart"


def _unadjusted(fit: Fit) -> dict[str, float]:
    """The plain difference of means, and Student's t with pooled variance, df = n - 2."""
    spread = fit.n * fit.share * (1 - fit.share)
    error = (fit.total - fit.between**2 * spread) / (fit.n - 2)
    t = signed_root(fit.between, error / spread)
    return {"unadjusted_diff": fit.in_units(fit.between), "unadjusted_p": two_sided_t(t, fit.n - 2)}


def _adjusted(fit: Fit, error: Fraction) -> dict[str, dict[str, float]]:
    """Each group's mean of post where all else is average: mean + diff (g - share), with its standard error."""
    means, ses = {}, {}
    for level in (0, 1):
        away = level - fit.share
        means[str(level)] = fit.in_units(fit.mean_post + fit.slopes[0] * away)
        ses[str(level)] = fit.root_in_units(error * (Fraction(1, fit.n) + away**2 * fit.inverse[0][0]))
    return {"adjusted_means": means, "adjusted_ses": ses}


def two_sided_t(t: float, df: int) -> float:
    """P(|T| >= |t|)."""
    return float(2 * stdtr(df, -abs(t)))
