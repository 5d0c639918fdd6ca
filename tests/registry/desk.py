"""Patients for tests of the desk: operated on so many days before a fixed day."""

from datetime import date, timedelta

from registry.actions.people import system_user
from registry.audit import recording
from registry.models import Event, Procedure, VitalStatus
from tests.builders import build_patient, build_procedure, build_visit

TODAY = date(2024, 6, 15)


def before(days: int) -> date:
    """So many days before the fixed day."""
    return TODAY - timedelta(days=days)


def operated(study, number: str, days_ago: int | None, *, seen=(), site=None, **fields) -> Procedure:
    """A patient with an index procedure so many days ago (None: the date is not known), and with visits recorded."""
    patient = build_patient(study=study, site=site or study.sites.get(), study_number=number)
    on = None if days_ago is None else before(days_ago)
    procedure = build_procedure(patient=patient, performed_on=on, **fields)
    for timepoint in seen:
        build_visit(procedure=procedure, timepoint=timepoint, scores={"pain": 3, "opioid": 0})
    return procedure


def fill(model, parent, **fields):
    """A row of a form, as it is saved by whoever may."""
    row = model(site_id=parent.site_id, **{model.PARENT: parent}, **fields)
    with recording(by=system_user()):
        row.save()
    return row


def died(procedure: Procedure, days_ago: int, precision: str = "day") -> VitalStatus:
    return fill(VitalStatus, procedure.patient, status="deceased", died_on=before(days_ago), died_precision=precision)


def death_event(procedure: Procedure, days_ago: int) -> Event:
    return fill(Event, procedure, kind="death", happened_on=before(days_ago), happened_precision="day")


def change(row, **columns) -> None:
    """Change columns of a row past the actions."""
    with recording(by=system_user()):
        type(row).objects.filter(pk=row.pk).update(**columns)
    row.refresh_from_db()
