"""The second wall: with every scoped queryset wide open, PostgreSQL alone keeps south's rows from north's people."""

import pytest
from django.db import connection

from config.walls import WALLS, WITHOUT_PATIENTS
from outcomes.models import CohortQuerySet, OfSites, PlanQuerySet
from outcomes.models.pooling import OfPlace
from registry.access import SiteScoped
from registry.models.job import JobQuerySet
from registry.models.study import StudyQuerySet
from tests.figures import figure
from tests.once import made_once
from tests.test_canary import CANARY, rows_of_both, seen_by
from tests.test_walls_stand import asked

pytestmark = pytest.mark.django_db
SCOPED = (SiteScoped, StudyQuerySet, JobQuerySet, CohortQuerySet, OfSites, PlanQuerySet, OfPlace)
HARMLESS = "harmless"
TEXTS = """SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public'
    AND table_name = ANY (%s) AND data_type IN ('text', 'character varying', 'jsonb')"""
# What is asked and who works where is behind the first wall alone; the word must not stand there.
OFF, ON = "ALTER TABLE {} DISABLE TRIGGER USER", "ALTER TABLE {} ENABLE TRIGGER USER"


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    with made_once(django_db_blocker):
        world = rows_of_both()
        take_the_word_out_of(list(WITHOUT_PATIENTS))
        for rows in (world["south_rows"], world["north_rows"]):
            for row in rows.values():
                if hasattr(row, "_meta") and row._meta.db_table in WITHOUT_PATIENTS:
                    row.refresh_from_db()
        yield world


def take_the_word_out_of(tables: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in tables:
            cursor.execute(OFF.format(table))
        for table, column, kind in asked(TEXTS, [tables]):
            cursor.execute(
                f"UPDATE {table} SET {column} = replace({column}::text, %s, %s)::{kind} WHERE {column}::text LIKE %s",
                [CANARY, HARMLESS, f"%{CANARY}%"],
            )
        for table in tables:
            cursor.execute(ON.format(table))


@pytest.fixture
def first_wall_down(monkeypatch):
    """Every scoped queryset gives everything to everybody."""
    for queryset in SCOPED:
        assert "visible_to" in vars(queryset)
        monkeypatch.setattr(queryset, "visible_to", lambda rows, user, permission=None: rows.all())


def leaks(world: dict, who: str) -> list[str]:
    pages = seen_by(world.get(who), world["north_rows"], world["south_rows"])
    assert len(pages) > 200
    return [place for place, text in pages.items() if CANARY in text]


@pytest.mark.parametrize("who", ["nurse", "admin", "pool", "nobody"])
def test_behind_the_second_wall_alone_norths_people_read_no_word_of_souths(world, first_wall_down, who):
    found = leaks(world, who)
    figure(f"scoped querysets open, walls up, {who}: {len(found)} pages with a word of the other site")
    assert found == []


def test_with_both_walls_down_the_same_walk_finds_the_word(world, first_wall_down):
    with connection.cursor() as cursor:
        for table in WALLS:
            cursor.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    found = leaks(world, "nurse")
    figure(f"scoped querysets open, walls down, nurse: {len(found)} pages with a word of the other site")
    assert len(found) > 10
