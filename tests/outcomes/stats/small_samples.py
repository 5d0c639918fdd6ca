"""Small samples, from seeds and by search, and the slow and obvious ways to their statistics."""

from collections import Counter
from itertools import combinations, product

import numpy as np
from hypothesis import given, settings, strategies

scores = strategies.integers(min_value=0, max_value=10)
columns = strategies.lists(scores, min_size=1, max_size=12)
changes = strategies.lists(strategies.integers(min_value=-6, max_value=6), min_size=1, max_size=11)


def for_all(**drawn_from):
    """hypothesis.given with the same 50 examples in every run, and no limit on how long one takes."""
    return lambda test: settings(max_examples=50, derandomize=True, deadline=None)(given(**drawn_from)(test))


def drawn(seed, *, most=7, highest=6):
    """Two samples of 1 to `most` values, with ties."""
    chance = np.random.default_rng(seed)
    return [chance.integers(0, highest + 1, chance.integers(1, most + 1)).tolist() for _ in range(2)]


def doubled_midranks(values):
    return [sum(2 * (other < value) + (other == value) for other in values) + 1 for value in values]


def rank_sum_p_by_dealing(a, b):
    """Every way to deal the pooled values to two groups of these sizes."""
    return shares_by_dealing(a, b)[0]


def shares_by_dealing(a, b):
    """(p, mid-p) over every way to deal the pooled values to two groups of these sizes."""
    ranks = doubled_midranks(a + b)
    deals = [abs(sum(deal) - len(a) * (len(a) + len(b) + 1)) for deal in combinations(ranks, len(a))]
    return _shares_as_far(deals, abs(sum(ranks[: len(a)]) - len(a) * (len(a) + len(b) + 1)))


def signed_rank_p_by_flipping(differences):
    """Every way to give the nonzero differences a sign."""
    return shares_by_flipping(differences, pratt=False)[0]


def shares_by_flipping(differences, *, pratt):
    """(p, mid-p) over every way to give the nonzero differences a sign; with pratt the zeros are ranked too."""
    zeros = differences.count(0) if pratt else 0
    nonzero = [d for d in differences if d]
    ranks = doubled_midranks([0] * zeros + [abs(d) for d in nonzero])[zeros:]
    mean = sum(ranks) / 2
    seen = abs(sum(rank for rank, d in zip(ranks, nonzero, strict=True) if d > 0) - mean)
    flips = [
        abs(sum(rank for rank, up in zip(ranks, signs, strict=True) if up) - mean)
        for signs in product((0, 1), repeat=len(ranks))
    ]
    return _shares_as_far(flips, seen)


def _shares_as_far(distances, seen):
    farther, as_far = sum(d > seen for d in distances), sum(d == seen for d in distances)
    return (farther + as_far) / len(distances), (farther + as_far / 2) / len(distances)


def cliff_by_matrix(a, b):
    """(delta, Cliff's consistent variance) from the dominance matrix."""
    dominance = np.sign(np.subtract.outer(a, b)).astype(float)
    n1, n2 = dominance.shape
    delta = dominance.mean()
    of_a = ((dominance.mean(axis=1) - delta) ** 2).sum() / (n1 - 1)
    of_b = ((dominance.mean(axis=0) - delta) ** 2).sum() / (n2 - 1)
    of_pairs = ((dominance - delta) ** 2).sum() / ((n1 - 1) * (n2 - 1))
    return delta, ((n2 - 1) * of_a + (n1 - 1) * of_b + of_pairs) / (n1 * n2)


def pairwise(a, b):
    return sorted(x - y for x in a for y in b)


def walsh(differences):
    return sorted((x + y) / 2 for i, x in enumerate(differences) for y in differences[: i + 1])


def counted(*samples):
    return [Counter(sample) for sample in samples]
