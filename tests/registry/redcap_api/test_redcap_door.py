"""What the address answers: to REDCapR's requests, in three formats, to each token, and to who asks wrongly."""

import csv
import io
import json
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry.models import Pull
from registry.redcap_api.asked import CHOICES, FLAGS, KNOWN, LISTS, SERVED
from tests.registry.redcap_api.study import ask, fill, rows_of

# As redcap_read_oneshot() writes them: nothing chosen is an empty text, false is written in two ways.
REDCAPR = {
    "format": "csv", "type": "flat", "rawOrLabel": "raw", "rawOrLabelHeaders": "raw", "exportCheckboxLabel": "false",
    "exportSurveyFields": "false", "exportDataAccessGroups": "false", "filterLogic": "", "dateRangeBegin": "",
    "dateRangeEnd": "", "exportBlankForGrayFormStatus": "FALSE",
}  # fmt: skip


def table(answer) -> list[dict]:
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.getvalue().decode())))


def test_what_redcapr_asks_first_is_answered_in_its_kind(client, token):
    """redcap_metadata_internal(): variables, metadata, instruments, the project and its groups, all as CSV."""
    asked = ("exportFieldNames", "metadata", "instrument", "project", "dag", "event", "arm")
    found = {content: table(ask(client, token, content, format="csv")) for content in asked}
    assert found["exportFieldNames"][0]["original_field_name"] == "record_id"
    assert found["metadata"][0]["field_name"] == "record_id"
    project = found["project"][0]
    assert (project["has_repeating_instruments_or_events"], project["is_longitudinal"]) == ("1", "1")
    assert project["record_autonumbering_enabled"] == "0"
    assert int(project["project_id"]) > 0
    assert [row["unique_group_name"] for row in found["dag"]] == ["north"]
    mapped = table(ask(client, token, "formEventMapping", format="csv"))
    assert set(mapped[0]) == {"arm_num", "unique_event_name", "form"}
    assert ask(client, token, "version", format="csv").content == b"14.0.0"


def test_redcapr_reads_record_by_record_with_lists_in_one_text(client, token):
    """redcap_read(): the record ids first, then everything of some of them."""
    first = table(ask(client, token, **REDCAPR, fields="record_id"))
    assert [row["record_id"] for row in first] == ["N-1", "N-2"]
    batch = table(
        ask(client, token, **REDCAPR, records="N-2,N-1", fields="record_id,scores_pain", events="6_weeks_arm_1")
    )
    assert [row["scores_pain"] for row in batch] == ["1", "2"]
    forms = table(ask(client, token, **REDCAPR, forms="scores,visit", records="N-1"))
    assert len(forms) == 5
    shouted = table(ask(client, token, **REDCAPR | {"exportDataAccessGroups": "TRUE"}, records="N-1"))
    assert {row["redcap_data_access_group"] for row in shouted} == {"north"}
    eav = table(ask(client, token, **REDCAPR | {"type": "eav"}, forms="scores"))
    assert list(eav[0]) == ["record", "redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance",
                            "field_name", "value"]  # fmt: skip
    assert len([row for row in eav if row["field_name"] == "scores_pain"]) == 8


def test_a_token_is_32_hexadecimal_capitals_as_redcapr_demands(token):
    assert len(token) == 32
    assert set(token) <= set("0123456789ABCDEF")


def test_three_formats_hold_the_same(client, token):
    rows = rows_of(client, token)
    assert table(ask(client, token, format="csv")) == rows
    root = ElementTree.fromstring(ask(client, token, format="xml").getvalue())
    assert [{cell.tag: cell.text or "" for cell in item} for item in root] == rows
    spaced = ask(client, token, format="csv", csvDelimiter="tab", fields="scores_pain").getvalue().decode()
    assert spaced.splitlines()[1].count("\t") == 4


