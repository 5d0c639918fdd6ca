"""Does a share rise or fall along ordered levels? The Cochran-Armitage test for trend."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from math import sqrt

from .estimable import Interval, NotEstimable
from .normal import Z95, signed_root, two_sided


@dataclass(frozen=True, kw_only=True)
class Trend:
    """chi2 = z**2, 1 df; z is above 0 where the share rises with the level. slope: change of the share per unit."""

    n: int
    chi2: float
    z: float
    p: float
    slope: Interval

    def payload(self) -> dict:
        return asdict(self)


def cochran_armitage(shares: Mapping[Fraction | int, tuple[int, int]]) -> Trend | NotEstimable:
    """shares: level as a number -> (with it, of how many). The levels are their own scores, as given.

    z = sum s (x - p n) / sqrt(p (1 - p) sum n (s - mean s)**2), the variance with N and not N - 1, which is R's
    prop.trend.test and Armitage, Biometrics 1955;11:375-86. The slope is the least-squares line through the shares;
    its limits have the test's own variance, so they leave out 0 just where p is below 0.05.
    """
    if any(not 0 <= x <= n for x, n in shares.values()):
        raise ValueError("a level cannot have fewer than none or more than all")
    seen = {Fraction(level): cell for level, cell in shares.items() if cell[1]}
    n, x = sum(many for _, many in seen.values()), sum(yes for yes, _ in seen.values())
    if len(seen) < 2:
        return NotEstimable("fewer than two levels have anybody")
    if x in (0, n):
        return NotEstimable(f"{'nobody' if x == 0 else 'everybody'} has it, at every level")
    share = Fraction(x, n)
    middle = sum(level * many for level, (_, many) in seen.items()) / n
    away = sum(level * (yes - share * many) for level, (yes, many) in seen.items())
    spread = sum(many * (level - middle) ** 2 for level, (_, many) in seen.items())
    variance = share * (1 - share) * spread
    z = signed_root(away, variance)
    slope, reach = float(away / spread), Z95 * sqrt(share * (1 - share) / spread)
    limits = {"estimate": slope, "low": slope - reach, "high": slope + reach}
    slope = Interval(**limits, method="change of the share per unit of the level, interval from the test's variance")
    return Trend(n=n, chi2=float(away**2 / variance), z=z, p=two_sided(z), slope=slope)
