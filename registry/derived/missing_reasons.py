"""Why a planned visit is not there, where vital status and the data cut say it."""

from datetime import date, timedelta

from registry.derived.spans import Span

DECEASED, LOST, NOT_DUE = "deceased", "lost", "not_due"


def missing_reason_at(
    opens_on_day: int | None,
    closes_on_day: int | None,
    *,
    index: Span | None,
    death: Span | None = None,
    lost: Span | None = None,
    data_cut: date | None = None,
) -> str | None:
    """deceased, lost, not_due or None for a timepoint without a visit, by its window in days from the index.

    deceased: died on the day the window opens or before it [P, instruments 1.1]; lost: lost to follow-up before it
    opens; not_due: the window is still open, or to come, at the data cut. In this order; what happens after the data
    cut is not known at it. None wherever the dates are too coarse to be certain, or the timepoint has no window.
    """
    if None in (opens_on_day, closes_on_day, index):
        return None
    opens, closes = _shifted(index, opens_on_day), _shifted(index, closes_on_day)
    if _known_at(death, data_cut) and death.last <= opens.first:
        return DECEASED
    if _known_at(lost, data_cut) and lost.last < opens.first:
        return LOST
    return NOT_DUE if data_cut is not None and data_cut < closes.first else None


def _shifted(index: Span, days: int) -> Span:
    return Span(index.first + timedelta(days), index.last + timedelta(days))


def _known_at(happened: Span | None, data_cut: date | None) -> bool:
    return happened is not None and (data_cut is None or happened.last <= data_cut)
