"""Is a column of scores normally distributed? Reported only: no test is chosen by it.

Scores of few steps are "not normal" as soon as there are enough of them, so these numbers decide nothing here.
"""

from dataclasses import asdict, dataclass
from fractions import Fraction
from math import exp, log, pi, sqrt

import numpy as np
from scipy.special import ndtr
from scipy.stats import kstwo, shapiro

from .counts import Blocks, Counts, blocks
from .estimable import NotEstimable
from .normal import signed_root

FEWEST_SHAPIRO, MOST_SHAPIRO = 3, 5000  # as R's shapiro.test; Royston's approximation holds up to 5000
FEWEST_LILLIEFORS = 5  # as nortest::lillie.test
MOST_EXACT_NAIVE = 99  # as R's ks.test, where no values are tied
CHOOSES_NO_TEST = "reported only; no test is chosen by it"


@dataclass(frozen=True, kw_only=True)
class ShapiroWilk:
    """W is 1 for values that lie as a normal distribution's would, and smaller otherwise."""

    n: int
    W: float
    p: float

    def payload(self) -> dict:
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class KolmogorovSmirnov:
    """D is the largest distance between the values' distribution and the normal one of the same mean and sd.

    p_lilliefors knows that mean and sd were estimated. p_naive does not, and is far too large; it is what an
    uncorrected one-sample test prints, and naive_method says how: "exact" without ties below n = 100, else "limit".
    """

    n: int
    D: float
    p_lilliefors: float | NotEstimable
    p_naive: float
    naive_method: str

    def payload(self) -> dict:
        """Two tests that share D: lilliefors, and ks_naive."""
        said = self.p_lilliefors
        p = said.payload() if isinstance(said, NotEstimable) else {"p": said}
        naive = {"n": self.n, "D": self.D, "p": self.p_naive, "method": self.naive_method}
        return {"lilliefors": {"n": self.n, "D": self.D, **p}, "ks_naive": naive}


def normality(counts: Counts) -> dict:
    """Both tests of one column as JSON values, each with its reason where it cannot be made."""
    distance = kolmogorov_smirnov(counts)
    refused = isinstance(distance, NotEstimable)
    beside = dict.fromkeys(("lilliefors", "ks_naive"), distance.payload()) if refused else distance.payload()
    return {"shapiro_wilk": shapiro_wilk(counts).payload(), **beside, "use": CHOOSES_NO_TEST}


def shapiro_wilk(counts: Counts) -> ShapiroWilk | NotEstimable:
    """W = (sum of a_i x_(i))**2 / sum of (x - mean)**2, p by Royston's approximation (AS R94), for 3 to 5000 values.

    Shapiro & Wilk, Biometrika 1965;52:591-611; Royston, Appl Stat 1995;44:547-51.
    """
    column = blocks(counts)
    n = _many(column)
    if not FEWEST_SHAPIRO <= n <= MOST_SHAPIRO:
        return NotEstimable(f"the Shapiro-Wilk test needs {FEWEST_SHAPIRO} to {MOST_SHAPIRO} values, and there are {n}")
    if len(column) == 1:
        return NotEstimable("all values are the same")
    # Distances from the smallest value, taken while they are integers, so that a common offset costs no digits.
    steps = [float(value - column[0][0]) for value, _ in column]
    W, p = shapiro(np.repeat(steps, [many for _, many in column]))
    return ShapiroWilk(n=n, W=float(W), p=float(p))


def kolmogorov_smirnov(counts: Counts) -> KolmogorovSmirnov | NotEstimable:
    """D = max |F_n(x) - Phi((x - mean) / sd)| on both sides of each step, the sd by n - 1.

    p_naive as R's ks.test(x, "pnorm", mean(x), sd(x)); p_lilliefors as nortest::lillie.test, for 5 values and more.
    """
    column = blocks(counts)
    n = _many(column)
    if n < 2:
        return NotEstimable(f"a Kolmogorov-Smirnov test needs 2 values, and there {'is 1' if n else 'are none'}")
    if len(column) == 1:
        return NotEstimable("all values are the same")
    D, exact = _distance(column, n), len(column) == n <= MOST_EXACT_NAIVE
    return KolmogorovSmirnov(
        n=n,
        D=D,
        p_lilliefors=_lilliefors_p(D, n),
        p_naive=float(kstwo.sf(D, n)) if exact else _limit_p(sqrt(n) * D),
        naive_method="exact" if exact else "limit",
    )


def _distance(column: Blocks, n: int) -> float:
    first = sum(value * many for value, many in column)
    squares = n * sum(value * value * many for value, many in column) - first**2
    below, farthest = 0, 0.0
    for value, many in column:
        z = signed_root(Fraction(n * value - first), Fraction(n * squares, n - 1))
        expected = float(ndtr(z))
        farthest = max(farthest, expected - below / n, (below + many) / n - expected)
        below += many
    return farthest


def _limit_p(x: float) -> float:
    """1 - Kolmogorov's limiting distribution, summed as far as R sums it.

    Below x = 1 R keeps one term of the second series, which leaves the p up to 4e-5 above the full sum.
    """
    if x < 1:
        return 1 - sqrt(2 * pi) * exp(-(pi**2) / (8 * x**2) - log(x))
    return min(1.0, 2 * sum((-1) ** (k - 1) * exp(-2 * k * k * x * x) for k in range(1, 6)))


def _lilliefors_p(D: float, n: int) -> float | NotEstimable:
    """Dallal & Wilkinson (Am Stat 1986;40:294-6) up to p = 0.1, beyond it by Stephens (JASA 1974;69:730-7)."""
    if n < FEWEST_LILLIEFORS:
        return NotEstimable(f"Lilliefors's p needs {FEWEST_LILLIEFORS} values, and there are {n}")
    d, m = (D * (n / 100) ** 0.49, 100) if n > 100 else (D, n)
    root = sqrt(m + 2.78019)
    p = exp(-7.01256 * (d * root) ** 2 + 2.99587 * d * root - 0.122119 + 0.974598 / sqrt(m) + 1.67997 / m)
    return p if p <= 0.1 else _stephens_p((sqrt(n) - 0.01 + 0.85 / sqrt(n)) * D)


# Up to this modified D, p is this polynomial in it (constant term first).
_STEPHENS = (
    (0.302, (1.0,)),
    (0.5, (2.76773, -19.828315, 80.709644, -138.55152, 81.218052)),
    (0.9, (-4.901232, 40.662806, -97.490286, 94.029866, -32.355711)),
    (1.31, (6.198765, -19.558097, 23.186922, -12.234627, 2.423045)),
)


def _stephens_p(modified: float) -> float:
    coefficients = next((each for upto, each in _STEPHENS if modified <= upto), (0.0,))
    return min(1.0, max(0.0, sum(c * modified**power for power, c in enumerate(coefficients))))


def _many(column: Blocks) -> int:
    return sum(many for _, many in column)
