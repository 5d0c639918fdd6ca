"""Exact p-values of rank tests, ties included: every outcome counted, by generating functions.

A polynomial whose coefficient at x**s counts the ways to reach the rank sum s is kept as one large integer, each
coefficient in its own lane, wide enough never to spill over. Multiplying by x**s is then a shift, and nothing is
rounded (Streitberg & Roehmel, EDV Med Biol 1987;18:12-9, is the shift algorithm).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from math import ceil, comb, floor, gcd

from .counts import Blocks, Counts, blocks, doubled_midranks, pooled, total
from .estimable import NotEstimable

# Bytes that may be shifted and added before the answer is there: a few seconds. Two groups of 100 fit, with ties or
# without, and 20 against 1000; two of 120 do not. Of paired differences 700 fit.
MOST_BYTES = 2 * 10**10


@dataclass(frozen=True)
class ExactP:
    """p counts the outcomes as far from the mean as the observed one or farther; mid_p counts those just as far half.

    Mid-p: Lancaster, J Am Stat Assoc 1961;56:223-34.
    """

    p: float
    mid_p: float


def rank_sum_exact(a: Counts, b: Counts) -> ExactP | NotEstimable:
    """P(|W - E| >= |w - E|) over all ways to deal the pooled values into groups of these sizes."""
    a, b = sorted((a, b), key=total)
    everyone, n_a = blocks(pooled([a, b])), total(a)
    ranks = _Ranks(doubled_midranks(everyone))
    ways = comb(n_a + total(b), n_a)
    lane = _lane_for(ways)
    farthest = ranks.step_of[everyone[-1][0]] * n_a
    if _joins(everyone, n_a) * farthest * lane // 8 > MOST_BYTES:
        return NotEstimable(f"groups of {n_a} and {total(b)} are too large to deal out in every way")
    deals = _deals(everyone, ranks.step_of, n_a, lane)
    observed = sum(ranks.step_of[value] * many for value, many in blocks(a))
    mean = Fraction(n_a * sum(ranks.step_of[value] * many for value, many in everyone), n_a + total(b))
    return _shares(deals, lane, observed=observed, mean=mean, ways=ways)


def signed_rank_exact(magnitudes: Blocks, *, upwards: Counts, ranked_zeros: int = 0) -> ExactP | NotEstimable:
    """P(|W+ - E| >= |w+ - E|) when each nonzero difference is as likely up as down.

    `magnitudes` are the blocks of absolute differences, zero left out; `upwards` says how many of each went up. Ranks
    are midranks among them, the first `ranked_zeros` ranks having gone to zero differences (Pratt).
    """
    ranks = _Ranks(doubled_midranks(magnitudes, start=ranked_zeros), smallest=0)
    n = sum(many for _, many in magnitudes)
    lane, farthest = _lane_for(2**n), sum(ranks.step_of[value] * many for value, many in magnitudes)
    if n * farthest * lane // 8 > MOST_BYTES:
        return NotEstimable(f"{n} differences are too many to flip in every way")
    signs = 1
    for value, many in magnitudes:
        for _ in range(many):
            signs += signs << (lane * ranks.step_of[value])
    observed = sum(ranks.step_of[value] * many for value, many in blocks(upwards))
    return _shares(signs, lane, observed=observed, mean=Fraction(farthest, 2), ways=2**n)


class _Ranks:
    """Ranks on the shortest scale: counted from `smallest` (the smallest rank, unless said), in their largest steps."""

    def __init__(self, doubled: Mapping[int, int], *, smallest: int | None = None):
        start = min(doubled.values()) if smallest is None else smallest
        step = gcd(*(rank - start for rank in doubled.values())) or 1
        self.step_of = {value: (rank - start) // step for value, rank in doubled.items()}


def _joins(everyone: Blocks, n_a: int) -> int:
    """How many times _deals shifts and adds: the sum of min(block, size) over blocks and sizes up to n_a."""
    smaller = [min(many, n_a) for _, many in everyone]
    return sum(many * (many + 1) // 2 + many * (n_a - many) for many in smaller)


def _deals(everyone: Blocks, step_of: Mapping[int, int], n_a: int, lane: int) -> int:
    """How many ways give group a each rank sum, as lanes of one integer."""
    chosen = [1] + [0] * n_a
    for value, many in everyone:
        shift = lane * step_of[value]
        for size in range(n_a, 0, -1):
            for of_block in range(1, min(many, size) + 1):
                if chosen[size - of_block]:
                    chosen[size] += comb(many, of_block) * chosen[size - of_block] << (shift * of_block)
    return chosen[n_a]


def _lane_for(ways: int) -> int:
    """Bits for a coefficient as large as `ways`, in whole bytes."""
    return 8 * (ways.bit_length() // 8 + 1)


def _shares(polynomial: int, lane: int, *, observed: int, mean: Fraction, ways: int) -> ExactP:
    """The shares of all ways whose sum lies as far from the mean as the observed sum, and farther."""
    distance, width = abs(observed - mean), lane // 8
    lanes = polynomial.to_bytes((polynomial.bit_length() // lane + 1) * width, "little")
    low, high = mean - distance, mean + distance
    first_after = floor(low) + 1
    as_far = farther = 0
    for reached in chain(range(first_after), range(max(first_after, ceil(high)), len(lanes) // width)):
        many = int.from_bytes(lanes[width * reached : width * (reached + 1)], "little")
        if reached in (low, high):
            as_far += many
        else:
            farther += many
    return ExactP(p=float(Fraction(farther + as_far, ways)), mid_p=float(Fraction(2 * farther + as_far, 2 * ways)))
