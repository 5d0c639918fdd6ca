"""Triggers that tell the change feed what was written, one look a statement: registry_change gets a row for each.

What a row looks like in the feed also hangs on the rows above it. Where those are withdrawn, marked as an error or put
back, and where the day that the others count from moves, everything below is told again.
"""

import pgtrigger

from registry.models.watches import PARENTS, on_statement

# {resource: its tables, and the path from them to the patient}
TABLES = {
    "procedure": (("registry_procedure", "patient"),),
    "visit": (("registry_followupvisit", "procedure__patient"),),
    "score": (("registry_score", "visit__procedure__patient"),),
    "event": (("registry_event", "procedure__patient"),),
    "treatment": (("registry_radiationcourse", "patient"), ("registry_systemictherapy", "patient")),
}
EPOCH = "(SELECT COALESCE(max(number), 1) FROM registry_epoch)"


def told_sql(*rows: str) -> str:
    """The statement that writes down these changes, each a query of (resource, row_id, patient_id, site_id)."""
    return f"""INSERT INTO registry_change (epoch, xid, resource, row_id, patient_id, site_id)
        SELECT {EPOCH}, pg_current_xact_id()::text::bigint, r.* FROM ({" UNION ALL ".join(rows)}) r"""


def planned_anew(sql: str) -> str:
    """One row and twenty thousand are not found in the same way."""
    return f"EXECUTE $q${sql}$q$; RETURN NULL;"


def patient_of(path: str, row: str = "now") -> str:
    """SQL: the patient of a row, looked up table by table, each by its key (as watches.locks_of does)."""
    first, *further = path.split("__")
    found = f"{row}.{first}_id"
    for child, parent in zip([first, *further], further, strict=False):
        found = f"(SELECT {parent}_id FROM {PARENTS[child]} WHERE id = {found})"
    return found


def rows_themselves(resource: str, path: str, source: str = "now") -> str:
    """The rows of a statement, or of a table."""
    return f"SELECT '{resource}', now.id, {patient_of(path)}, now.site_id FROM {source} now"


def those_of(patients: str) -> list[str]:
    """Everything of some patients (a query of their ids), themselves too."""
    of = f"IN ({patients})"
    procedures = f"procedure_id IN (SELECT id FROM registry_procedure WHERE patient_id {of})"
    return [
        f"SELECT 'patient', id, id, site_id FROM registry_patient WHERE id {of}",
        f"SELECT 'procedure', id, patient_id, site_id FROM registry_procedure WHERE patient_id {of}",
        f"{rows_themselves('visit', 'procedure__patient', 'registry_followupvisit')} WHERE {procedures}",
        f"{rows_themselves('event', 'procedure__patient', 'registry_event')} WHERE {procedures}",
        f"""{rows_themselves("score", "visit__procedure__patient", "registry_score")} WHERE visit_id IN (
            SELECT id FROM registry_followupvisit WHERE {procedures})""",
        *(
            f"{rows_themselves('treatment', path, table)} WHERE patient_id {of}"
            for table, path in TABLES["treatment"]
        ),
    ]  # fmt: skip


def differs(*terms: str) -> str:
    """SQL: one of these is not what it was."""
    return " OR ".join(f"(was.{term}) IS DISTINCT FROM (now.{term})" for term in terms)


CHANGED = "FROM was JOIN now ON now.id = was.id WHERE"


def on_insert(*rows: str) -> pgtrigger.Trigger:
    return on_statement("change_is_told_on_insert", pgtrigger.Insert, planned_anew(told_sql(*rows)))


def on_update(*rows: str) -> pgtrigger.Trigger:
    return on_statement("change_is_told", pgtrigger.Update, planned_anew(told_sql(*rows)))


def tells(resource: str, path: str) -> list[pgtrigger.Trigger]:
    """A row of its own, and nothing below it."""
    return [on_insert(rows_themselves(resource, path)), on_update(rows_themselves(resource, path))]


def tells_of_patient() -> list[pgtrigger.Trigger]:
    """A patient; everything below where the patient leaves or comes back."""
    ours = "SELECT 'patient', now.id, now.id, now.site_id FROM now"
    left = f"SELECT now.id {CHANGED} {differs('withdrawn_on IS NULL', 'error_marked_at IS NULL')}"
    return [on_insert(ours), on_update(ours, *those_of(left)[1:])]


def tells_of_procedure() -> list[pgtrigger.Trigger]:
    """A procedure; and, where it is or was the one to count days from, everything of its patient."""
    counted = differs("error_marked_at IS NULL", "is_index", "performed_on", "performed_precision", "patient_id")
    moved = f"SELECT now.patient_id {CHANGED} {counted}"
    ours = rows_themselves("procedure", "patient")
    return [
        on_insert(ours, *others_of("SELECT patient_id FROM now WHERE is_index")),
        on_update(ours, *others_of(moved)),
    ]


def others_of(patients: str) -> list[str]:
    """Everything of some patients but the rows of the statement."""
    return [f"SELECT * FROM ({query}) AS o(resource, row_id, patient_id, site_id)"
            " WHERE row_id NOT IN (SELECT id FROM now)" for query in those_of(patients)]  # fmt: skip


def tells_of_visit() -> list[pgtrigger.Trigger]:
    """A visit; and its scores where it is marked or put back, or is of another moment."""
    ours = rows_themselves("visit", "procedure__patient")
    moved = f"""SELECT now.id {CHANGED} {
        differs("error_marked_at IS NULL", "procedure_id", "timepoint_id", "visited_on", "visited_precision", "day")
    }"""
    scores = (
        f"""{rows_themselves("score", "visit__procedure__patient", "registry_score")} WHERE visit_id IN ({moved})"""
    )
    return [on_insert(ours), on_update(ours, scores)]


def tells_of_attribute() -> list[pgtrigger.Trigger]:
    """An attribute is told as its patient, who is shown with it."""
    ours = "SELECT DISTINCT 'patient', now.patient_id, now.patient_id, now.site_id FROM now"
    return [on_insert(ours), on_update(ours)]
