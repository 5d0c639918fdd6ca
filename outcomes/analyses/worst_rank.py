"""A score in which death ranks below the worst value: its quartiles, and its change from a baseline.

All deaths share one rank (tied worst ranks: Lachin JM, Control Clin Trials 1999;20:408-22), so that a number stands for
death only as far as it is beyond every value seen.
"""

from fractions import Fraction

from outcomes.analyses.changes import read_p, smallest_p
from outcomes.analyses.evidence import effect
from outcomes.stats.counts import scaled
from outcomes.stats.describe import quantile
from outcomes.stats.estimable import NotEstimable
from outcomes.stats.net_change import net_change
from outcomes.stats.paired import SignedRank, signed_rank
from outcomes.stats.tables import Counts

DEAD = "dead"
TEST = (
    "Wilcoxon signed rank, a death after the baseline being the largest worsening, zero differences dropped, "
    "corrected for ties"
)


def quartiles(alive: Counts, dead: int, *, better: str, decimals: int) -> dict:
    """n (alive and dead), median, q1 and q3 (type 7); "dead" where a quartile falls on a death or next to one."""
    n = sum(alive.values()) + dead
    if not n:
        return {"n": 0, "median": None, "q1": None, "q3": None, "not_estimable": "nobody has a value or is known dead"}
    places = {"median": Fraction(1, 2), "q1": Fraction(1, 4), "q3": Fraction(3, 4)}
    return {"n": n} | {name: _quantile(alive, dead, p, better, decimals) for name, p in places.items()}


def _quantile(alive: Counts, dead: int, p: Fraction, better: str, decimals: int) -> float | str:
    if not alive:
        return DEAD
    low, high = min(alive), max(alive)
    beyond = high + 1 if better == "lower" else low - 1
    found = quantile({**alive, beyond: dead}, p, 7)
    return scaled(found, decimals) if low <= found <= high else DEAD


def paired_test(differences: Counts, died: int, *, better: str) -> dict:
    """Signed ranks of post - pre with the procedures that had a value before and died; as a payload.

    The effect is the share that got better minus the share that got worse, deaths among the worse.
    """
    sign, counts = 1 if better == "lower" else -1, with_deaths(differences, died, better=better)
    n = sum(counts.values())
    beside = {"test": TEST, "n_pairs": n, "n_to_death": died}
    answer = signed_rank(counts, decimals=0)
    if isinstance(answer, NotEstimable):
        return beside | answer.payload()
    worse, well = (answer.n_increase, answer.n_decrease)[::sign]
    return (
        beside
        | _numbers(answer)
        | {
            "n_better": well,
            "n_worse": worse,
            "effect": effect("net_better", net_change(well, worse, n)),
        }
    )


def with_deaths(differences: Counts, died: int, *, better: str) -> Counts:
    """The differences with a worsening beyond all of them for each who died."""
    sign = 1 if better == "lower" else -1
    farthest = max(map(abs, differences), default=0) + 1
    return {**differences, **({sign * farthest: died} if died else {})}


def _numbers(answer: SignedRank) -> dict:
    """Of the signed-rank test what has a meaning where a death is not so and so many points."""
    kept = ("n_zero", "n_nonzero", "W_plus", "W_minus", "z", "p_normal", "p_normal_cc", "p_exact_ties", "rank_biserial")
    return {name: getattr(answer, name) for name in kept} | {
        "p": read_p(answer),
        "smallest_p": smallest_p(answer.n_nonzero),
    }
