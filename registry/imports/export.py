"""The record of a study at a site as one table that an import reads back without a change.

One row a patient (what is known of the patient and the index procedure), one a visit, one a row of a form that repeats;
the columns are named by their targets, so no mapping is to be made. A reason for missing stands as "[not_done]"; what
was never answered is an empty cell. Columns come from the study, never from the rows.
"""

import csv
from collections.abc import Iterable, Iterator

from registry.chart import FORMS
from registry.imports.inert import inert
from registry.imports.recorded import Loader, Record
from registry.imports.said import ON, Place
from registry.imports.targets import FORM, INSTANCE, PATIENT, TIMEPOINT, Target, Targets
from registry.models import FollowUpVisit, Patient, Procedure, Site, Study, User

KEYS = {"patient_id": PATIENT, "timepoint": TIMEPOINT, "form": FORM, "instance": INSTANCE}
CHUNK = 1000
MARK = "\ufeff"


class Line:
    """A file whose writes are handed on."""

    def write(self, text: str) -> str:
        return text


def record_csv(study: Study, site: Site, *, by: User) -> Iterator[str]:
    """The file, piece by piece, of the patients that this person sees."""
    targets = Targets(study, site)
    columns = [target for target in targets.by_key.values() if target.kind is not None]
    writer = csv.writer(Line())
    yield MARK + writer.writerow([*KEYS, *(target.key for target in columns)])
    patients = Patient.objects.visible_to(by).valid().filter(study=study, site=site)
    numbers = list(patients.values_list("study_number", flat=True))
    for start in range(0, len(numbers), CHUNK):
        record = Loader(targets, FORMS).load(numbers[start : start + CHUNK])
        for row in rows_of(record):
            yield writer.writerow(line_of(row, columns))


Row = tuple[Place, dict[str, dict[str, str]]]


def rows_of(record: Record) -> Iterator[Row]:
    """Each row of the file: its place, and its answers by form and field."""
    patients: dict[str, dict[str, dict[str, str]]] = {number: {} for number in record.patients}
    visits: dict[int, Row] = {}
    repeated = []
    for place, held in record.held.items():
        if place.form == "visit":
            visits.setdefault(id(held), (place, {"visit": held.values}))
        elif place.form in FORMS and FORMS[place.form].repeats:
            repeated.append((place, {place.form: held.values}))
        elif place.at:
            visits[id(record.held[place._replace(form="visit", instance=0)])][1][place.form] = held.values
        else:
            patients[place.patient][place.form] = held.values
    for number, answers in sorted(patients.items()):
        yield Place(number, "patient"), answers
    yield from sorted([*visits.values(), *repeated], key=lambda row: row[0])


def line_of(row: Row, columns: list[Target]) -> Iterable[str]:
    place, answers = row
    repeats = place.form in FORMS
    at = "" if place.at.startswith(ON) else place.at
    keys = (place.patient, at, place.form if repeats else "", place.instance if repeats else "")
    return [*keys, *(inert(answers.get(target.form, {}).get(target.field, "")) for target in columns)]


def left_out(study: Study, site: Site) -> dict[str, int]:
    """What the file has no row for: visits without a timepoint and a date, procedures beside the index procedure."""
    of_site = {"site": site, "error_marked_at": None}
    unnamed = FollowUpVisit.objects.filter(procedure__patient__study=study, timepoint=None, visited_on=None, **of_site)
    others = Procedure.objects.filter(patient__study=study, is_index=False, **of_site)
    return {"visits without timepoint and date": unnamed.count(), "further procedures": others.count()}
