"""Long sums of ratios of whole numbers, exactly."""

from collections.abc import Sequence


def added(ratios: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """The sum of (numerator, denominator) pairs as one such pair, not in lowest terms.

    By halves, so that most of the additions are of short numbers; a Fraction would look for common factors each time.
    """
    if not ratios:
        return 0, 1
    if len(ratios) == 1:
        return ratios[0]
    middle = len(ratios) // 2
    (a, b), (c, d) = added(ratios[:middle]), added(ratios[middle:])
    return a * d + c * b, b * d
