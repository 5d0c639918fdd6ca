"""The doors of second readings: the rows that they are about."""

from datetime import date
from decimal import Decimal

from registry.access import Role
from registry.actions.reabstraction import draw_sample, submit_reading
from registry.models import Instrument, MissingReason
from tests.builders import build_member, build_patient, build_procedure, build_visit

# name: the row it is about; an open reading is there for its reader alone, who is none of the cast.
SECOND_READING_DOORS = {
    "sample-list": "",
    "sample-new": "",
    "sample-detail": "sample",
    "sample-agreement": "sample",
    "reading-make": "reading",
    "reading-settle": "settled",
}


def second_reading_rows(study, site, by) -> dict:
    """A sample of two visits of a patient of its own: one to be read, one handed in."""
    reader = build_member(f"second-{site.code}", site, Role.COORDINATOR)
    procedure = build_procedure(patient=build_patient(study=study, site=site), performed_on=date(2024, 3, 1))
    for code, day in (("w6", date(2024, 4, 12)), ("m3", date(2024, 6, 1))):
        build_visit(procedure=procedure, timepoint=code, visited_on=day, scores={"pain": 3, "opioid": 1})
    sample = draw_sample(study=study, site=site, seed=1, share=Decimal(100), reader=reader, by=by)
    reading, settled = sample.readings.filter(visit__procedure=procedure).order_by("id")
    asked = Instrument.objects.filter(site=None, key__in=("pain", "opioid"))
    submit_reading(settled, values=dict.fromkeys(asked, MissingReason.UNKNOWN), version=1, by=reader)
    return {"sample": sample, "reading": reading, "settled": settled}
