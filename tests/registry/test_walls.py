"""Who stands within which walls, and that nobody is left within somebody else's."""

import subprocess
import sys
import time

import pytest
from django.db import DataError, connection, transaction
from django.db.backends.postgresql import base
from django.test import RequestFactory
from django.urls import reverse
from psycopg_pool import ConnectionPool

from config.postgresql.base import DatabaseWrapper
from registry import jobs, walls
from registry.actions import people
from registry.models import Job, Patient
from registry.tokens import TokenAuthentication
from tests.builders import build_patient, build_study
from tests.conftest import ROOT
from tests.figures import figure
from tests.programs import bearer, rows_of
from tests.standing_everywhere import all_sites_named

pytestmark = pytest.mark.django_db
SAID = "SELECT COALESCE(current_setting('app.sites', true), '')"
# Where the product stands within all walls at once, and what for.
ALL_SITES = {"manage.py: the command line", "registry/jobs.py: a worker takes a job"}


@pytest.fixture
def here(north):
    return build_patient(study=build_study(slug="hips", site=north), site=north)


@pytest.fixture
def there(south):
    return build_patient(study=build_study(slug="knees", site=south), site=south)


def found() -> set:
    return set(Patient.objects.all())


def said(to=connection) -> str:
    with to.cursor() as cursor:
        return cursor.execute(SAID).fetchone()[0]


def test_within_a_site_its_rows_are_found_within_none_nothing_and_within_all_everything(here, there, north):
    with walls.at_sites([north.pk]):
        assert found() == {here}
    with walls.no_site():
        assert found() == set()
    with walls.all_sites("a test"):
        assert found() == {here, there}


def test_a_program_that_says_nothing_stands_nowhere():
    asked = "from registry import walls; print(walls.WITHIN.get() is walls.NOWHERE, repr(walls.NOWHERE.text))"
    told = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["True", "''"]


def test_somebody_stands_within_the_sites_of_their_roles(here, there, nurse, nobody, south):
    with walls.standing(walls.sites_of(nurse)):
        assert found() == {here}
    with walls.standing(walls.sites_of(nobody)):
        assert found() == set()
    people.add_member(user=nurse, site=south, role="coordinator", by=people.system_user())
    with walls.standing(walls.sites_of(nurse)):
        assert found() == {here, there}


def test_who_may_no_longer_log_in_stands_nowhere(here, nurse):
    nurse.is_active = False
    with walls.standing(walls.sites_of(nurse)):
        assert found() == set()


def test_a_token_stands_within_those_of_its_users_sites_that_it_is_for(here, there, nurse, north, south):
    people.add_member(user=nurse, site=south, role="coordinator", by=people.system_user())
    headers = bearer(nurse, north)
    with walls.no_site():
        TokenAuthentication().authenticate(RequestFactory().get("/", headers=headers))
        assert found() == {here}


def test_a_page_and_an_answer_of_the_api_are_made_within_the_walls_of_who_asks(client, here, there, nurse, north):
    client.force_login(nurse)
    assert [row["id"] for row in rows_of(client, "api-patient")] == [str(here.pk)]
    client.logout()
    assert [row["id"] for row in rows_of(client, "api-patient", bearer(nurse, north))] == [str(here.pk)]
    assert found() == {here, there}


def test_a_request_says_once_within_which_sites_it_is(client, here, nurse, monkeypatch):
    told = []
    put = walls.put
    monkeypatch.setattr(walls, "put", lambda raw, within: told.append(within.user_id) or put(raw, within))
    client.force_login(nurse)
    counts = {}
    for name, args in {"home": [], "patient-list": [], "patient-detail": [here.pk], "worklist": []}.items():
        told.clear()
        assert client.get(reverse(name, args=args)).status_code == 200
        counts[name] = told.count(nurse.pk)
    figure(f"statements that say the sites, by page: {counts}")
    assert set(counts.values()) == {1}


def test_a_stream_is_made_within_the_walls_of_its_view(here, there, nurse, north):
    def rows():
        yield found()

    with walls.at_sites([north.pk]):
        carried, loose = walls.Carried(rows()), rows()
    with walls.no_site():
        assert list(carried) == [{here}]
        assert list(loose) == [set()]


def after_a_part_is_taken_back(nurse) -> set:
    """What a token's user finds who was recognised in a part of a transaction that was taken back."""
    with walls.all_sites("a test"):
        assert said() == "*"
        with transaction.atomic():
            walls.now_within_sites_of(nurse)
            found()
            transaction.set_rollback(True)
        return found()


def test_what_postgresql_takes_back_with_a_part_of_a_transaction_is_said_again(here, there, nurse):
    assert after_a_part_is_taken_back(nurse) == {here}


def test_if_it_were_not_said_again_the_wider_walls_would_stand(here, there, nurse, monkeypatch):
    monkeypatch.setattr(DatabaseWrapper, "_savepoint_rollback", base.DatabaseWrapper._savepoint_rollback)
    assert after_a_part_is_taken_back(nurse) == {here, there}


def test_after_an_error_the_part_can_be_taken_back_from_within_other_walls(here, north):
    with pytest.raises(DataError), transaction.atomic():  # noqa: SIM117
        with walls.at_sites([north.pk]), connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")
    assert found() == {here}


def left_behind(pool: ConnectionPool) -> str:
    """What the next one finds on a connection on which somebody said a site."""
    with pool.connection() as first:
        first.execute("SELECT set_config('app.sites', '*', false)")
    for _ in range(200):
        with pool.connection() as second:
            if second is first:
                return second.execute(SAID).fetchone()[0]
        time.sleep(0.01)
    raise AssertionError("The pool gave another connection.")


def pool_like_ours(**options) -> ConnectionPool:
    other = connection.copy()
    options = {"min_size": 1, "max_size": 1} | options
    return ConnectionPool(kwargs=other.get_connection_params() | {"autocommit": True}, open=True, **options)


def test_a_connection_that_is_given_back_to_the_pool_says_nothing():
    assert connection.settings_dict["OPTIONS"]["pool"]["reset"] is walls.take_away
    with pool_like_ours(reset=walls.take_away) as pool:
        assert left_behind(pool) == ""


def test_a_pool_that_takes_nothing_away_would_leave_all_walls_open():
    with pool_like_ours() as pool:
        assert left_behind(pool) == "*"


def test_a_job_is_done_within_its_own_sites_and_kept_alive_there(here, there, north, admin):
    job = jobs.ask(kind="a test", params={}, site_ids=[north.pk], by=admin)
    with walls.no_site(), jobs.claimed(job.pk) as held:
        assert found() == {here}
        jobs.heartbeat(held)
        jobs.finish(held)
    assert Job.objects.get(pk=job.pk).state == Job.State.DONE


def test_a_job_that_waits_counts_those_before_it_at_every_site(north, south, nurse, neighbour):
    jobs.ask(kind="a test", params={}, site_ids=[south.pk], by=neighbour)
    mine = jobs.ask(kind="a test", params={}, site_ids=[north.pk], by=nurse)
    with walls.at_sites([north.pk]):
        assert [(job.pk, job.place) for job in Job.objects.with_place()] == [(mine.pk, 2)]
        assert said() == str(north.pk)


def test_only_these_stand_within_all_walls_at_once():
    assert all_sites_named() == ALL_SITES