def test_labels_are_words_and_reasons_are_told(client, token):
    asked = {"rawOrLabel": "label", "records": "N-1"}
    chart, *others = rows_of(client, token, **asked)
    assert (chart["patient_sex"], chart["covariates_bmi_kg"], chart["redcap_event_name"]) == (
        "Female", "Not recorded in chart", "Chart")  # fmt: skip
    assert chart["katagiri_complete"] == "Incomplete"
    fracture = next(row for row in others if row["redcap_repeat_instrument"] == "Fracture or lesion")
    assert (fracture["fracture_levels___s1"], fracture["fracture_levels___s3"]) == ("Checked", "Unchecked")
    words = rows_of(client, token, exportCheckboxLabel="true", **asked)
    assert [row["fracture_levels___s1"] for row in words if row["fracture_levels___s1"]] == ["S1"]
    headers = ask(client, token, format="csv", rawOrLabelHeaders="label", fields="scores_pain").getvalue().decode()
    assert headers.startswith("Study number,Event Name,Repeat Instrument,Repeat Instance,")


def test_boxes_say_ticked_not_ticked_not_asked_or_why_not(client, token):
    first, second = (row for row in rows_of(client, token, records="N-1", forms="fracture"))
    assert (first["fracture_levels___s1"], first["fracture_levels___s3"]) == ("1", "0")
    assert (first["fracture_additional_sites___not_recorded"], first["fracture_additional_sites___ilium"]) == ("1", "0")
    assert (second["fracture_levels___s1"], second["fracture_additional_sites___ilium"]) == ("0", "")
    one = rows_of(client, token, records="N-1", forms="fracture", combineCheckboxOptions="true")
    assert [row["fracture_levels"] for row in one] == ["s1,s2", ""]
    assert one[0]["fracture_additional_sites"] == "not_recorded"


def test_a_form_that_was_never_opened_can_be_told_from_an_incomplete_one(client, token):
    asked = {"records": "N-1", "fields": "katagiri_complete,comorbidity_complete,patient_complete,scores_complete"}
    chart = rows_of(client, token, **asked)[0]
    blank = rows_of(client, token, exportBlankForGrayFormStatus="true", **asked)[0]
    assert (chart["katagiri_complete"], blank["katagiri_complete"]) == ("0", "")
    assert (chart["comorbidity_complete"], blank["comorbidity_complete"]) == ("0", "0")
    assert (chart["patient_complete"], chart["scores_complete"]) == ("2", "")


def test_a_decimal_comma_is_written_where_it_is_asked_for(client, token):
    found = rows_of(client, token, decimalCharacter=",", fields="comorbidity_height_cm,patient_born_on", records="N-1")
    assert (found[0]["comorbidity_height_cm"], found[0]["patient_born_on"]) == ("170,5", "1950-01-01")


def test_a_row_that_repeats_a_form_is_asked_of_by_its_event(client, token):
    logic = "[patient_sex] = 'F' and [fracture_levels(s1)] = '1' and [6_weeks_arm_1][scores_pain] = 2"
    found = rows_of(client, token, forms="fracture", filterLogic=logic)
    assert [(row["record_id"], row["redcap_repeat_instance"]) for row in found] == [("N-2", "1")]


