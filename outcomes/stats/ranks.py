"""Comparing independent groups by ranks: Kruskal-Wallis, Dunn's pairs, Mann-Whitney.

Everything follows from the groups' counts: N, the size t of each block of tied values, T = sum(t**3 - t), and
the midrank of a block = (number below) + (t + 1) / 2. Ranks are kept doubled, so they are integers.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from itertools import combinations

from scipy.special import chdtrc, ndtr

from .counts import Counts, blocks, doubled_midranks, pooled, tie_sum, total
from .effects import cliffs_delta, epsilon_squared, hodges_lehmann_shift
from .estimable import Interval, NotEstimable
from .exact import ExactP, rank_sum_exact
from .multiplicity import benjamini_hochberg, bonferroni, dunntest, holm
from .normal import signed_root, two_sided, two_sided_corrected

LARGEST_EXACT = 50  # both groups together, when values are tied
LARGEST_EXACT_UNTIED = 49  # each group, when none are: where R stops


@dataclass(frozen=True, kw_only=True)
class KruskalWallis:
    """Do the groups differ? H is corrected for ties; p from chi-squared with df = groups with values - 1."""

    n: dict[str, int]
    H: float
    df: int
    p: float
    epsilon_squared: Interval

    def payload(self) -> dict:
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class DunnPair:
    """Two of the groups against each other, on the ranks of all. z is (mean rank of a - mean rank of b) / its error.

    p is two-sided and so are its adjustments, over all pairs of the family. p_one_sided is P(Z >= |z|), which
    Stata's dunntest and R's dunn.test print, to be held against alpha / 2; p_stata is what they print in its place
    when asked for an adjustment, by their names for it (ma(holm), method = "holm"), without the monotone step.
    """

    a: str
    b: str
    n_a: int
    n_b: int
    z: float
    p: float
    p_bonferroni: float
    p_holm: float
    p_bh: float
    p_one_sided: float
    p_stata: dict[str, float]

    def payload(self) -> dict:
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class MannWhitney:
    """Two independent groups. U1 counts the pairs in which the first group's value is the higher, a tie as half.

    p_normal and p_normal_cc are corrected for ties, without and with the continuity correction. p_exact is the
    conditional exact p with ties and p_mid its mid-p, None where the groups are too large for them.
    """

    n1: int
    n2: int
    U1: float
    z: float
    p_normal: float
    p_normal_cc: float
    p_exact: float | None
    p_mid: float | None
    has_ties: bool
    cliffs_delta: Interval
    hodges_lehmann: Interval

    def payload(self) -> dict:
        return asdict(self)


@dataclass(frozen=True)
class _Ranked:
    """Groups that have values, ranked together."""

    n: dict[str, int]
    doubled_sums: dict[str, int]
    N: int
    T: int


def kruskal_wallis(groups: Mapping[str, Counts]) -> KruskalWallis | NotEstimable:
    """H = [12 / (N(N+1)) * sum(R**2 / n) - 3(N+1)] / [1 - T / (N**3 - N)].

    Groups without values are left out of the test, as R does, and stay in n as 0. With two groups H is the square
    of Mann-Whitney's z without continuity correction. Kruskal & Wallis, J Am Stat Assoc 1952;47:583-621.
    """
    ranked = _ranked(groups)
    if isinstance(ranked, NotEstimable):
        return ranked
    N = ranked.N
    spread = sum(Fraction(ranked.doubled_sums[g] ** 2, 4 * n) for g, n in ranked.n.items())
    H = (12 * spread / (N * (N + 1)) - 3 * (N + 1)) / (1 - Fraction(ranked.T, N**3 - N))
    df = len(ranked.n) - 1
    return KruskalWallis(
        n={group: total(counts) for group, counts in groups.items()},
        H=float(H),
        df=df,
        p=float(chdtrc(df, float(H))),
        epsilon_squared=epsilon_squared(H, df=df, n=N),
    )


def dunn(groups: Mapping[str, Counts]) -> list[DunnPair] | NotEstimable:
    """z = (mean rank a - mean rank b) / sqrt{[N(N+1)/12 - T/(12(N-1))] (1/n_a + 1/n_b)}, ranks pooled over all groups.

    Pairs of groups that have values, in the groups' order. Dunn OJ, Technometrics 1964;6:241-52.
    """
    ranked = _ranked(groups)
    if isinstance(ranked, NotEstimable):
        return ranked
    pairs = list(combinations(ranked.n, 2))
    zs = [_dunn_z(ranked, a, b) for a, b in pairs]
    ps, one_sided = [two_sided(z) for z in zs], [float(ndtr(-abs(z))) for z in zs]
    printed = dunntest(one_sided)
    unadjusted = printed.pop("none")
    adjusted = zip(bonferroni(ps), holm(ps), benjamini_hochberg(ps), strict=True)
    return [
        DunnPair(
            a=a,
            b=b,
            n_a=ranked.n[a],
            n_b=ranked.n[b],
            z=zs[i],
            p=ps[i],
            p_bonferroni=p_bonferroni,
            p_holm=p_holm,
            p_bh=p_bh,
            p_one_sided=unadjusted[i],
            p_stata={method: values[i] for method, values in printed.items()},
        )
        for i, ((a, b), (p_bonferroni, p_holm, p_bh)) in enumerate(zip(pairs, adjusted, strict=True))
    ]


def _dunn_z(ranked: _Ranked, a: str, b: str) -> float:
    n_a, n_b, N = ranked.n[a], ranked.n[b], ranked.N
    distance = Fraction(ranked.doubled_sums[a], 2 * n_a) - Fraction(ranked.doubled_sums[b], 2 * n_b)
    variance = (Fraction(N * (N + 1), 12) - Fraction(ranked.T, 12 * (N - 1))) * (Fraction(1, n_a) + Fraction(1, n_b))
    return signed_root(distance, variance)


def mann_whitney(a: Counts, b: Counts, *, decimals: int) -> MannWhitney | NotEstimable:
    """U1 = R1 - n1(n1+1)/2; variance n1 n2 / 12 [N + 1 - T / (N(N-1))]. Mann & Whitney, Ann Math Stat 1947;18:50-60.

    p_exact: over all ways to deal the pooled values to groups of these sizes, the share in which the rank sum is
    as far from its mean. Given for n1 + n2 <= 50, and without ties as long as both groups are below 50;
    rank_sum_exact in exact.py goes further.
    """
    ranked = _ranked({"a": a, "b": b})
    if isinstance(ranked, NotEstimable):
        return ranked
    n1, n2, N = ranked.n["a"], ranked.n["b"], ranked.N
    U1 = Fraction(ranked.doubled_sums["a"] - n1 * (n1 + 1), 2)
    away = U1 - Fraction(n1 * n2, 2)
    variance = Fraction(n1 * n2, 12) * (N + 1 - Fraction(ranked.T, N * (N - 1)))
    small = N <= LARGEST_EXACT or (ranked.T == 0 and max(n1, n2) <= LARGEST_EXACT_UNTIED)
    exact = rank_sum_exact(a, b) if small else None
    return MannWhitney(
        n1=n1,
        n2=n2,
        U1=float(U1),
        z=signed_root(away, variance),
        p_normal=two_sided(signed_root(away, variance)),
        p_normal_cc=two_sided_corrected(away, variance),
        p_exact=exact.p if isinstance(exact, ExactP) else None,
        p_mid=exact.mid_p if isinstance(exact, ExactP) else None,
        has_ties=ranked.T > 0,
        cliffs_delta=cliffs_delta(a, b),
        hodges_lehmann=hodges_lehmann_shift(a, b, decimals=decimals),
    )


def _ranked(groups: Mapping[str, Counts]) -> _Ranked | NotEstimable:
    n = {group: total(counts) for group, counts in groups.items()}
    n = {group: many for group, many in n.items() if many}
    if len(n) < 2:
        return NotEstimable("fewer than two groups have values")
    everyone = blocks(pooled(groups.values()))
    if len(everyone) == 1:
        return NotEstimable("all values are the same, so there is nothing to rank")
    rank = doubled_midranks(everyone)
    sums = {group: sum(rank[value] * many for value, many in blocks(groups[group])) for group in n}
    return _Ranked(n=n, doubled_sums=sums, N=sum(n.values()), T=tie_sum(everyone))
