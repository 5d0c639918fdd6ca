"""Each route by which a recorded value may change: one function each, so that a guarantee is tried by all of them."""

from collections.abc import Callable
from decimal import Decimal

from django.db import connection
from django.http import HttpResponse
from django.test import Client

from registry.actions import visits
from registry.models import FollowUpVisit, ImportBatch, Score
from registry.rules import NewVisit
from tests.builders import key
from tests.registry.imports.staged import committed, long_file
from tests.registry.record import run_sql


def other_scores(visit: FollowUpVisit) -> dict[str, Decimal]:
    """What else was typed at the visit: a correction leaves it as it is."""
    return dict(visit.scores.exclude(instrument__key="pain").values_list("instrument__key", "value"))


def by_the_form(visit: FollowUpVisit, pain: int, user) -> HttpResponse:
    """The correction page, as a person sends it."""
    client = Client()
    client.force_login(user)
    visit.refresh_from_db()
    others = {f"score_{key}": str(value) for key, value in other_scores(visit).items()}
    shown = {"timepoint": visit.timepoint.code, "visited_on": str(visit.visited_on), "score_pain": str(pain)} | others
    sent = {"version": visit.version, "reason": "read again", "window_reason": "", "submission_key": str(key())}
    return client.post(f"/visits/{visit.pk}/", shown | sent)


def by_the_action(visit: FollowUpVisit, pain: int, user) -> None:
    """What the API and an import end in."""
    instruments = {score.instrument.key: score.instrument for score in visit.scores.select_related("instrument")}
    typed = other_scores(visit) | {"pain": Decimal(pain)}
    new = NewVisit(
        procedure=visit.procedure, timepoint=visit.timepoint, visited_on=visit.visited_on,
        visited_precision=visit.visited_precision, scores={instruments[key]: value for key, value in typed.items()},
    )  # fmt: skip
    visit.refresh_from_db()
    visits.correct_visit(visit, new, version=visit.version, reason="read again", by=user)


def by_the_api(visit: FollowUpVisit, pain: int, user) -> HttpResponse:
    """A PUT with the tag of what was read."""
    client = Client()
    client.force_login(user)
    address = f"/api/v1/visits/{visit.pk}/"
    others = {key: {"value": str(value)} for key, value in other_scores(visit).items()}
    body = {"timepoint": visit.timepoint.code, "visited_on": str(visit.visited_on), "visited_precision": "day",
            "scores": {"pain": {"value": str(pain)}} | others, "reason": "read again"}  # fmt: skip
    tag = client.get(address)["ETag"]
    return client.put(address, body, content_type="application/json", headers={"if-match": tag})


def by_an_import(visit: FollowUpVisit, pain: int, user) -> ImportBatch:
    """A long file with one score, from the upload into the record."""
    patient = visit.procedure.patient
    content = long_file((patient.study_number, visit.timepoint.code, "pain", str(pain)))
    return committed(content, study=patient.study, site=patient.site, by=user)


def by_queryset(visit: FollowUpVisit, pain: int, user) -> None:
    Score.objects.filter(visit=visit, instrument__key="pain").update(value=pain)


def by_bulk_update(visit: FollowUpVisit, pain: int, user) -> None:
    score = Score.objects.get(visit=visit, instrument__key="pain")
    score.value = Decimal(pain)
    Score.objects.bulk_update([score], ["value"])


def by_saving(visit: FollowUpVisit, pain: int, user) -> None:
    score = Score.objects.get(visit=visit, instrument__key="pain")
    score.value = Decimal(pain)
    score.save()


def by_raw_sql(visit: FollowUpVisit, pain: int, user) -> None:
    run_sql(
        "UPDATE registry_score SET value = %s WHERE visit_id = %s AND instrument_id ="
        " (SELECT id FROM registry_instrument WHERE key = 'pain' AND site_id IS NULL)",
        [pain, visit.pk],
    )


def by_merge(visit: FollowUpVisit, pain: int, user) -> None:
    """An upsert, as a bulk load of somebody's own would write it."""
    run_sql(
        "INSERT INTO registry_score (id, site_id, visit_id, instrument_id, value, derived, version)"
        " SELECT gen_random_uuid(), site_id, visit_id, instrument_id, %s, false, 1 FROM registry_score"
        " WHERE visit_id = %s ON CONFLICT (visit_id, instrument_id) DO UPDATE SET value = EXCLUDED.value",
        [pain, visit.pk],
    )


# Those that say no in words, and those that only the database stops.
PEOPLE: tuple[Callable, ...] = (by_the_form, by_the_action, by_the_api, by_an_import)
DATABASE: tuple[Callable, ...] = (by_queryset, by_bulk_update, by_saving, by_raw_sql, by_merge)
EVERY_ROUTE = PEOPLE + DATABASE


def switch_off(*triggers: str) -> None:
    """Disable triggers by name in this test's transaction: what they guard must then fail."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for name in triggers:
            cursor.execute(
                "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE tgname ~ %s",
                [f"^pgtrigger_{name}_[^_]*$"],
            )
            for table, trigger in cursor.fetchall():
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
