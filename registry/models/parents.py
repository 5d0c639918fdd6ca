"""The three parents that a form of the chart can have, and the paths from it to its patient and its study."""

from django.db import models

from registry.models.chart import ChartRow
from registry.models.patient import Patient
from registry.models.procedure import Procedure
from registry.models.visit import FollowUpVisit


class OfPatient(ChartRow):
    """A form about a person."""

    PARENT, PATIENT_PATH, STUDY_PATH = "patient", "patient", "patient__study"
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="%(class)s_rows")

    class Meta(ChartRow.Meta):
        abstract = True


class OfProcedure(ChartRow):
    """A form about an operation."""

    PARENT, PATIENT_PATH, STUDY_PATH = "procedure", "procedure__patient", "procedure__patient__study"
    procedure = models.ForeignKey(Procedure, on_delete=models.PROTECT, related_name="%(class)s_rows")

    class Meta(ChartRow.Meta):
        abstract = True


class OfVisit(ChartRow):
    """A form about one encounter."""

    PARENT, PATIENT_PATH = "visit", "visit__procedure__patient"
    STUDY_PATH = "visit__procedure__patient__study"
    visit = models.ForeignKey(FollowUpVisit, on_delete=models.PROTECT, related_name="%(class)s_rows")

    class Meta(ChartRow.Meta):
        abstract = True


def one_for(parent: str, *, name: str) -> models.UniqueConstraint:
    """One valid row of a form for its parent."""
    return models.UniqueConstraint(
        fields=[parent],
        condition=models.Q(error_marked_at=None),
        name=name,
        violation_error_message="This form is filled already; correct that one.",
    )
