"""Groups compared within strata and added up, for any number of groups: by ranks, by levels, by a trend over scores.

One pattern: in each stratum, how far sums lie from what they are when groups do not matter, and the covariance of these
sums; both are added over the strata, and Q = away' V^-1 away is chi-squared. Every number is a fraction until Q, so
the order of the strata does not matter. Landis JR, Heyman ER, Koch GG. Average partial association in three-way
contingency tables. Int Stat Rev 1978;46:237-54.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from itertools import product
from math import lcm, sqrt

from scipy.special import chdtrc

from .counts import Counts, blocks, doubled_midranks, pooled, tie_sum, total
from .effects import cramers_v, share_of_chi_squared
from .estimable import Interval, NotEstimable
from .normal import Z95, signed_root, two_sided
from .solve import Dependent, inverse

Name = str | tuple[str, str]
APART = "strata that nothing ties together compare different groups, so no common test is left"


@dataclass(frozen=True, kw_only=True)
class Within:
    """chi2 with df, of n in the strata that take part (how many: strata)."""

    n: int
    strata: int
    chi2: float
    df: int
    p: float
    effect: Interval

    def payload(self) -> dict:
        return asdict(self)


class _Sums:
    """What strata add up to: for each name how far its sum lies from the mean, and the covariances."""

    def __init__(self) -> None:
        self.away: dict[Name, Fraction] = {}
        self.covariances: dict[tuple[Name, Name], Fraction] = {}
        self.n = self.strata = 0

    def add(self, n: int, away: Mapping[Name, Fraction], covariances: Mapping[tuple[Name, Name], Fraction]) -> None:
        self.n, self.strata = self.n + n, self.strata + 1
        for name, value in away.items():
            self.away[name] = self.away.get(name, Fraction(0)) + value
        for pair, value in covariances.items():
            self.covariances[pair] = self.covariances.get(pair, Fraction(0)) + value

    def quadratic(self, names: list[Name]) -> Fraction:
        """away' V^-1 away over these names. Raises Dependent where V has no inverse."""
        matrix = [[self.covariances.get((one, other), Fraction(0)) for other in names] for one in names]
        scale = lcm(*(cell.denominator for row in matrix for cell in row))
        inverted = inverse([[int(cell * scale) for cell in row] for row in matrix])
        away = [self.away[name] for name in names]
        return scale * sum(
            one * cell * other
            for one, row in zip(away, inverted, strict=True)
            for cell, other in zip(row, away, strict=True)
        )


def row_mean_scores(strata: Iterable[Mapping[str, Counts]]) -> Within | NotEstimable:
    """Any number of groups by their rank sums within strata, each stratum's divided by N + 1.

    With two groups it is van Elteren's test, with one stratum Kruskal and Wallis's; SAS calls it the row mean score
    statistic of modified ridit scores. A stratum takes part where two groups have values and not all are the same.
    effect: Q / (n - strata), the share of the ranks' variance within strata that lies between groups; it cannot be
    above 1, since Q is no more than the sum of the strata's own H.
    """
    sums = _Sums()
    for groups in strata:
        _add_ranks(sums, {group: counts for group, counts in groups.items() if total(counts)})
    names = list(sums.away)
    if not names:
        return NotEstimable("no stratum has values in two groups that differ")
    try:
        chi2 = sums.quadratic(names[1:])
    except Dependent:
        return NotEstimable(APART)
    df = len(names) - 1
    share = share_of_chi_squared(chi2, df=df, size=sums.n - sums.strata, name="chi2 / (n - strata)")
    return _within(sums, chi2, df, share)


def _add_ranks(sums: _Sums, groups: Mapping[str, Counts]) -> None:
    """cov(W_i, W_j) = s**2 n_i (N d_ij - n_j) / N, s**2 = (N**3 - N - T) / (12 (N - 1)) the variance of the ranks."""
    everyone = blocks(pooled(groups.values()))
    N, T = sum(many for _, many in everyone), tie_sum(everyone)
    if len(groups) < 2 or len(everyone) < 2:
        return
    rank = doubled_midranks(everyone)
    n = {group: total(counts) for group, counts in groups.items()}
    doubled = {group: sum(rank[value] * many for value, many in blocks(of)) for group, of in groups.items()}
    spread = Fraction(N**3 - N - T, 12 * (N - 1) * N * (N + 1) ** 2)
    sums.add(
        N,
        {group: Fraction(doubled[group] - n[group] * (N + 1), 2 * (N + 1)) for group in groups},
        {(i, j): spread * n[i] * ((N if i == j else 0) - n[j]) for i, j in product(groups, repeat=2)},
    )