@pytest.mark.parametrize(
    ("params", "status", "words"),
    [
        ({"content": "user"}, 400, "not served here"),
        ({"content": ""}, 400, "not served here"),
        ({"action": "import"}, 403, "read-only"),
        ({"data": "[]"}, 403, "read-only"),
        ({"nobodyKnows": "1"}, 400, "nobodyKnows is not known"),
        ({"records": ["N-1", "N-2"]}, 400, "sent twice"),
        ({"type": "wide"}, 400, "type is one of"),
        ({"exportSurveyFields": "perhaps"}, 400, "true or false"),
        ({"dateRangeBegin": "last week"}, 400, "dateRangeBegin"),
        ({"events": "week_7_arm_1"}, 400, "events are not valid"),
        ({"forms": "nothing"}, 400, "forms are not valid"),
        ({"filterLogic": "[pain] ="}, 400, "filterLogic"),
        ({"records": "N\x00"}, 400, "cannot be stored"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_refused_in_each_shape(client, token, params, status, words):
    body = {"token": token, "content": "record"} | params
    problem = client.post(reverse("redcap-api"), body | {"format": "json"})
    assert (problem.status_code, problem.headers["Content-Type"]) == (status, "application/problem+json")
    assert words in problem.json()["error"]
    assert problem.json()["detail"] == problem.json()["error"]
    text = client.post(reverse("redcap-api"), body | {"format": "json", "returnFormat": "csv"})
    assert text.content.decode() == f"ERROR: {problem.json()['error']}"
    markup = ElementTree.fromstring(client.post(reverse("redcap-api"), body).content)
    assert (markup.tag, markup[0].tag) == ("hash", "error")


def test_a_form_may_come_in_parts_and_without_files(client, token):
    assert client.post(reverse("redcap-api"), {"token": token, "content": "version"}).content == b"14.0.0"
    urlencoded = f"token={token}&content=version"
    answer = client.post(reverse("redcap-api"), urlencoded, content_type="application/x-www-form-urlencoded")
    assert answer.content == b"14.0.0"
    attached = {"token": token, "content": "record", "file": io.BytesIO(b"a file"), "format": "json"}
    assert client.post(reverse("redcap-api"), attached).status_code == 403
    too_long = f"token={token}&content=record&records={'N-1,' * 600_000}"
    refused = client.post(reverse("redcap-api"), too_long, content_type="application/x-www-form-urlencoded")
    assert refused.status_code == 413
    as_json = client.post(reverse("redcap-api"), {"token": token}, content_type="application/json")
    assert as_json.status_code == 415


def test_the_number_of_queries_does_not_grow_with_the_patients(client, study, north, token):
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            rows_of(client, token)
        return len(asked)

    queries()
    before = queries()
    for number in range(3, 6):
        fill(study, north, f"N-{number}")
    assert queries() == before


def test_an_export_is_logged_and_what_says_who_is_kept_by_its_name_alone(client, token, north):
    rows = rows_of(client, token, records="N-1", fields="scores_pain", filterLogic="[scores_pain] > 0")
    kept = Pull.objects.get()
    assert (kept.rows, kept.status, kept.profile, kept.route) == (len(rows), 200, "identified", "/redcap/api/")
    assert kept.site_ids == [north.pk]
    assert (kept.filters["records"], kept.filters["filterLogic"], kept.filters["fields"]) == (
        "(given)", "(given)", "scores_pain")  # fmt: skip
    assert "token" not in kept.filters
    assert token not in json.dumps(kept.filters)
    ask(client, token, "metadata")
    assert Pull.objects.count() == 1


def test_calls_are_counted(client, token, settings):
    settings.API_CALLS_PER_MINUTE = 2
    assert [ask(client, token, "version").status_code for _ in range(3)] == [200, 200, 429]
    refused = ask(client, token, "version")
    assert int(refused.headers["Retry-After"]) > 0
    assert refused.json()["error"]


NAMES = st.sampled_from([*sorted(KNOWN - {"token", "content"}), "fields[0]", "records[]", "forms[x]", "nobodyKnows"])
WORDS = st.sampled_from(["", "true", "raw", "label", "eav", "csv", "xml", "N-1", "scores", "scores_pain", "tab", ",",
                         "6_weeks_arm_1", "[scores_pain] > 2", "2024-01-01", "patient_sex,visit"])  # fmt: skip


def test_whatever_is_asked_is_an_answer_or_a_refusal_and_never_a_crash(client, token, many_calls):
    statuses = set()

    @given(content=st.sampled_from([*SERVED, "log", ""]), said=st.dictionaries(NAMES, WORDS | st.text(), max_size=4))
    @settings(max_examples=150, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    def one(content, said):
        answer = client.post(reverse("redcap-api"), {"token": token, "content": content} | said)
        statuses.add(answer.status_code)
        assert answer.status_code in (200, 400, 403), (content, said)
        body = answer.getvalue().decode()
        refused = any(sign in body for sign in ("<error>", "ERROR: ", '"error"'))
        assert refused is (answer.status_code != 200)

    one()
    assert statuses == {200, 400, 403}


@pytest.fixture
def many_calls(settings):
    """More calls than a minute has, for the tests that make them."""
    settings.API_CALLS_PER_MINUTE = 10_000


def test_the_parameters_that_are_read_are_among_those_that_are_known():
    assert {*LISTS, *FLAGS, *CHOICES} <= KNOWN


def test_what_is_refused_before_the_address_is_reached_is_an_error_too(client, db):
    for answer in (client.post("/redcap/api/?a=%00"), client.post("/redcap/nothing/"), client.get("/redcap/api/")):
        assert answer.status_code in (400, 401, 404)
        assert answer.json()["error"]
