"""One valid row of every table, for tests that break them one by one."""

import uuid
from datetime import date
from decimal import Decimal

from django.apps import apps
from django.db import connection, transaction

from outcomes.cohorts import visible_cohorts
from outcomes.models import Freeze, FreezeName, Result
from outcomes.own_plans import save_plan
from registry.access import Role
from registry.actions import events, patients, people, studies
from registry.models import ApiToken, Change, Epoch, Event, Instrument, Job, TimeToEvent
from reports.models import Document, DocumentFile, Download
from tests.builders import build_member, build_patient, build_procedure, build_site, build_study, build_visit
from tests.pooling_record import pooling_rows
from tests.pull_record import pulled_rows
from tests.registry.chart_record import chart_rows, desk_rows
from tests.release_record import release_rows
from tests.sending_record import sending_rows

TOKEN = {"name": "a token", "scopes": ["read:results"], "digest": "0" * 64, "prefix": "abc"}


def full_record() -> dict[str, object]:
    """A row of each table of the record and of what is computed from it, by the table's name."""
    north, by = build_site("north"), people.system_user()
    study = build_study(slug="hips", site=north, description="Hips and more")
    patient = build_patient(
        study=study, site=north, study_number="N-001", born_on=date(1950, 1, 1), born_precision="year"
    )
    procedure = build_procedure(patient=patient, performed_on=date(2024, 3, 10))
    visit = build_visit(procedure=procedure, timepoint="w6", visited_on=date(2024, 4, 20), scores={"pain": 3})
    rows = [
        north, study, patient, procedure, visit, visit.scores.get(), study.schedule, visit.timepoint,
        study.enrolments.get(), study.asked.first(), build_member("nurse", north, Role.COORDINATOR).memberships.get(),
        Instrument.objects.get(site=None, key="pain"), by, *attribute_event_and_time(study, patient, procedure, by),
        *computed(study, north, by), *chart_rows(patient, procedure, visit, by), *desk_rows(study, patient, visit, by),
        *pooling_rows(north, by), *pulled_rows(patient, by),
    ]  # fmt: skip
    rows += [Change.objects.latest("seq"), Epoch.objects.get_or_create(number=1, defaults={"cluster": "here"})[0]]
    return {row._meta.db_table: row for row in rows}


def attribute_event_and_time(study, patient, procedure, by) -> list:
    covariate = studies.add_covariate(study=study, name="age", label="Age", kind="integer", by=by)
    value = patients.covariate_value(patient=patient, covariate=covariate, value=Decimal(71))
    patients.record_covariates([value], by=by)
    death = Event(procedure=procedure, kind="death", happened_on=date(2025, 1, 1), happened_precision="day")
    time = TimeToEvent(site=patient.site, procedure=procedure, name="death", time=Decimal(297), event=True)
    patients.record_times([time], by=by)
    return [covariate, value, events.record_event(death, by=by), time]


def computed(study, site, by) -> list:
    cohort = visible_cohorts(by).get(slug=study.slug)
    asked = {"requested_by": by, "site_ids": [site.pk], "idempotency_key": "once"}
    job = Job.objects.create(kind="outcomes.analyse", params={"cohort": str(cohort.pk), "plan": None}, **asked)
    tables = {"procedures": b"1", "scores": b"2", "survival": b"3"}
    of = {"cohort": cohort, "site_ids": [site.pk]}
    freeze = Freeze.objects.create(**of, digest="f" * 64, manifest={}, **tables, made_by=by)
    result = Result.objects.create(
        **of, job=job, freeze=freeze, plan="overview", analysis_id="pain", place=0, type="describe", entry={},
        payload_text="{}", payload_sha256="0" * 64, envelope={},
    )  # fmt: skip
    token = ApiToken.objects.create(user=by, expires_at=result.created_at, **TOKEN)
    plan = save_plan(cohort=cohort, document={"name": "pain", "analyses": []}, by=by)
    name = FreezeName.objects.create(freeze=freeze, cohort=cohort, name="First submission", named_by=by)
    left = [*release_rows(result, by), *sending_rows(site, freeze, by)]
    return [cohort, freeze, *taken_away(result, by), *left, job, result, token, plan, name]


def taken_away(result: Result, by) -> list:
    """A report of the result as a file, and who took it."""
    making = Job.objects.create(kind="reports.document", requested_by=by, site_ids=result.site_ids)
    document = Document.objects.create(
        job=making, analysis=result.job, cohort=result.cohort, freeze=result.freeze, site_ids=result.site_ids,
        profile="tables", key="e" * 64, manifest={}, made_by=by,
    )  # fmt: skip
    about = {"media_type": "application/pdf", "sha256": "0" * 64, "size": 1}
    file = DocumentFile.objects.create(document=document, name="report.pdf", content=b"1", **about)
    return [making, document, file, Download.objects.create(file=file, by=by)]


def models_of_ours() -> list:
    """The models that this project declares, without their histories."""
    return [model for model in all_models() if not hasattr(model, "pgh_tracked_model")]


def all_models() -> list:
    """The models of the three apps, histories among them."""
    return [model for app in ("registry", "outcomes", "reports") for model in apps.get_app_config(app).get_models()]


def histories() -> list:
    """The history table of each tracked model."""
    return [model for model in all_models() if hasattr(model, "pgh_tracked_model")]


def run_sql(sql: str, params=()) -> None:
    """A statement past the ORM, in a transaction of its own that checks what is deferred at once."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, params)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def set_columns(row, assignment: str) -> None:
    """UPDATE one row by raw SQL."""
    run_sql(f"UPDATE {row._meta.db_table} SET {assignment} WHERE id = %s", [row.pk])


def add_twin(row, changes: str = "{}") -> None:
    """INSERT a copy of a row with another id, and with the changes (a JSON object) made to it."""
    table = row._meta.db_table
    new_id = str(uuid.uuid4()) if isinstance(row.pk, uuid.UUID) else str(int(row.pk) + 1_000_000)
    run_sql(
        f"INSERT INTO {table} SELECT (jsonb_populate_record(r, jsonb_build_object('id', %s::text) || %s::jsonb)).*"
        f" FROM {table} r WHERE id = %s",
        [new_id, changes, row.pk],
    )


def refusal(error) -> str:
    """The name of the constraint that PostgreSQL gives, or the sentence of the trigger that raised."""
    said = error.__cause__.diag
    return said.constraint_name or said.message_primary
