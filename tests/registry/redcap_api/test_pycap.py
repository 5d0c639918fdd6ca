"""PyCap 2.7, as it is published, reads a study from a running server; what it gets is what our own API says."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
import redcap
import requests
from django.urls import reverse
from semantic_version import Version

from registry.models import Patient
from tests.registry.redcap_api.study import PULL, a_study, fill, token_of

COMPLICATION = ("complication", "description", "happened_on", "happened_precision", "intraoperative", "clavien_dindo")
RADIATION = ("started_on", "started_precision", "ended_on", "field_includes_sacrum", "modality", "dose_gy", "fractions",
             "field_site", "intent")  # fmt: skip


@pytest.fixture
def study(transactional_db, north, south):
    """Two patients at north, one at south."""
    study = a_study(north)
    for number in ("N-1", "N-2"):
        fill(study, north, number, pain=int(number[-1]))
    fill(study, south, "S-1")
    return study


def project_of(live_server, token: str) -> redcap.Project:
    return redcap.Project(f"{live_server.url}/redcap/api/", token)


@pytest.fixture
def token(study, nurse, north) -> str:
    return token_of(nurse, north, study=study)


@pytest.fixture
def project(live_server, token) -> redcap.Project:
    return project_of(live_server, token)


@pytest.fixture
def own(live_server, token):
    """The rows of a list of our own API."""

    def rows(name: str) -> list[dict]:
        headers = {"Authorization": f"Bearer {token}"}
        answer = requests.get(f"{live_server.url}{reverse(name)}", {"page_size": 1000}, headers=headers, timeout=20)
        assert answer.status_code == 200, answer.text
        assert answer.json()["next"] is None
        return answer.json()["results"]

    return rows


def text(value) -> str:
    """A value of our API as REDCap writes it."""
    if value is None:
        return ""
    return {True: "1", False: "0"}[value] if isinstance(value, bool) else str(value)


def value_or_reason(row: dict) -> str:
    return row["missing"] or text(row["value"])


def of_form(rows: list[dict], form: str) -> list[dict]:
    return [row for row in rows if row["redcap_repeat_instrument"] == form]


def test_every_value_is_that_of_our_own_api(project, own):
    rows = project.export_records()
    charts = {row["record_id"]: row for row in rows if is_first(row)}
    numbers = {row["id"]: row["study_number"] for row in own("api-patient-list")}
    assert sorted(charts) == sorted(numbers.values()) == ["N-1", "N-2"]
    for patient in own("api-patient-list"):
        row = charts[patient["study_number"]]
        for key in ("sex", "born_on", "born_precision", "withdrawn_on", "withdrawn_reason"):
            assert row[f"patient_{key}"] == text(patient[key])
        said = {name: value_or_reason(value) for name, value in patient["covariates"].items()}
        assert said == {"age": row["covariates_age"], "BMI (kg)": row["covariates_bmi_kg"],
                        "arm": row["covariates_arm"]}  # fmt: skip
    compare_procedures(rows, charts, own("api-procedure-list"), numbers)
    compare_visits(rows, own("api-visit-list"), own("api-score-list"), numbers)
    compare_rows(of_form(rows, "complication"), "complication", own("api-event-list"), numbers, COMPLICATION)
    compare_rows(of_form(rows, "radiation"), "radiation", own("api-treatment-list"), numbers, RADIATION)


def is_first(row: dict) -> bool:
    return row["redcap_event_name"] == "chart_arm_1" and not row["redcap_repeat_instrument"]


def compare_procedures(rows, charts, procedures, numbers) -> None:
    further = {row["record_id"]: row for row in of_form(rows, "further_procedure")}
    assert len(procedures) == len(charts) + len(further)
    for procedure in procedures:
        form = "procedure" if procedure["is_index"] else "further_procedure"
        row = (charts if procedure["is_index"] else further)[numbers[procedure["patient"]]]
        for key in ("kind", "performed_on", "performed_precision"):
            assert row[f"{form}_{key}"] == text(procedure[key])


def compare_visits(rows, visits, scores, numbers) -> None:
    """Each visit by its record and its planned moment, or its day; the scores of each; and no cell more."""
    seen = {}
    for row in rows:
        if row["visit_complete"]:
            seen[row["record_id"], row["visit_timepoint"] or row["visit_day"]] = row
    assert len(seen) == len(visits)
    places = {}
    for visit in visits:
        places[visit["id"]] = row = seen[numbers[visit["patient"]], visit["timepoint"] or text(visit["day"])]
        for key in ("timepoint", "visited_on", "visited_precision", "day", "window", "window_reason", "missed"):
            assert row[f"visit_{key}"] == text(visit[key])
    for score in scores:
        assert places[score["visit"]][f"scores_{score['instrument']}"] == value_or_reason(score)
    cells = [value for row in rows for name, value in row.items() if is_score(name) and value]
    assert len(cells) == len(scores) == 16


def is_score(name: str) -> bool:
    return name.startswith("scores_") and name != "scores_complete"


def compare_rows(rows, form: str, own: list[dict], numbers, keys) -> None:
    ours = [[numbers[each["patient"]], *(each["missing"].get(key) or text(each[key]) for key in keys)] for each in own]
    assert ours
    assert sorted(ours) == sorted([row["record_id"], *(row[f"{form}_{key}"] for key in keys)] for row in rows)


def test_csv_and_the_data_frame_hold_what_json_holds(project):
    rows = project.export_records()
    assert list(csv.DictReader(io.StringIO(project.export_records(format_type="csv")))) == rows
    frame = project.export_records(format_type="df", df_kwargs={"dtype": str, "keep_default_na": False})
    assert frame.reset_index().to_dict("records") == rows
    by_event = project.export_records(format_type="df").sort_index()
    assert by_event.index.names == ["record_id", "redcap_event_name"]
    assert by_event.loc[("N-2", "6_weeks_arm_1"), "scores_pain"].iloc[0] == 2


def test_what_a_project_is_reads_as_one_with_events_and_repeating_forms(project, study):
    assert project.is_longitudinal
    assert project.def_field == "record_id"
    assert project.export_version() == Version("14.0.0")
    info = project.export_project_info()
    assert (info["project_title"], info["is_longitudinal"], info["has_repeating_instruments_or_events"]) == (
        study.name, 1, 1)  # fmt: skip
    assert "not_done, Not done | " in info["missing_data_codes"]
    columns = list(project.export_metadata()[0])
    assert (len(columns), columns[0], columns[-1]) == (18, "field_name", "field_annotation")
    names = [row["export_field_name"] for row in project.export_field_names()]
    assert [name for name in project.export_records()[0] if not name.startswith("redcap_")] == names
    forms = [row["instrument_name"] for row in project.export_instruments()]
    assert {(row["unique_event_name"], row["form"]) for row in project.export_instrument_event_mappings()} >= {
        ("chart_arm_1", "malignancy"), ("6_weeks_arm_1", "scores"), ("unscheduled_arm_1", "visit")}  # fmt: skip
    assert set(forms) == set(project.forms)
    events = [row["unique_event_name"] for row in project.export_events()]
    assert (events[0], events[-1]) == ("chart_arm_1", "unscheduled_arm_1")
    assert project.export_arms() == [{"arm_num": 1, "name": "Arm 1"}]
    repeating = project.export_repeating_instruments_events()
    assert {"event_name": "unscheduled_arm_1", "form_name": "", "custom_form_label": ""} in repeating
    assert [row["unique_group_name"] for row in project.export_dags()] == ["north"]


def test_metadata_come_by_field_and_by_form_and_as_a_frame(project):
    assert [row["field_name"] for row in project.export_metadata(fields=["scores_pain"])] == ["scores_pain"]
    assert {row["form_name"] for row in project.export_metadata(forms=["visit", "scores"])} == {"visit", "scores"}
    frame = project.export_metadata(format_type="df")
    assert frame.loc["scores_pain", "text_validation_max"] == 10


def test_records_fields_forms_and_events_can_be_chosen(project):
    some = project.export_records(fields=["scores_pain"], events=["6_weeks_arm_1"])
    assert [(row["record_id"], row["scores_pain"]) for row in some] == [("N-1", "1"), ("N-2", "2")]
    assert set(some[0]) == {"record_id", "redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance",
                            "scores_pain"}  # fmt: skip
    forms = project.export_records(forms=["fracture"], records=["N-1"])
    assert [(row["record_id"], row["redcap_repeat_instance"]) for row in forms] == [("N-1", "1"), ("N-1", "2")]
    logic = project.export_records(fields=["scores_pain"], filter_logic="[scores_pain] >= 2 and [visit_day] > 20")
    assert [(row["record_id"], row["scores_pain"]) for row in logic] == [("N-2", "2")]
    labels = project.export_records(fields=["patient_sex"], raw_or_label="label", format_type="csv")
    assert labels.splitlines()[1] == "N-1,Chart,,,Female"
    eav = project.export_records(record_type="eav", fields=["scores_opioid"], records=["N-1"])
    assert [(row["redcap_event_name"], row["value"]) for row in eav] == [
        ("preoperative_arm_1", "1"), ("6_weeks_arm_1", "refused")]  # fmt: skip


def test_a_range_of_dates_chooses_who_was_created_or_changed_in_it(project):
    before = datetime.now(UTC) + timedelta(seconds=1)
    assert len({row["record_id"] for row in project.export_records(date_end=before + timedelta(hours=1))}) == 2
    assert project.export_records(date_begin=before + timedelta(hours=1)) == []
    assert project.export_records(date_end=before - timedelta(hours=1)) == []
    frame = project.export_records(format_type="df", date_begin=before + timedelta(hours=1))
    assert len(frame) == 0


@pytest.mark.parametrize("form", ["json", "csv", "xml"])
def test_what_is_refused_reaches_the_program_as_an_error(live_server, study, nurse, pool, north, project, form):
    with pytest.raises(redcap.RedcapError, match="unknown, expired or revoked"):
        project_of(live_server, "x" * 32).export_records(format_type=form, fields=["a"], forms=["b"])
    summaries = token_of(pool, north, study=study, scopes=("read:summaries",))
    with pytest.raises(redcap.RedcapError, match="read:rows or pull:rows"):
        project_of(live_server, summaries).export_metadata(format_type=form)
    with pytest.raises(redcap.RedcapError, match="names one study"):
        project_of(live_server, token_of(nurse, north)).export_metadata(format_type=form)
    with pytest.raises(redcap.RedcapError, match="not valid: nothing"):
        project.export_records(fields=["nothing"], format_type=form)
    with pytest.raises(redcap.RedcapError, match="read-only"):
        project.import_records([{"record_id": "N-9"}], return_format_type=form)
    with pytest.raises(redcap.RedcapError, match="read-only"):
        project.delete_records(["N-1"], return_format_type=form)
    assert Patient.objects.filter(study=study).count() == 3


def test_a_version_is_not_told_to_an_unknown_token(live_server, study):
    with pytest.raises(redcap.RedcapError):
        project_of(live_server, "x" * 32).export_version()
    assert not project_of(live_server, "x" * 32).is_longitudinal


def test_a_pulling_token_reads_codes_and_days(live_server, study, surgeon, north):
    project = project_of(live_server, token_of(surgeon, north, study=study, scopes=PULL))
    rows = project.export_records()
    assert len({row["record_id"] for row in rows}) == 2
    assert {row["patient_age"] for row in rows} == {"74", ""}
    assert not any("2024-" in value or "Words" in value or "N-" in value for row in rows for value in row.values())
    assert [row["complication_happened_day"] for row in of_form(rows, "complication")] == ["2", "3", "2", "3"]
