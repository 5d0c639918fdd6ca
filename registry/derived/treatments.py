"""Radiation and systemic therapy before and after the index procedure. Both may be true of one course."""

from collections.abc import Iterable
from dataclasses import dataclass

from registry.derived.certainty import all_of, any_of
from registry.derived.spans import Span


@dataclass(frozen=True)
class Timing:
    """neoadjuvant: any part before the index; adjuvant: any part after it. None is not known, and counted as that."""

    neoadjuvant: bool | None
    adjuvant: bool | None

    @property
    def both(self) -> bool | None:
        return all_of([self.neoadjuvant, self.adjuvant])


def timing_of(start: Span | None, end: Span | None, index: Span | None) -> Timing:
    """Timing of one course by its days before and after the day of the index procedure [S].

    An end that is not known, or not come yet, leaves open whether a course that began before went on after. None where
    dates are too coarse or missing.
    """
    if index is None:
        return Timing(None, None)
    before = None if start is None else start.before(index)
    after = None if end is None else index.before(end)
    if end is not None and end.before(index):
        before = True
    if start is not None and index.before(start):
        after = True
    return Timing(before, after)


def prior_local_rt(courses: Iterable[tuple[Timing, bool | None]]) -> bool | None:
    """Whether a field that includes the sacrum was irradiated before the index [S, Cox]: (timing, includes sacrum)."""
    return any_of(all_of([timing.neoadjuvant, sacrum]) for timing, sacrum in courses)
