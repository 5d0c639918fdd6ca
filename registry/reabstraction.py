"""Second readings: which visits can be drawn, what the two readers said, and where they differ."""

import math
from dataclasses import dataclass
from decimal import Decimal
from random import Random

from django.db.models import F, Q, QuerySet

from registry.asked import asked_instruments, due_at
from registry.models import (
    FollowUpVisit,
    Instrument,
    MissingReason,
    ReabstractionSample,
    Reading,
    Resolution,
    Site,
    Study,
    User,
)
from registry.rules import plain

# What a reader said of one field: {"value": "7"} or {"missing": "not_recorded"}; {} where nothing was said.
Said = dict[str, str]


@dataclass(frozen=True)
class Disagreement:
    """A field on which two readings differ, and how that was settled, if it was."""

    instrument: Instrument
    first: Said
    second: Said
    resolution: Resolution | None


def can_be_drawn(study: Study, site: Site, reader: User) -> QuerySet[FollowUpVisit]:
    """Visits that took place, read by somebody else, of patients who are still in the study."""
    visits = FollowUpVisit.objects.valid().filter(site=site, procedure__patient__study=study, missed=None)
    valid = visits.filter(
        procedure__error_marked_at=None, procedure__patient__error_marked_at=None, procedure__patient__withdrawn_on=None
    )
    first_reader = Q(abstractor=reader) | Q(abstractor=None, recorded_by=reader)
    return valid.exclude(first_reader).exclude(readings__submitted_at=None, readings__isnull=False)


def drawn(ids: list, *, seed: int, share: Decimal) -> list:
    """The share of the ids that this seed draws: the same ids and seed give the same sample on every machine."""
    wanted = math.ceil(len(ids) * share / 100)
    return sorted(Random(seed).sample(sorted(ids), wanted))


def asked_of(visit: FollowUpVisit) -> list[Instrument]:
    """What both readers are asked of a visit."""
    return due_at(asked_instruments(visit.procedure.patient.study, visit.site_id), visit.timepoint)


def asked_in(sample: ReabstractionSample) -> list[Instrument]:
    """What the visits of a sample are asked, whichever of it is due at each."""
    return asked_instruments(sample.study, sample.site_id)


def said(value: Decimal | MissingReason | str | None, missing: str | None = None) -> Said:
    """A value or a reason as it is kept of a reading."""
    if isinstance(value, Decimal):
        return {"value": plain(value)}
    reason = missing or value
    return {"missing": str(reason)} if reason else {}


def recorded(visit: FollowUpVisit) -> dict[str, Said]:
    """What stands in the record of a visit, by instrument."""
    scores = visit.scores.valid().select_related("instrument")
    return {score.instrument.key: said(score.value, score.missing) for score in scores}


def disagreements(reading: Reading, asked: list[Instrument]) -> list[Disagreement]:
    """Where the second reading differs from what was recorded when it was handed in, in the order of the form."""
    settled = {resolution.field: resolution for resolution in reading.resolutions.all()}
    found = []
    for instrument in due_at(asked, reading.visit.timepoint):
        first, second = reading.first_values.get(instrument.key, {}), reading.values.get(instrument.key, {})
        if first != second:
            found.append(Disagreement(instrument, first, second, settled.get(instrument.key)))
    return found


def in_words(entry: Said) -> str:
    """'7', 'Not recorded in chart', or 'nothing'."""
    if "value" in entry:
        return entry["value"]
    return str(MissingReason(entry["missing"]).label) if "missing" in entry else "nothing"


def readings_of(sample: ReabstractionSample) -> QuerySet[Reading]:
    """The readings of a sample with what a page shows of them."""
    rows = sample.readings.select_related(
        "patient", "reader", "visit__timepoint", "visit__recorded_by", "visit__abstractor",
        "visit__procedure__patient__study__schedule",
    )  # fmt: skip
    return rows.prefetch_related("resolutions").order_by(F("submitted_at").asc(nulls_first=True), "id")
