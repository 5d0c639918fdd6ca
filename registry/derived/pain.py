"""Pain on one scale from 0 to 10, whatever scale the chart gives, and its change."""

from decimal import Decimal

from registry.derived.certainty import all_of, any_of
from registry.derived.rounding import to_tenth

MCID_RULES = ("abs2", "pct30", "either", "both")


def pain_0_10(raw: Decimal | None, raw_max: int | None, raw_high: Decimal | None = None) -> Decimal | None:
    """raw * 10 / raw_max, to one decimal; of a range ("7-8") its mean [P]. 60 of 100 is 6, and 60 of 10 is refused.

    None where the value or the scale's end is not known. ValueError where raw_max is neither 10 nor 100, where a value
    lies outside of 0 to raw_max, or a range is upside down.
    """
    if raw is None or raw_max is None:
        return None
    if raw_max not in (10, 100):
        raise ValueError(f"a pain scale ends at 10 or at 100, not at {raw_max}")
    high = raw if raw_high is None else raw_high
    if not 0 <= raw <= high <= raw_max:
        raise ValueError(f"pain lies between 0 and {raw_max}, the lower end of a range first")
    return to_tenth((Decimal(raw) + Decimal(high)) * 5 / raw_max)


def pain_is_inferred(raw: Decimal | None, raw_high: Decimal | None) -> bool:
    """Whether the value is the mean of a range, and its certainty therefore `inferred` [P]."""
    return raw_high is not None and raw_high != raw


def pain_change(before: Decimal | None, after: Decimal | None) -> Decimal | None:
    """Points on 0-10, after minus before: negative is better. None where either is missing."""
    return None if before is None or after is None else Decimal(after) - Decimal(before)


def pain_change_pct(before: Decimal | None, after: Decimal | None) -> Decimal | None:
    """The change in percent of the value before: negative is better. None where either is missing or before is 0."""
    change = pain_change(before, after)
    return None if change is None or before == 0 else change * 100 / Decimal(before)


def pain_mcid_met(before: Decimal | None, after: Decimal | None, *, rule: str) -> bool | None:
    """Whether pain fell by a clinically important difference [V].

    abs2: by 2 points; pct30: by 30 % (Farrar 2001, 11-point NRS; Ostelo 2008); either; both. None where a value that
    decides is missing, and by percent where pain was 0 before. ValueError of another rule.
    """
    if rule not in MCID_RULES:
        raise ValueError(f"{rule!r} is not one of {', '.join(MCID_RULES)}")
    change, percent = pain_change(before, after), pain_change_pct(before, after)
    points = None if change is None else change <= -2
    share = None if percent is None else percent <= -30
    return {"abs2": points, "pct30": share, "either": any_of([points, share]), "both": all_of([points, share])}[rule]
