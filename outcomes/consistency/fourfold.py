"""The p-values that programs print for a 2 x 2 table."""

from collections.abc import Mapping
from math import fsum, log

from scipy.special import chdtrc

from outcomes.stats.estimable import NotEstimable
from outcomes.stats.proportions import chi_squared


def p_variants(x1: int, n1: int, x2: int, n2: int) -> Mapping[str, float]:
    """Two-sided p of x1 of n1 against x2 of n2, by name of the test; nothing where the table has an empty margin."""
    cells = {"1": {"yes": x1, "no": n1 - x1}, "2": {"yes": x2, "no": n2 - x2}}
    tested = chi_squared(cells)
    if isinstance(tested, NotEstimable):
        return {}
    n = n1 + n2
    return {
        "Pearson": tested.p,
        "N-1": float(chdtrc(1, tested.chi2 * (n - 1) / n)),
        "G": float(chdtrc(1, _g(x1, n1, x2, n2))),
        "Yates": tested.p_yates,
        "Fisher": tested.fisher_p,
        "Fisher mid-p": tested.fisher_mid_p,
    }


def _g(x1: int, n1: int, x2: int, n2: int) -> float:
    """Twice the sum of observed x log(observed / expected)."""
    n, yes = n1 + n2, x1 + x2
    cells = ((x1, n1, yes), (n1 - x1, n1, n - yes), (x2, n2, yes), (n2 - x2, n2, n - yes))
    return 2 * fsum(seen * log(seen * n / (row * column)) for seen, row, column in cells if seen)
