"""What a study asks at a visit, and whether all of it has been answered."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q

from registry.models import FollowUpVisit, Instrument, Study, Timepoint


def asked_instruments(study: Study, site_id: UUID) -> list[Instrument]:
    """The instruments of a study's form in its order; another site's own of the same key is not this site's to fill."""
    mine = Q(instrument__site=None) | Q(instrument__site=site_id)
    return [link.instrument for link in study.asked.filter(mine).select_related("instrument__part_of")]


def leaves(instruments: Iterable[Instrument]) -> list[Instrument]:
    """The instruments that are asked for themselves: a total whose items are asked follows from them."""
    instruments = list(instruments)
    wholes = {instrument.part_of_id for instrument in instruments}
    return [instrument for instrument in instruments if instrument.pk not in wholes]


def due_at(instruments: Iterable[Instrument], timepoint: Timepoint | None) -> list[Instrument]:
    """The leaves that a visit at this timepoint has to answer."""
    at_baseline = timepoint is not None and timepoint.kind == Timepoint.Kind.BASELINE
    return [each for each in leaves(instruments) if each.at_baseline or not at_baseline]


def is_complete(visit: FollowUpVisit, instruments: Iterable[Instrument]) -> bool:
    """Whether a visit was missed, or each instrument that is due at it has a value or the reason why there is none."""
    answered = {score.instrument_id for score in visit.scores.all()}
    due = due_at(instruments, visit.timepoint)
    return visit.missed is not None or all(instrument.pk in answered for instrument in due)
