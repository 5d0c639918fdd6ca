"""Exact p-values of rank tests, ties included: every outcome counted, by generating functions.

A polynomial whose coefficient at x**s counts the ways to reach the (doubled) rank sum s is kept as one large
integer, each coefficient in its own lane, wide enough never to spill over. Multiplying by x**s is then a shift,
and nothing is rounded (Streitberg & Roehmel, EDV Med Biol 1987;18:12-9, is the shift algorithm).
"""

from fractions import Fraction
from math import comb

from .counts import Blocks, Counts, blocks, doubled_midranks, pooled, total


def rank_sum_p(a: Counts, b: Counts) -> float:
    """P(|W - E| >= |w - E|) over all ways to deal the pooled values into groups of these sizes."""
    everyone = blocks(pooled([a, b]))
    rank = doubled_midranks(everyone)
    n_a, N = total(a), total(a) + total(b)
    observed = sum(rank[value] * many for value, many in blocks(a))
    ways = comb(N, n_a)
    lane = _lane_for(ways)
    deals = _deals(everyone, rank, n_a, lane)
    return _share_as_far(deals, lane, observed=observed, twice_mean=2 * n_a * (N + 1), ways=ways)


def signed_rank_p(magnitudes: Blocks, *, doubled_w_plus: int) -> float:
    """P(|W+ - E| >= |w+ - E|) when each nonzero difference is as likely up as down.

    `magnitudes` are the blocks of absolute differences; ranks are midranks among them.
    """
    rank = doubled_midranks(magnitudes)
    n = sum(many for _, many in magnitudes)
    lane = _lane_for(2**n)
    signs = 1
    for value, many in magnitudes:
        for _ in range(many):
            signs += signs << (lane * rank[value])
    return _share_as_far(signs, lane, observed=doubled_w_plus, twice_mean=n * (n + 1), ways=2**n)


def _deals(everyone: Blocks, rank: dict[int, int], n_a: int, lane: int) -> int:
    """How many ways give group a each doubled rank sum, as lanes of one integer."""
    chosen = [1] + [0] * n_a
    for value, many in everyone:
        shift = lane * rank[value]
        for size in range(n_a, 0, -1):
            for of_block in range(1, min(many, size) + 1):
                if chosen[size - of_block]:
                    chosen[size] += comb(many, of_block) * chosen[size - of_block] << (shift * of_block)
    return chosen[n_a]


def _lane_for(ways: int) -> int:
    """Bits for a coefficient as large as `ways`, in whole bytes."""
    return 8 * (ways.bit_length() // 8 + 1)


def _share_as_far(polynomial: int, lane: int, *, observed: int, twice_mean: int, ways: int) -> float:
    """The share of all ways whose sum lies as far from the mean as the observed sum, or farther."""
    distance, width = abs(2 * observed - twice_mean), lane // 8
    lanes = polynomial.to_bytes((polynomial.bit_length() // lane + 1) * width, "little")
    as_far = sum(
        int.from_bytes(lanes[width * reached : width * (reached + 1)], "little")
        for reached in range(len(lanes) // width)
        if abs(2 * reached - twice_mean) >= distance
    )
    return float(Fraction(as_far, ways))
