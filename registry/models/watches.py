"""Triggers that watch a patient's values: a locked record stays as it is; verifications and waivers end with the value.

They look at whole statements (transition tables), so a bulk insert of many rows costs one look, and no route is past
them: forms, imports, bulk writes of the ORM, raw SQL.
"""

import pgtrigger

# Whoever writes shares this lock until the end of the transaction; who locks a record waits for those that write.
WRITING = 7_316_001
PARENTS = {"visit": "registry_followupvisit", "procedure": "registry_procedure", "patient": "registry_patient"}
# What a row says of itself beside its values.
KEPT_APART = "'{version,locked_at,locked_by_id}'::text[]"


def on_statement(name: str, operation: pgtrigger.Operation, func: str, declare=()) -> pgtrigger.Trigger:
    """An AFTER trigger of a whole statement; `was` and `now` are its rows before and after."""
    before = None if operation == pgtrigger.Insert else "was"
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=pgtrigger.Referencing(old=before, new="now"),
        declare=list(declare),
        func=func,
    )


def refuse_where(locked: str) -> str:
    """Raises record_is_locked where the query `locked` finds when the record was locked; planned for each statement,
    because one row and twenty thousand are not found in the same way."""
    return f"""PERFORM pg_advisory_xact_lock_shared({WRITING}); EXECUTE $q${locked}$q$ INTO since;
        IF since IS NOT NULL THEN RAISE EXCEPTION 'record_is_locked' USING ERRCODE = 'check_violation',
        CONSTRAINT = 'record_is_locked', DETAIL = since::text; END IF; RETURN NULL;"""


def locks_of(rows: str, path: str) -> str:
    """When the records were locked that these rows (of one column, their parent) belong to.

    Looked up table by table, each by its key: a join is planned by what is known of the tables, and of tables that are
    being filled nothing right is known. One that was planned for empty tables took minutes for a few thousand rows.
    """
    first, *further = path.split("__")
    patient = f"r.{first}_id"
    for child, parent in zip([first, *further], further, strict=False):
        patient = f"(SELECT {parent}_id FROM {PARENTS[child]} WHERE id = {patient})"
    study = "(SELECT study.locked_at FROM registry_study study WHERE study.id = patient.study_id)"
    return (
        f"SELECT min((SELECT COALESCE(patient.locked_at, {study})"
        f" FROM registry_patient patient WHERE patient.id = {patient})) FROM ({rows}) r"
    )


def stays_while_locked(path: str) -> list[pgtrigger.Trigger]:
    """V13 for a table whose rows belong to a patient by this path."""
    parent = f"{path.split('__')[0]}_id"
    changed = f"SELECT {parent} FROM was UNION SELECT {parent} FROM now"
    declare = [("since", "timestamptz")]
    return [
        on_statement(
            "record_is_locked_on_insert",
            pgtrigger.Insert,
            refuse_where(locks_of(f"SELECT DISTINCT {parent} FROM now", path)),
            declare,
        ),
        on_statement("record_is_locked", pgtrigger.Update, refuse_where(locks_of(changed, path)), declare),
    ]


def patient_stays_while_locked() -> list[pgtrigger.Trigger]:
    """V13 for patients: nobody enters a locked study, and of a locked patient only the lock changes."""
    declare = [("since", "timestamptz")]
    entering = "SELECT min(study.locked_at) FROM now JOIN registry_study study ON study.id = now.study_id"
    changing = f"""SELECT min(COALESCE(was.locked_at, study.locked_at))
        FROM was LEFT JOIN now ON now.id = was.id JOIN registry_study study ON study.id IN (was.study_id, now.study_id)
        WHERE (to_jsonb(was) - {KEPT_APART}) IS DISTINCT FROM (to_jsonb(now) - {KEPT_APART})"""
    return [
        on_statement("record_is_locked_on_insert", pgtrigger.Insert, refuse_where(entering), declare),
        on_statement("record_is_locked", pgtrigger.Update, refuse_where(changing), declare),
    ]


def drop_what_was_said_of(changed: str, matches: str) -> str:
    """Ends the verifications of values that `changed`, and opens their waived queries again, with a step that says so.

    `matches` holds for a verification or query `said` and a row of `changed`. No actor: the database did it.
    """
    return f"""EXECUTE $q$
        UPDATE registry_verification said SET dropped_at = clock_timestamp() FROM {changed}
        WHERE said.dropped_at IS NULL AND {matches}$q$;
        EXECUTE $q$
        WITH lapsed AS (
            UPDATE registry_query said SET status = 'open', ended_at = NULL, waived_for = NULL, waived_reason = '',
            version = said.version + 1 FROM {changed}
            WHERE said.status = 'waived' AND {matches} RETURNING said.id, said.site_id)
        INSERT INTO registry_querystep (id, site_id, query_id, action, comment, at)
        SELECT gen_random_uuid(), site_id, id, 'lapsed', '', clock_timestamp() FROM lapsed$q$; RETURN NULL;"""


def answer_in(row: str) -> str:
    """What a row holds for the field that something was said of: value, reason for missing, precision of a date."""
    row = f"to_jsonb({row})"
    precision = r"regexp_replace(said.field, '_on$', '_precision')"
    return (
        f"jsonb_build_array({row}->said.field, {row}->(said.field || '_id'), {row}->'missing'->said.field,"
        f" {row}->{precision})"
    )


def drops_with_the_value(form: str = "") -> list[pgtrigger.Trigger]:
    """For tables whose columns are values. `form`: the one that addresses the rows, where their id is not enough."""
    changed = "was JOIN now ON now.id = was.id"
    matches = f"""said.row_id = was.id {f"AND said.form = '{form}'" if form else ""} AND CASE said.field
        WHEN '' THEN (to_jsonb(was) - {KEPT_APART}) IS DISTINCT FROM (to_jsonb(now) - {KEPT_APART})
        ELSE {answer_in("was")} IS DISTINCT FROM {answer_in("now")} END"""
    return [on_statement("value_changed", pgtrigger.Update, drop_what_was_said_of(changed, matches))]


def drops_with_each(
    form: str, parent: str, named_by: str, table: str, name: str, columns: str
) -> list[pgtrigger.Trigger]:
    """For tables with a row for each value: scores of a visit, attributes of a patient. Their address is the parent's
    row and the name of what the value is of."""
    which = f"{parent}, {named_by}"
    before, after = f"SELECT {which}, {columns} FROM was", f"SELECT {which}, {columns} FROM now"
    differing = f"({before} EXCEPT {after}) UNION ({after} EXCEPT {before})"
    named = f"JOIN {table} named ON named.id = r.{named_by}"
    matches = f"said.form = '{form}' AND said.row_id = r.{parent} AND said.field IN (named.{name}, '')"
    return [
        on_statement(
            "value_changed_on_insert",
            pgtrigger.Insert,
            drop_what_was_said_of(f"(SELECT {which} FROM now) r {named}", matches),
        ),
        on_statement("value_changed", pgtrigger.Update, drop_what_was_said_of(f"({differing}) r {named}", matches)),
    ]
