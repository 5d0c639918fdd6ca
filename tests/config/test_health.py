"""What /livez and /readyz say, to whom, and what the operator reads."""

import io

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test import Client
from django.utils import timezone

from config import health
from registry import jobs
from registry.actions.people import system_user
from registry.models import Job
from tests.bench.parts.triggers import ALWAYS, silenced
from tests.builders import build_site

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def afresh(monkeypatch):
    """Each test looks anew."""
    monkeypatch.setattr(health, "LATEST", health.Latest(health.LATEST.lock))


def ready() -> tuple[int, dict]:
    answer = Client().get("/readyz")
    return answer.status_code, answer.json()


def in_words() -> str:
    out = io.StringIO()
    call_command("readiness", stdout=out)
    return out.getvalue()


def test_a_stranger_is_told_one_word():
    assert ready() == (200, {"status": "ready"})
    assert Client().get("/livez").json() == {"status": "alive"}
    assert "no-store" in Client().get("/readyz").headers["Cache-Control"]


def test_probes_are_answered_in_plain_http_where_all_else_is_sent_to_https(settings):
    settings.SECURE_SSL_REDIRECT = True
    assert ready()[0] == 200
    assert Client().get("/livez").status_code == 200
    assert Client().get("/login/").status_code == 301


def test_without_its_broker_the_registry_is_degraded_and_serves_entry(settings):
    settings.REDIS_URL = "redis+socket:///nowhere/redis.sock?virtual_host=0"
    assert ready() == (200, {"status": "degraded"})
    assert "broker: Redis does not answer" in in_words()


def test_a_job_that_nobody_takes_for_a_minute_is_seen():
    job = jobs.ask(kind="nothing", params={}, site_ids=[build_site("north").pk], by=system_user())
    assert ready()[1] == {"status": "ready"}
    health.LATEST.at = float("-inf")
    Job.objects.filter(pk=job.pk).update(created_at=timezone.now() - 2 * health.LONGEST_QUEUED)
    assert ready() == (200, {"status": "degraded"})
    assert "queue: A job waits since 120 s" in in_words()


def test_a_full_disk_is_seen(monkeypatch):
    monkeypatch.setattr(health, "LEAST_FREE", 10**18)
    assert ready() == (200, {"status": "degraded"})


@pytest.mark.parametrize(
    ("broken", "mend", "said"),
    [
        ("UPDATE django_migrations SET name = 'x' || name WHERE app = 'sessions'",
         "UPDATE django_migrations SET name = substr(name, 2) WHERE app = 'sessions'", "1 migrations are not applied"),
        ("ALTER TABLE registry_score NO FORCE ROW LEVEL SECURITY",
         "ALTER TABLE registry_score FORCE ROW LEVEL SECURITY",
         "walls: No wall between sites before: registry_score."),
    ],
)  # fmt: skip
def test_a_missing_wall_or_migration_makes_it_unavailable(broken, mend, said):
    with connection.cursor() as cursor:
        cursor.execute(broken)
        try:
            assert_unavailable(said)
        finally:
            cursor.execute(mend)


def test_a_silenced_trigger_makes_it_unavailable():
    with connection.cursor() as cursor:
        again = silenced(cursor, ["registry_score"])
        try:
            assert_unavailable("triggers: Absent or disabled: registry_score.")
        finally:
            for statement in again:
                cursor.execute(statement)


def test_a_trigger_that_fires_in_a_replica_alone_makes_it_unavailable():
    with connection.cursor() as cursor:
        again = cursor.execute(ALWAYS, [["registry_score"]]).fetchone()[0]
        cursor.execute(again.replace("ENABLE ALWAYS", "ENABLE REPLICA"))
        try:
            assert_unavailable("triggers: Absent or disabled: registry_score.")
        finally:
            cursor.execute(again)


def assert_unavailable(said: str) -> None:
    assert ready() == (503, {"status": "unavailable"})
    with pytest.raises(CommandError, match="cannot be used"):
        call_command("readiness", stdout=(out := io.StringIO()))
    assert said in out.getvalue()


def test_a_database_that_takes_no_writes_makes_it_unavailable(monkeypatch):
    read_only = health.PATIENCE | {"options": "-c default_transaction_read_only=on"}
    monkeypatch.setattr(health, "PATIENCE", read_only)
    monkeypatch.setattr(health, "WRITEABLE", "CREATE TABLE nothing ()")
    assert ready() == (503, {"status": "unavailable"})


def test_an_answer_holds_for_a_second_so_that_asking_often_costs_nothing(monkeypatch):
    asked = []
    monkeypatch.setattr(health, "findings", lambda: asked.append(1) or [])
    clock = iter([100.0, 100.5, 102.0])
    for _ in range(3):
        health.latest_findings(lambda: next(clock))
    assert len(asked) == 2
