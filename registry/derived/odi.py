"""Oswestry Disability Index: percent of its sections, and its band."""

from collections.abc import Sequence
from decimal import Decimal

SECTIONS, FEWEST_ANSWERED = 10, 8
BANDS = ((20, "minimal"), (40, "moderate"), (60, "severe"), (80, "very_severe"), (100, "bed_bound_or_exaggerated"))


def odi_percent(sections: Sequence[int | None]) -> Decimal | None:
    """100 * sum / (5 * answered) [V], of ten sections of 0 to 5; None with fewer than 8 answered [P]. Higher is worse.

    ValueError where there are not ten sections, or one is no whole number from 0 to 5.
    """
    if len(sections) != SECTIONS:
        raise ValueError(f"there are {SECTIONS} sections, not {len(sections)}")
    answered = [each for each in sections if each is not None]
    if any(each not in range(6) for each in answered):
        raise ValueError("a section is a whole number from 0 to 5")
    if len(answered) < FEWEST_ANSWERED:
        return None
    return Decimal(sum(answered)) * 100 / (5 * len(answered))


def odi_band(percent: Decimal | None) -> str | None:
    """The band of a percentage; of decimals up to 20, 40, 60, 80 and 100 [V]. ValueError outside of 0 to 100."""
    if percent is None:
        return None
    if not 0 <= percent <= 100:
        raise ValueError(f"the index lies between 0 and 100, not at {percent}")
    return next(name for highest, name in BANDS if percent <= highest)
