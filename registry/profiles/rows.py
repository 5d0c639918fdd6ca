"""The rows of each resource that somebody may pull, and how to get from a row to its patient."""

from dataclasses import dataclass

from django.db.models import QuerySet

from registry.access import Permission, Profile
from registry.models import (
    ChartRow,
    Event,
    FollowUpVisit,
    Patient,
    Procedure,
    RadiationCourse,
    Score,
    SystemicTherapy,
)  # fmt: skip


@dataclass(frozen=True)
class Table:
    """A table of a resource. `parents`: the rows that hold it, from the nearest to the patient."""

    key: str
    model: type
    parents: tuple[str, ...] = ()

    @property
    def patient(self) -> str:
        """The path to the patient, ready for a name behind it."""
        return f"{self.parents[-1]}__" if self.parents else ""


OF_VISIT = ("procedure", "procedure__patient")
# One resource has two tables: a treatment is a course of radiation or a line of systemic therapy.
RESOURCES: dict[str, tuple[Table, ...]] = {
    "patients": (Table("patients", Patient),),
    "procedures": (Table("procedures", Procedure, ("patient",)),),
    "visits": (Table("visits", FollowUpVisit, OF_VISIT),),
    "scores": (Table("scores", Score, ("visit", "visit__procedure", "visit__procedure__patient")),),
    "events": (Table("events", Event, OF_VISIT),),
    "treatments": (
        Table("radiation", RadiationCourse, ("patient",)),
        Table("systemic", SystemicTherapy, ("patient",)),
    ),
}
TABLES = {table.key: table for tables in RESOURCES.values() for table in tables}


def rows_of(table: Table, user, profile: Profile) -> QuerySet:
    """The valid rows that leave in this form for the user. Who withdrew is in none but the identified."""
    permission = permission_of(user)
    rows = table.model.objects.visible_to(user, permission).valid()
    valid = {f"{parent}__error_marked_at": None for parent in table.parents}
    staying = {} if profile == Profile.IDENTIFIED else {f"{table.patient}withdrawn_on": None}
    return rows.filter(**valid, **staying)


def permission_of(user) -> Permission:
    """By which right rows are read: a token for pulling has one of its own."""
    return Permission.PULL_ROWS if pulls(user) else Permission.VIEW_PATIENTS


def pulls(user) -> bool:
    """Whether the asker holds a token for rows without identifiers."""
    token = getattr(user, "token", None)
    return token is not None and token.profile != Profile.IDENTIFIED


def is_chart_row(table: Table) -> bool:
    return issubclass(table.model, ChartRow)
