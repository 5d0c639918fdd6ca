"""Comparing a patient with himself: Wilcoxon's signed ranks for two visits, Friedman's rank sums for more."""

from dataclasses import asdict, dataclass
from fractions import Fraction

from scipy.special import chdtrc

from .counts import Blocks, Counts, blocks, doubled_midranks, scaled, tie_sum
from .describe import quantile
from .effects import hodges_lehmann_paired, share_of_chi_squared
from .estimable import Interval, NotEstimable
from .exact import ExactP, signed_rank_exact
from .normal import signed_root, two_sided, two_sided_corrected

LARGEST_EXACT = 50  # nonzero differences


@dataclass(frozen=True, kw_only=True)
class SignedRank:
    """Did the score change? Differences are post - pre, so an increase is positive.

    W_plus, W_minus, z, p_normal, p_normal_cc and rank_biserial leave zero differences out (R, MedCalc, scipy); the
    _pratt numbers rank them first (Stata, coin). p_exact holds only without ties and zeros; p_exact_ties is the
    conditional exact p of the nonzero differences whatever their ties, p_mid its mid-p, p_pratt_exact and p_pratt_mid
    the same with the zeros ranked. rank_biserial = (W_plus - W_minus) / (W_plus + W_minus).
    """

    n_pairs: int
    n_zero: int
    n_nonzero: int
    n_decrease: int
    n_increase: int
    median_change: float
    mean_change: float
    W_plus: float
    W_minus: float
    W_min: float
    z: float
    p_normal: float
    p_normal_cc: float
    p_exact: float | None
    p_exact_ties: float | None
    p_mid: float | None
    rank_biserial: float
    p_pratt: float
    p_pratt_cc: float
    z_pratt: float
    p_pratt_exact: float | None
    p_pratt_mid: float | None
    hodges_lehmann: Interval

    def payload(self) -> dict:
        return asdict(self)


def signed_rank(differences: Counts, *, decimals: int) -> SignedRank | NotEstimable:
    """Wilcoxon's signed-rank test from the counts of differences (post - pre).

    Zeros dropped: m nonzero differences, mean m(m+1)/4, variance m(m+1)(2m+1)/24 - T/48. Pratt: zeros are ranked and
    then left out. The exact p are given for up to 50 nonzero differences; signed_rank_exact in exact.py goes further.
    Wilcoxon, Biometrics Bull 1945;1:80-3; Pratt, J Am Stat Assoc 1959;54:655-67.
    """
    column = blocks(differences)
    if not column:
        return NotEstimable("no patient has both values")
    n, zeros = sum(many for _, many in column), dict(column).get(0, 0)
    if n == zeros:
        return NotEstimable("no patient's value changed, so there is nothing to rank")
    dropped, pratt = SignedSums(column, ranked_zeros=0), SignedSums(column, ranked_zeros=zeros)
    small = n - zeros <= LARGEST_EXACT
    p_exact, p_mid = dropped.exact() if small else (None, None)
    p_pratt_exact, p_pratt_mid = pratt.exact() if small else (None, None)
    return SignedRank(
        **_changes(column, differences, decimals),
        W_plus=dropped.plus / 2,
        W_minus=dropped.minus / 2,
        W_min=min(dropped.plus, dropped.minus) / 2,
        z=dropped.z(),
        p_normal=two_sided(dropped.z()),
        p_normal_cc=two_sided_corrected(dropped.away, dropped.variance),
        p_exact=p_exact if zeros == 0 and dropped.T == 0 else None,
        p_exact_ties=p_exact,
        p_mid=p_mid,
        rank_biserial=float(Fraction(dropped.plus - dropped.minus, dropped.plus + dropped.minus)),
        p_pratt=two_sided(pratt.z()),
        p_pratt_cc=two_sided_corrected(pratt.away, pratt.variance),
        z_pratt=pratt.z(),
        p_pratt_exact=p_pratt_exact,
        p_pratt_mid=p_pratt_mid,
        hodges_lehmann=hodges_lehmann_paired(differences, decimals=decimals),
    )


def _changes(column: Blocks, differences: Counts, decimals: int) -> dict:
    n = sum(many for _, many in column)
    n_increase = sum(many for value, many in column if value > 0)
    n_decrease = sum(many for value, many in column if value < 0)
    return {
        "n_pairs": n,
        "n_zero": n - n_increase - n_decrease,
        "n_nonzero": n_increase + n_decrease,
        "n_decrease": n_decrease,
        "n_increase": n_increase,
        "median_change": scaled(quantile(differences, Fraction(1, 2), 7), decimals),
        "mean_change": scaled(Fraction(sum(value * many for value, many in column), n), decimals),
    }


