"""In which form rows leave by the API: what of each resource may, under each profile, and how it is written.

`lines` is the only way from rows to what is sent: PostgreSQL itself makes each row's JSON from the whitelist, so that a
page of a list and a stream of a million rows are written alike, and nothing else is read.
"""

import json
from collections.abc import Iterable
from uuid import UUID

from django.db.models import F, FilteredRelation, Q, QuerySet, TextField
from django.db.models.functions import Cast

from registry.access import Profile
from registry.models import Patient, User
from registry.profiles.covariates import Leaving, leaving
from registry.profiles.expressions import GIVEN, INDEX, line_of, row_id
from registry.profiles.fields import CODE, fields_of
from registry.profiles.rows import RESOURCES, TABLES, Table, pulls, rows_of
from registry.pseudonyms import name_patients

__all__ = ["RESOURCES", "TABLES", "Table", "given_to", "lines", "project", "pulls", "rows_of"]


def given_to(table: Table, rows: QuerySet, profile: Profile, recipient: User) -> QuerySet:
    """Rows with `sent_id`, the id by which the recipient knows each, and what their fields are computed from.

    Patients who have no code for the recipient yet get one, in one statement.
    """
    if profile == Profile.IDENTIFIED:
        return rows.annotate(sent_id=Cast(F("pk"), TextField()))
    patients = Patient.objects.filter(pk__in=rows.order_by().values(f"{table.patient}pk"))
    name_patients(recipient, patients)
    codes, procedures = f"{table.patient}pseudonyms", f"{table.patient}procedures"
    of_index = Q(**{f"{procedures}__is_index": True, f"{procedures}__error_marked_at": None})
    rows = rows.annotate(
        **{
            GIVEN: FilteredRelation(codes, condition=Q(**{f"{codes}__recipient": recipient.pk})),
            INDEX: FilteredRelation(procedures, condition=of_index),
        }
    )
    # Who came after the codes were given has none: the row is left for the next pull.
    rows = rows.filter(**{f"{CODE}__isnull": False})
    return rows.annotate(sent_id=F(CODE) if table.model is Patient else row_id("id"))


def lines(table: Table, rows: QuerySet, profile: Profile, recipient: User) -> QuerySet:
    """The rows with `sent_id` and `line`, a row as one JSON object, as text: to be read, or to be copied out whole."""
    rows = rows if "sent_id" in rows.query.annotations else given_to(table, rows, profile, recipient)
    told = Leaving()
    if table.model is Patient and profile != Profile.IDENTIFIED:
        told = leaving(rows_of(table, recipient, profile))
    return rows.annotate(line=line_of(fields_of(table, profile, told)))


def project(resource: str, rows: Iterable[QuerySet], profile: Profile, recipient: User) -> dict[UUID, dict]:
    """Rows as they leave, by their own ids: one queryset for each table of the resource."""
    tables = zip(RESOURCES[resource], rows, strict=True)
    found = (lines(table, part, profile, recipient).values_list("pk", "line") for table, part in tables)
    return {pk: json.loads(line) for part in found for pk, line in part}
