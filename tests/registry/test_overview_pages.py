"""The desk's pages: who sees what, in how many queries, and what a cell or a line says."""

import csv
import io

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from registry.clock import desk_day
from registry.models import Operation, Query, StudySite
from tests.builders import build_cohort_rows, build_patient, build_procedure, build_study, build_visit
from tests.registry.desk import change, fill
from tests.registry.test_hostile_pages import HOSTILE
from tests.registry.test_page_queries import queries

PAGES = ("worklist", "status-grid", "completeness", "completeness-csv", "home")


def address(name: str) -> str:
    return reverse(name, args=[] if name in ("worklist", "home") else ["hips"])


@pytest.fixture
def study(north):
    return build_study(slug="hips", site=north, schedule="clunk")


def days_ago(days: int):
    return desk_day() - timezone.timedelta(days=days)


def operated(study, number: str, ago: int, **fields):
    patient = build_patient(study=study, site=study.sites.get(), study_number=number)
    return build_procedure(patient=patient, performed_on=days_ago(ago), **fields)


def look_at_the_tables() -> None:
    """What PostgreSQL does by itself within a minute: without it, it plans for tables that hold nothing."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def test_the_pages_of_the_desk_take_as_many_queries_for_500_patients_as_for_50(client, north, study, nurse):
    client.force_login(nurse)
    for procedure in build_cohort_rows(study, north, 50):
        change(procedure, performed_on=days_ago(100), performed_precision="day")
    fill(Operation, procedure)
    at_fifty = {name: queries(client, address(name)) for name in PAGES}
    build_cohort_rows(study, north, 450, timepoints=("preop", "w6"))
    look_at_the_tables()
    assert {name: queries(client, address(name)) for name in PAGES} == at_fifty
    assert max(at_fifty.values()) < 70


def test_a_line_of_the_worklist_leads_to_the_visit_with_its_timepoint_and_the_planned_day(
    client, study, nurse, surgeon
):
    procedure = operated(study, "N-1", 40)
    build_visit(procedure=procedure, timepoint="preop", scores={"pain": 3, "opioid": 0})
    client.force_login(nurse)
    page = client.get(reverse("worklist")).content.decode()
    planned = procedure.performed_on + timezone.timedelta(days=42)
    link = f"{reverse('visit-create', args=[procedure.pk])}?timepoint=w6&amp;on={planned}"
    assert link in page
    assert "26 days left" in page
    client.force_login(surgeon)
    page = client.get(reverse("worklist")).content.decode()
    assert link not in page
    assert reverse("patient-detail", args=[procedure.patient_id]) in page


def test_the_first_kind_with_work_is_shown_and_every_kind_is_counted(client, study, nurse):
    operated(study, "N-1", 2000)
    client.force_login(nurse)
    answer = client.get(reverse("worklist"))
    assert answer.context["work"] == "abstract"
    assert {kind.value: many for kind, many in answer.context["tabs"]}["abstract"] == 6
    assert "read the chart" in answer.content.decode()


@pytest.mark.parametrize("query", ["show=everything", "days=31", "days=x", "days=-1"])
def test_a_filter_that_is_not_there_is_refused(client, nurse, query):
    client.force_login(nurse)
    assert client.get(f"{reverse('worklist')}?{query}").status_code == 400


def cells(client, **query) -> dict[tuple[str, str], tuple[str, str]]:
    """(patient, column) -> (state, words)."""
    answer = client.get(reverse("status-grid", args=["hips"]), query)
    assert answer.status_code == 200
    return {
        (row.patient.study_number, column.title): (cell.state.name, cell.words)
        for row in answer.context["rows"]
        for column, cell in row.cells
    }


def test_each_state_of_a_cell(client, study, nurse, system):
    first, second = operated(study, "A", 100), operated(study, "B", 30)
    build_visit(procedure=first, timepoint="preop", scores={"pain": 3, "opioid": "unknown"})
    half = build_visit(procedure=first, timepoint="w6", scores={"pain": 3})
    build_visit(procedure=second, timepoint="preop", missed="not_done")
    fill(Operation, first, sedation="general", operative_time_min=60)
    fill(Operation, second, unavailable="not_recorded")
    Query.objects.create(site=first.site, patient=first.patient, form="visit", row_id=half.pk, text="?",
                         opened_by=system, opened_at=timezone.now())  # fmt: skip
    client.force_login(nurse)
    found = cells(client)
    assert found["A", "Preoperative"] == ("COMPLETE", "complete")
    assert found["A", "6 weeks"] == ("INCOMPLETE", "1 of 2")
    assert found["A", "3 months"] == ("DUE", "due")
    assert found["A", "6 months"] == ("NOT_DUE", "not due")
    assert found["B", "Preoperative"] == ("MISSED", "not done")
    assert found["A", "Operation"] == ("INCOMPLETE", "2 of 5")
    assert found["B", "Operation"] == ("UNAVAILABLE", "not recorded in chart")
    assert found["A", "Bone health"] == ("NEVER", "never opened")
    page = client.get(reverse("status-grid", args=["hips"])).content.decode()
    assert "1 open query" in page


@pytest.mark.parametrize(
    ("state", "numbers"),
    [("", {"A", "B", "C"}), ("due", {"B"}), ("closed", {"A", "C"}), ("incomplete", {"A"}), ("locked", {"C"}),
     ("queries", set()), ("unopened", set()), ("undated", set())],
)  # fmt: skip
def test_the_grid_is_filtered_by_state(client, study, nurse, state, numbers):
    first = operated(study, "A", 100)
    build_visit(procedure=first, timepoint="preop", scores={"pain": 3})
    build_visit(procedure=first, timepoint="m3", scores={"pain": 3, "opioid": 0})
    build_visit(procedure=operated(study, "B", 30), timepoint="preop", scores={"pain": 3, "opioid": 0})
    change(operated(study, "C", 100).patient, locked_at=timezone.now())
    client.force_login(nurse)
    shown = {number for number, _ in cells(client, state=state)}
    assert shown == (numbers if state != "closed" else {"A"})


def test_another_sites_patients_are_in_no_number(client, study, north, south, nurse):
    StudySite.objects.create(study=study, site=south)
    build_cohort_rows(study, north, 3)
    build_cohort_rows(study, south, 5)
    client.force_login(nurse)
    assert client.get(reverse("status-grid", args=["hips"])).context["page"].paginator.count == 3
    answer = client.get(reverse("completeness", args=["hips"]))
    assert answer.context["patients"] == 3
    assert [part["name"] for part in answer.context["by_site"]] == [north.name]
    assert client.get(reverse("completeness", args=["hips"]), {"site": "south"}).status_code == 400


def test_the_file_has_a_row_for_each_field_timepoint_and_site_and_no_formula(client, north, study, nurse):
    build_cohort_rows(study, north, 4)
    change(study.instruments.get(key="pain"), name="=1+1")
    client.force_login(nurse)
    answer = client.get(reverse("completeness-csv", args=["hips"]))
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == 6 * 2
    assert {row["label"] for row in rows if row["field"] == "pain"} == {"'=1+1"}
    for row in rows:
        parts = ("accepted", "missing_with_reason", "missing_unexplained", "invalid")
        assert int(row["expected"]) == sum(int(row[name]) for name in parts)


def test_home_says_what_waits_and_nothing_to_who_sees_no_patients(client, study, nurse, pool):
    build_visit(procedure=operated(study, "A", 40), timepoint="preop", scores={"pain": 3})
    client.force_login(nurse)
    (card,) = client.get(reverse("home")).context["cards"]
    assert card[1] == [
        ("closing", 1, "visit closing within 30 days"),
        ("due", 2, "visits open or opening"),
        ("visits", 1, "incomplete visit"),
    ]
    client.force_login(pool)
    assert client.get(reverse("home")).context["cards"] == []


@pytest.mark.parametrize(
    ("name", "asked"),
    [("worklist", ("study", "days", "page")), ("status-grid", ("site", "state", "page")), ("completeness", ("year",))],
)
def test_nonsense_in_a_filter_is_never_a_crash(client, study, nurse, name, asked):
    operated(study, "A", 40)
    client.force_login(nurse)
    client.raise_request_exception = False
    for text in HOSTILE[::2]:
        for field in asked:
            assert client.get(address(name), {field: text}).status_code in (200, 400), (field, text[:20])
