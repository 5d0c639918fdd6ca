"""Whose rows a token of REDCap's programs reads, and in which form."""

import pytest

from registry.actions import studies
from registry.profiles.whitelist import WHITELIST, Profile
from tests.registry.redcap_api.study import PULL, READ, a_study, ask, fill, rows_of, token_of

BIRD = "kanarienvogel"


def test_another_sites_token_sees_nothing_of_this_site(client, study, patients, token, neighbour, south, north):
    studies.join_study(study=study, site=south, by=neighbour)
    theirs = token_of(neighbour, south, study=study)
    assert rows_of(client, theirs) == []
    fill(study, south, "S-1")
    assert {row["record_id"] for row in rows_of(client, theirs)} == {"S-1"}
    assert {row["record_id"] for row in rows_of(client, token)} == {"N-1", "N-2"}
    assert rows_of(client, token, records="S-1") == rows_of(client, token, records="nobody") == []
    assert [row["unique_group_name"] for row in rows_of(client, theirs, "dag")] == ["south"]


def test_where_a_token_reads_several_sites_the_site_stands_before_the_study_number(
    client, study, patients, north, south, nurse
):
    studies.join_study(study=study, site=south, by=nurse)
    nurse.memberships.create(site=south, role="coordinator")
    fill(study, south, "N-1")
    both = token_of(nurse, [north, south], study=study)
    assert sorted({row["record_id"] for row in rows_of(client, both)}) == ["north-N-1", "north-N-2", "south-N-1"]


def test_a_study_of_another_site_is_no_project(client, nurse, south, neighbour):
    theirs = a_study(south, "knees")
    assert ask(client, token_of(nurse, south, study=theirs), "project").status_code == 403


@pytest.mark.parametrize("profile", ["safe_harbor", "limited"])
def test_no_word_that_was_typed_leaves_by_a_pulling_token(client, study, north, surgeon, nurse, patients, profile):
    words = {"patient": f"{BIRD}-1", "word": BIRD}
    write_the_bird(fill(study, north, words["patient"]))
    token = token_of(surgeon, north, study=study, scopes=PULL, profile=profile)
    for form in ("json", "csv", "xml"):
        for kind in ("flat", "eav"):
            said = ask(client, token, format=form, type=kind).getvalue().decode().lower()
            assert BIRD not in said
            assert "n-1" not in said
    if profile == "safe_harbor":
        assert not any(year in said for year in ("2024-0", "1950-", "2020-0", "2025-0"))
    everything = ask(client, token_of(nurse, north, study=study)).getvalue().decode().lower()
    assert everything.count(BIRD) > 5


def write_the_bird(patient) -> None:
    """The word in every text that somebody types into the chart of a patient."""
    procedure = patient.procedures.get(is_index=True)
    patient.malignancy_rows.filter(unavailable=None).update(primary_other=BIRD)
    procedure.events.update(description=BIRD, sequelae=BIRD)
    patient.radiationcourse_rows.update(field_site=BIRD, intent=BIRD)
    procedure.visits.update(window_reason=BIRD, missed_comment=BIRD)
    procedure.visits.filter(timepoint__code="w6").get().visitdetails_rows.update(cpaf_version=BIRD)


def test_a_filter_cannot_ask_for_what_the_profile_does_not_show(client, study, north, surgeon, patients):
    token = token_of(surgeon, north, study=study, scopes=PULL)
    for name in ("patient_born_on", "complication_description", "visit_visited_on", "procedure_performed_on"):
        refused = ask(client, token, filterLogic=f"[{name}] = 'x'")
        assert (refused.status_code, f"no field '{name}'" in refused.json()["error"]) == (400, True)
        assert ask(client, token, fields=name).status_code == 400


@pytest.mark.parametrize("name", ["dateRangeBegin", "dateRangeEnd"])
@pytest.mark.parametrize("profile", ["safe_harbor", "limited", "identified"])
def test_where_no_date_leaves_no_range_of_dates_is_asked(client, study, north, surgeon, patients, profile, name):
    """Halving a range finds the second in which a patient was entered."""
    scopes = READ if profile == "identified" else PULL
    token = token_of(surgeon, north, study=study, scopes=scopes, profile=profile)
    answer = ask(client, token, **{name: "2024-06-30 23:59:59"})
    if profile == "safe_harbor":
        assert (answer.status_code, "/api/v1/changes/" in answer.json()["error"]) == (400, True)
    else:
        assert answer.status_code == 200


def test_a_form_of_the_chart_leaves_no_more_than_the_whitelist_of_rows(client, study, north, surgeon, patients):
    """Where our own API has a list of what may leave of a table, the forms of the table have no more."""
    forms = {
        "complication": "events",
        "secondary_procedure": "events",
        "radiation": "radiation",
        "systemic": "systemic",
    }
    days = {"happened_day": "day", "resolved_day": "resolved_day", "started_day": "day", "ended_day": "end_day"}
    for profile in ("safe_harbor", "limited"):
        token = token_of(surgeon, north, study=study, scopes=PULL, profile=profile)
        for row in rows_of(client, token, "metadata"):
            name = row["field_name"].removeprefix(f"{row['form_name']}_")
            if row["form_name"] in forms:
                assert days.get(name, name) in WHITELIST[forms[row["form_name"]]][Profile(profile)]


def test_a_recipient_knows_a_patient_by_the_same_code_each_time_and_nobody_else_does(
    client, study, north, surgeon, admin, patients
):
    mine, theirs = (token_of(user, north, study=study, scopes=PULL) for user in (surgeon, admin))
    first = [row["record_id"] for row in rows_of(client, mine, fields="record_id")]
    assert [row["record_id"] for row in rows_of(client, mine, fields="record_id")] == first
    assert not set(first) & {row["record_id"] for row in rows_of(client, theirs, fields="record_id")}