class SignedSums:
    """Doubled rank sums of the ups and the downs, when the first `ranked_zeros` ranks went to zero differences."""

    def __init__(self, column: Blocks, *, ranked_zeros: int):
        sizes: dict[int, int] = {}
        for value, many in column:
            if value:
                sizes[abs(value)] = sizes.get(abs(value), 0) + many
        self.magnitudes = blocks(sizes)
        rank = doubled_midranks(self.magnitudes, start=ranked_zeros)
        self.plus = sum(rank[value] * many for value, many in column if value > 0)
        self.minus = sum(rank[-value] * many for value, many in column if value < 0)
        self.upwards = {value: many for value, many in column if value > 0}
        self.zeros = ranked_zeros
        self.T = tie_sum(self.magnitudes)
        self.away = Fraction(self.plus - self.minus, 4)
        m, k = sum(sizes.values()) + ranked_zeros, ranked_zeros
        squares = m * (m + 1) * (2 * m + 1) - k * (k + 1) * (2 * k + 1)
        self.variance = Fraction(squares, 24) - Fraction(self.T, 48)

    def z(self) -> float:
        return signed_root(self.away, self.variance)

    def exact(self) -> tuple[float | None, float | None]:
        """The exact p and its mid-p; None where there are too many differences."""
        exact = signed_rank_exact(self.magnitudes, upwards=self.upwards, ranked_zeros=self.zeros)
        return (exact.p, exact.mid_p) if isinstance(exact, ExactP) else (None, None)


@dataclass(frozen=True, kw_only=True)
class RankSums:
    """Within-patient ranks of the patients who have every visit, summed: all that Friedman's test needs. They add up.

    `doubled_rank_sums` has, for each label (visit), the sum over patients of twice the midrank; `tie_sum` the sum over
    patients and blocks of t tied visits of t**3 - t.
    """

    labels: tuple[str, ...]
    n: int
    doubled_rank_sums: tuple[int, ...]
    tie_sum: int

    def __add__(self, other: "RankSums") -> "RankSums":
        if self.labels != other.labels:
            raise ValueError(f"rank sums of {self.labels} and of {other.labels} do not add up")
        sums = zip(self.doubled_rank_sums, other.doubled_rank_sums, strict=True)
        return RankSums(
            labels=self.labels,
            n=self.n + other.n,
            doubled_rank_sums=tuple(int(mine) + int(theirs) for mine, theirs in sums),
            tie_sum=self.tie_sum + other.tie_sum,
        )


@dataclass(frozen=True, kw_only=True)
class Friedman:
    """Do the visits differ, in the n patients who have them all? kendalls_w = chi2 / (n (k - 1)), 0 to 1."""

    n: int
    chi2: float
    df: int
    p: float
    kendalls_w: Interval

    def payload(self) -> dict:
        return asdict(self)


def friedman(sums: RankSums) -> Friedman | NotEstimable:
    """chi2 = [12 sum(R**2) / (n k (k+1)) - 3 n (k+1)] / [1 - tie_sum / (n k (k**2 - 1))], df = k - 1.

    Friedman M. J Am Stat Assoc 1937;32:675-701, corrected for ties as in R's friedman.test.
    """
    n, k, ties = int(sums.n), len(sums.labels), int(sums.tie_sum)
    if k < 2:
        return NotEstimable("a Friedman test needs at least 2 visits")
    if n < 2:
        return NotEstimable(f"{'only one' if n else 'no'} patient has a value at every visit")
    if ties == n * k * (k * k - 1):
        return NotEstimable("no patient's value changed between visits, so there is nothing to rank")
    squares = sum(int(doubled) ** 2 for doubled in sums.doubled_rank_sums)
    chi2 = Fraction(3 * squares, n * k * (k + 1)) - 3 * n * (k + 1)
    chi2 /= 1 - Fraction(ties, n * k * (k * k - 1))
    return Friedman(
        n=n,
        chi2=float(chi2),
        df=k - 1,
        p=float(chdtrc(k - 1, float(chi2))),
        kendalls_w=share_of_chi_squared(chi2, df=k - 1, size=n * (k - 1), name="chi2 / (n (k - 1))"),
    )
