"""How long a patient was followed."""

from decimal import Decimal

from registry.derived.spans import Span, days_between

DAYS_A_MONTH = Decimal("30.4375")


def follow_up_days(index: Span | None, *, death: Span | None, last_contact: Span | None) -> int | None:
    """Days from the index to death or last contact, whichever is first [P].

    None unless index and the end are known to the day; where death and last contact are both there and one is too
    coarse to say which is first; and where the end is before the index, which the rules refuse. No paper reports
    deaths, so a patient without a death is not taken for alive: without last contact there is no time at all.
    """
    ends = [end for end in (death, last_contact) if end is not None]
    if not ends:
        return None
    end = min(ends, key=lambda each: each.first)
    if any(other is not end and end.last > other.first for other in ends):
        return None
    days = days_between(index, end)
    return None if days is None or days < 0 else days


def in_months(days: int | None) -> Decimal | None:
    """Days in months of 30.4375 days [P]."""
    return None if days is None else Decimal(days) / DAYS_A_MONTH
