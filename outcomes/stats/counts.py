"""Counts: how often each value occurs. The only form in which scores reach the kernel.

A value is an integer, the score times 10**decimals, so 5.25 with two decimals is 525. Keys may come
as numpy integers; they are made Python integers here, which cannot overflow.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction

Counts = Mapping[int, int]
Blocks = list[tuple[int, int]]


def blocks(counts: Counts) -> Blocks:
    """The distinct values in ascending order with how many there are of each; values counted 0 times are left out."""
    tidy = sorted((int(value), int(many)) for value, many in counts.items())
    if any(many < 0 for _, many in tidy):
        raise ValueError("a value cannot occur fewer than 0 times")
    return [(value, many) for value, many in tidy if many]


def total(counts: Counts) -> int:
    """How many values there are, with their repeats."""
    return sum(int(many) for many in counts.values())


def pooled(tables: Iterable[Counts]) -> dict[int, int]:
    """All tables counted as one."""
    together: dict[int, int] = {}
    for table in tables:
        for value, many in table.items():
            together[int(value)] = together.get(int(value), 0) + int(many)
    return together


def doubled_midranks(of: Blocks, *, start: int = 0) -> dict[int, int]:
    """Twice the midrank of each value (so that a half stays an integer), the first rank being start + 1."""
    ranks, below = {}, start
    for value, many in of:
        ranks[value] = 2 * below + many + 1
        below += many
    return ranks


def tie_sum(of: Blocks) -> int:
    """The sum of t**3 - t over blocks of t tied values: what every tie correction needs."""
    return sum(many**3 - many for _, many in of)


def scaled(value: Fraction | int, decimals: int) -> float:
    """The value in the score's own unit, as the nearest floating-point number."""
    # Division of whole numbers rounds once, to the nearest, and needs no reduced fraction.
    return value.numerator / (value.denominator * 10**decimals)