def general_association(strata: Iterable[Mapping[str, Mapping[str, int]]]) -> Within | NotEstimable:
    """Cochran-Mantel-Haenszel for rows x columns: do rows share the columns alike, within strata? As mantelhaen.test.

    df = (rows - 1) (columns - 1) of the rows and columns that strata with two of each have anybody in. effect:
    sqrt(chi2 / ((n - strata) min(rows - 1, columns - 1))), with one stratum Cramer's V.
    """
    sums = _Sums()
    for table in strata:
        _add_cells(
            sums, {(row, column): many for row, cells in table.items() for column, many in cells.items() if many}
        )
    rows, columns = (list(dict.fromkeys(cell[side] for cell in sums.away)) for side in (0, 1))
    if not rows:
        return NotEstimable("no stratum has two rows and two columns with anybody")
    try:
        chi2 = sums.quadratic([*product(rows[1:], columns[1:])])
    except Dependent:
        return NotEstimable(APART)
    smaller, df = min(len(rows), len(columns)) - 1, (len(rows) - 1) * (len(columns) - 1)
    share = cramers_v(chi2, df=df, size=(sums.n - sums.strata) * smaller)
    return _within(sums, chi2, df, replace(share, method=share.method.replace("(n *", "((n - strata) *")))


def _add_cells(sums: _Sums, cells: Mapping[tuple[str, str], int]) -> None:
    """cov(n_ij, n_kl) = r_i (N d_ik - r_k) c_j (N d_jl - c_l) / (N**2 (N - 1)): the margins are given."""
    rows, columns = (dict.fromkeys((cell[side] for cell in cells), 0) for side in (0, 1))
    for (row, column), many in cells.items():
        rows[row] += many
        columns[column] += many
    if min(len(rows), len(columns)) < 2:
        return
    N = sum(rows.values())

    def apart(sizes: Mapping[str, int], one: str, other: str) -> int:
        return sizes[one] * ((N if one == other else 0) - sizes[other])

    places = [*product(rows, columns)]
    sums.add(
        N,
        {(i, j): cells.get((i, j), 0) - Fraction(rows[i] * columns[j], N) for i, j in places},
        {
            ((i, j), (k, m)): Fraction(apart(rows, i, k) * apart(columns, j, m), N * N * (N - 1))
            for (i, j), (k, m) in product(places, repeat=2)
        },
    )


def _within(sums: _Sums, chi2: Fraction, df: int, effect: Interval) -> Within:
    p = float(chdtrc(df, float(chi2)))
    return Within(n=sums.n, strata=sums.strata, chi2=float(chi2), df=df, p=p, effect=effect)


@dataclass(frozen=True, kw_only=True)
class TrendWithin(Within):
    """The same with the sign: z is above 0 where the share rises with the level. effect: change of the share a unit."""

    z: float


def trend_within(strata: Iterable[Mapping[Fraction | int, tuple[int, int]]]) -> TrendWithin | NotEstimable:
    """Cochran-Armitage within strata, added up: Mantel N. J Am Stat Assoc 1963;58:690-700; levels are their own scores.

    Each stratum's variance is hypergeometric (N - 1, where Cochran and Armitage have N). slope: the least-squares line
    through the shares with a level for each stratum, its limits from the test's own variance.
    """
    away = variance = squares = Fraction(0)
    n = telling = 0
    for shares in strata:
        many, yes = sum(of for _, of in shares.values()), sum(x for x, _ in shares.values())
        middle = Fraction(sum(level * of for level, (_, of) in shares.items()), many or 1)
        spread = sum((of * (level - middle) ** 2 for level, (_, of) in shares.items()), Fraction(0))
        if spread and 0 < yes < many:
            away += sum(level * (x - Fraction(yes * of, many)) for level, (x, of) in shares.items())
            variance += Fraction(yes * (many - yes), many * (many - 1)) * spread
            squares, n, telling = squares + spread, n + many, telling + 1
    if not variance:
        return NotEstimable("no stratum has two levels, and both yes and no")
    z, reach = signed_root(away, variance), Z95 * sqrt(variance) / float(squares)
    slope, chi2 = float(away / squares), float(away**2 / variance)
    method = "change of the share per unit of the level within strata, interval from the test's variance"
    effect = Interval(estimate=slope, low=slope - reach, high=slope + reach, method=method)
    return TrendWithin(n=n, strata=telling, chi2=chi2, df=1, p=two_sided(z), effect=effect, z=z)
