"""Reads patients' records for the rules: the same number of queries for one patient as for five hundred."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import cached_property
from itertools import islice
from uuid import UUID

from django.db.models import Model

from registry.chart import FORMS
from registry.clock import today
from registry.models import (
    CovariateValue,
    Event,
    FollowUpVisit,
    Instrument,
    MissingReason,
    Patient,
    Procedure,
    Score,
    Timepoint,
)
from registry.rules.record import PatientRecord, ProcedureRecord, VisitRecord
from registry.rules.totals import items_of

AT_ONCE = 500
MODELS = {form.model for form in FORMS.values()}
KEY_OF_MODEL = {form.model: form.key for form in FORMS.values() if not form.fixed}
AGE = "age"


class Definitions:
    """Instruments, their items and timepoints, read once each."""

    def __init__(self):
        self.instruments: dict[UUID, Instrument] = {}
        self.items: dict[UUID, int] = {}

    @cached_property
    def timepoints(self) -> dict[UUID, Timepoint]:
        return Timepoint.objects.in_bulk()

    def know(self, instruments: set[UUID]) -> None:
        """Read the instruments that are not known yet."""
        unknown = instruments - self.instruments.keys()
        if unknown:
            self.instruments |= Instrument.objects.select_related("part_of").in_bulk(unknown)
            wholes = {each.part_of_id for each in self.instruments.values()} - {None} - self.items.keys()
            self.items |= items_of(wholes)


def load_records(patients: Iterable[UUID], *, definitions: Definitions | None = None) -> Iterator[PatientRecord]:
    """The record of each of these patients, rows that are marked as entered in error left out."""
    definitions = definitions or Definitions()
    now = today()
    waiting = iter(patients)
    while ids := list(islice(waiting, AT_ONCE)):
        for record in Loader(ids, definitions).records():
            record.today = now
            yield record


class Loader:
    """Puts the rows of some patients together."""

    def __init__(self, ids: list[UUID], definitions: Definitions):
        self.ids, self.definitions = ids, definitions
        self.filled: dict[UUID, dict[str, list[Model]]] = defaultdict(dict)

    def records(self) -> list[PatientRecord]:
        rows = Patient.objects.valid().filter(pk__in=self.ids).select_related("study__schedule")
        patients = {patient.pk: patient for patient in rows}
        procedures = self.procedures(patients)
        visits = self.visits(procedures)
        scores = self.scores()
        self.fill(patients, procedures, visits)
        ages = self.ages()
        of_procedure: dict[UUID, list[VisitRecord]] = defaultdict(list)
        for visit in visits.values():
            made = VisitRecord(visit, *scores.get(visit.pk, ({}, {})), self.filled.get(visit.pk, {}))
            of_procedure[visit.procedure_id].append(made)
        of_patient: dict[UUID, list[ProcedureRecord]] = defaultdict(list)
        for each in procedures.values():
            made = ProcedureRecord(each, self.filled.get(each.pk, {}), of_procedure.get(each.pk, []))
            of_patient[each.patient_id].append(made)
        return [
            PatientRecord(patient, of_patient.get(pk, []), self.filled.get(pk, {}), ages.get(pk, {}),
                          items=self.definitions.items)
            for pk, patient in patients.items()
        ]  # fmt: skip

    def procedures(self, patients: dict[UUID, Patient]) -> dict[UUID, Procedure]:
        rows = Procedure.objects.valid().filter(patient__in=self.ids).order_by("performed_on", "pk")
        found = {procedure.pk: procedure for procedure in rows}
        for procedure in found.values():
            procedure.patient = patients[procedure.patient_id]
        return found

    def visits(self, procedures: dict[UUID, Procedure]) -> dict[UUID, FollowUpVisit]:
        rows = FollowUpVisit.objects.valid().filter(procedure__patient__in=self.ids, procedure__error_marked_at=None)
        found = {visit.pk: visit for visit in rows.order_by("procedure", "day", "pk")}
        for visit in found.values():
            visit.procedure = procedures[visit.procedure_id]
            if visit.timepoint_id is not None:
                visit.timepoint = self.definitions.timepoints[visit.timepoint_id]
        return found

    def scores(self) -> dict[UUID, tuple[dict[str, Decimal | MissingReason], dict[str, Instrument]]]:
        """The scores of each visit, and their instruments, by key."""
        rows = Score.objects.valid().filter(visit__procedure__patient__in=self.ids)
        cells = list(rows.order_by().values_list("visit_id", "instrument_id", "value", "missing"))
        self.definitions.know({instrument for _, instrument, _, _ in cells})
        known = self.definitions.instruments
        found: dict[UUID, tuple[dict, dict]] = defaultdict(lambda: ({}, {}))
        for visit, pk, value, missing in cells:
            values, instruments = found[visit]
            instrument = known[pk]
            values[instrument.key] = MissingReason(missing) if value is None else value
            instruments[instrument.key] = instrument
        return found

    def fill(self, *parents: dict[UUID, Model]) -> None:
        """The forms, each put at the row it hangs on."""
        by_kind = dict(zip(("patient", "procedure", "visit"), parents, strict=True))
        for model in MODELS:
            among = by_kind[model.PARENT]
            if not among:
                continue
            for row in model.objects.valid().filter(**{f"{model.PATIENT_PATH}__in": self.ids}):
                parent = among.get(getattr(row, f"{model.PARENT}_id"))
                if parent is not None:
                    setattr(row, model.PARENT, parent)
                    self.filled[parent.pk].setdefault(form_key(row), []).append(row)

    def ages(self) -> dict[UUID, dict[str, Decimal]]:
        """The ages that a study keeps as an attribute."""
        rows = CovariateValue.objects.filter(patient__in=self.ids, covariate__name=AGE, number__isnull=False)
        return {patient: {AGE: number} for patient, number in rows.values_list("patient_id", "number")}


def form_key(row: Model) -> str:
    """The key of the form that a row fills; a death is its own, which the vital status tells."""
    return row.kind if isinstance(row, Event) else KEY_OF_MODEL[type(row)]
