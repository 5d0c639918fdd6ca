"""Who got better by enough: responders from counts of differences, and what the missing could make of them."""

from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Literal

from .counts import Counts, blocks, total
from .shares import share


@dataclass(frozen=True, kw_only=True)
class Responders:
    """How many improved by at least a threshold: of those with both values, and of everyone with the missing guessed.

    worst_case takes every missing procedure for no responder, best_case for one; what is true lies between the two.
    """

    x: int
    n: int
    missing: int
    worst_case: dict
    best_case: dict

    def payload(self) -> dict:
        """share(x, n) beside missing and the two extremes."""
        return share(self.x, self.n) | {key: asdict(self)[key] for key in ("missing", "worst_case", "best_case")}


def responders(
    differences: Counts, *, decimals: int, improvement: Fraction, better: Literal["lower", "higher"], missing: int = 0
) -> Responders:
    """differences: post - pre, scaled by 10**decimals -> how many. improvement: in the score's unit, above 0.

    Compared exactly, and reaching the threshold counts. A threshold is a choice (a minimal clinically important
    difference of some source); nothing here has one of its own.
    """
    if improvement <= 0:
        raise ValueError(f"an improvement of {improvement} is none")
    needed, sign = improvement * 10**decimals, {"lower": -1, "higher": 1}[better]
    x, n = sum(many for change, many in blocks(differences) if sign * change >= needed), total(differences)
    everyone = n + missing
    return Responders(x=x, n=n, missing=missing, worst_case=share(x, everyone), best_case=share(x + missing, everyone))
