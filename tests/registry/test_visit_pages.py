"""The visit form as a person uses it: what is typed is recorded, or stays on the screen with what is wrong."""

import re
import uuid
from datetime import date, timedelta
from html import unescape

import pytest
from django.urls import reverse

from registry.actions.visits import mark_visit_as_error
from registry.forms import BY_DATE, UNSCHEDULED
from registry.models import FollowUpVisit, Score
from tests.builders import build_patient, build_procedure, build_study, build_visit

PERFORMED = date(2024, 3, 1)
MISSED = {"missed": "lost", "visited_on": "", "score_pain": ""}


@pytest.fixture
def procedure(north):
    study = build_study(site=north, instruments=("pain", "opioid"))
    return build_procedure(patient=build_patient(study=study, site=north), performed_on=PERFORMED)


@pytest.fixture
def at_work(client, nurse):
    client.force_login(nurse)
    return client


def typed(**changes) -> dict:
    """A form that would be taken."""
    fields = {"timepoint": "w6", "visited_on": "2024-04-12", "score_pain": "3.5", "missing_opioid": "not_recorded"}
    fields |= {"submission_key": str(uuid.uuid4())} | changes
    return {name: value for name, value in fields.items() if value is not None}


def create(client, procedure, **changes):
    return client.post(reverse("visit-create", args=[procedure.pk]), typed(**changes))


def correct(client, visit, **changes):
    return client.post(reverse("visit-correct", args=[visit.pk]), typed(**({"version": 1, "reason": "typo"} | changes)))


def words(answer) -> str:
    """A page's text."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.content.decode())).split())


def value_of(answer, name: str) -> str:
    """What stands in a text field."""
    tag = re.search(rf'<input[^>]*name="{name}"[^>]*>', answer.content.decode()).group()
    found = re.search(r'value="([^"]*)"', tag)
    return unescape(found.group(1)) if found else ""


def scores_of(visit) -> dict:
    rows = Score.objects.filter(visit=visit).select_related("instrument")
    return {row.instrument.key: row.missing or row.value for row in rows}


def test_a_visit_is_recorded_and_the_patients_page_shows_it(at_work, procedure, nurse):
    answer = create(at_work, procedure)
    page = reverse("patient-detail", args=[procedure.patient_id])
    assert (answer.status_code, answer.url) == (302, page)
    visit = procedure.visits.get()
    assert (visit.day, visit.window, visit.recorded_by) == (42, "inside", nurse)
    assert scores_of(visit) == {"pain": visit.scores.get(instrument__key="pain").value, "opioid": "not_recorded"}
    shown = words(at_work.get(page))
    assert "12 Apr 2024" in shown and "3.5" in shown and "Not recorded in chart" in shown


@pytest.mark.parametrize(
    ("changes", "field", "rule", "said"),
    [
        ({"score_pain": "11"}, "score_pain", "V1", "runs from 0 to 10"),
        ({"score_pain": "3.14"}, "score_pain", "V2", "steps of 0.1"),
        ({"score_pain": "3,5"}, "score_pain", "", "Write decimals with a point"),
        ({"score_pain": "3.5", "missing_pain": "refused"}, "score_pain", "M1", "not both"),
        ({"visited_on": "2024-02-28"}, "visited_on", "D3", "cannot be before its procedure"),
        ({"visited_on": "2999-01-01", "window_reason": "late"}, "visited_on", "D1", "in the future"),
        ({"visited_on": "2024-13-45"}, "visited_on", "", "not a day of the calendar"),
        ({"visited_on": "yesterday"}, "visited_on", "", "not a date"),
        ({"visited_on": ""}, "visited_on", "V3", "say why the visit did not take place"),
        ({"visited_on": "2024-06-01"}, "window_reason", "D8", "outside the window"),
        ({"missed": "lost"}, "visited_on", "V3", "no date"),
        ({"missed": "lost", "visited_on": ""}, "missed", "V3", "no scores"),
        ({**MISSED, "timepoint": UNSCHEDULED}, "timepoint", "V3", "planned"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(
    at_work, procedure, changes, field, rule, said
):
    answer = create(at_work, procedure, **changes)
    assert answer.status_code == 400
    messages = " ".join(answer.context["form"].errors[field])
    assert said in messages and (f"[{rule}]" in messages if rule else True)
    assert said in words(answer)
    for name in ("score_pain", "visited_on"):
        assert value_of(answer, name) == typed(**changes)[name]
    assert not FollowUpVisit.objects.exists()


def test_a_visit_out_of_window_is_recorded_with_its_reason_and_flagged(at_work, procedure):
    assert create(at_work, procedure, visited_on="2024-06-01", window_reason="lived far away").status_code == 302
    assert procedure.visits.get().window == "outside"
    assert "out of window" in words(at_work.get(reverse("patient-detail", args=[procedure.patient_id])))


def test_a_missed_visit_is_a_fact_of_its_own(at_work, procedure):
    answer = create(at_work, procedure, missed="deceased", visited_on="", score_pain="", missing_opioid="deceased")
    assert answer.status_code == 302
    visit = procedure.visits.get()
    assert (visit.missed, visit.visited_on, scores_of(visit)) == ("deceased", None, {"opioid": "deceased"})
    assert "Died before the time point" in words(at_work.get(reverse("patient-detail", args=[procedure.patient_id])))


def test_why_a_visit_was_missed_has_room_for_a_comment_and_a_visit_that_took_place_has_none(at_work, procedure):
    comment = {"missed_comment": "in another hospital then"}
    assert "[V3]" in " ".join(create(at_work, procedure, **comment).context["form"].errors["missed_comment"])
    assert create(at_work, procedure, **MISSED, missing_opioid="", **comment).status_code == 302
    visit = procedure.visits.get()
    assert (visit.missed, visit.missed_comment) == ("lost", "in another hospital then")
    back = {"visited_on": "2024-04-12", "missing_opioid": ""}
    assert correct(at_work, visit, **back, reason="").status_code == 400
    assert correct(at_work, visit, **back, reason="a letter came").status_code == 302
    steps = [(row.missed, row.missed_comment) for row in visit.history.order_by("pgh_id")]
    assert steps == [("lost", "in another hospital then"), (None, "")]


def test_a_date_to_the_month_does_not_say_which_visit_it_is(at_work, procedure):
    answer = create(at_work, procedure, timepoint=BY_DATE, visited_on="2024-04")
    assert answer.status_code == 400
    assert "choose the visit. [V12]" in words(answer)
    assert value_of(answer, "visited_on") == "2024-04"
    assert not FollowUpVisit.objects.exists()


@pytest.mark.parametrize(("days", "code"), [(-1, "preop"), (42, "w6"), (67, "m3"), (10, None), (5000, None)])
def test_by_its_date_a_visit_finds_its_timepoint_or_is_unscheduled(at_work, procedure, days, code):
    on = PERFORMED + timedelta(days) if days < 5000 else date(2024, 3, 2)
    assert create(at_work, procedure, timepoint=BY_DATE, visited_on=on.isoformat()).status_code == 302
    visit = procedure.visits.get()
    assert (visit.timepoint and visit.timepoint.code, visit.timepoint_asserted) == (code, False)


def test_a_date_known_to_the_month_is_kept_as_that(at_work, procedure):
    assert create(at_work, procedure, visited_on="2024-04").status_code == 302
    visit = procedure.visits.get()
    assert (visit.visited_precision, visit.day, visit.window) == ("month", None, "unknown")
    answer = at_work.get(reverse("visit-correct", args=[visit.pk]))
    assert value_of(answer, "visited_on") == "2024-04"


def test_the_same_form_sent_twice_makes_one_visit(at_work, procedure):
    form = typed()
    address = reverse("visit-create", args=[procedure.pk])
    assert [at_work.post(address, form).status_code for _ in range(2)] == [302, 302]
    assert at_work.post(address, form | {"score_pain": "4"}).status_code == 400
    assert procedure.visits.count() == 1
    assert create(at_work, procedure, timepoint=UNSCHEDULED).status_code == 302
    assert procedure.visits.count() == 2


def test_a_taken_timepoint_is_refused(at_work, procedure):
    create(at_work, procedure)
    answer = create(at_work, procedure)
    assert (answer.status_code, procedure.visits.count()) == (400, 1)
    assert "[V7]" in " ".join(answer.context["form"].errors["timepoint"])


def test_a_correction_needs_a_reason_and_keeps_it(at_work, procedure):
    visit = build_visit(procedure=procedure, visited_on=date(2024, 4, 12), scores={"pain": 3, "opioid": 1})
    changes = {"score_pain": "4", "score_opioid": "1", "missing_opioid": ""}
    assert correct(at_work, visit, **changes, reason=" ").status_code == 400
    assert correct(at_work, visit, **changes, reason="read again").status_code == 302
    assert scores_of(visit) == {"pain": 4, "opioid": 1}
    last = visit.scores.get(instrument__key="pain").history.latest("pgh_id")
    assert last.pgh_context.metadata["reason"] == "read again"


def test_a_corrected_form_shows_what_is_recorded(at_work, procedure):
    visit = build_visit(procedure=procedure, visited_on=date(2024, 4, 12), scores={"pain": 3, "opioid": "refused"})
    answer = at_work.get(reverse("visit-correct", args=[visit.pk]))
    assert (value_of(answer, "score_pain"), value_of(answer, "visited_on")) == ("3", "2024-04-12")
    assert answer.context["form"]["missing_opioid"].value() == "refused"


def test_a_recorded_score_that_is_blanked_is_asked_about(at_work, procedure):
    visit = build_visit(procedure=procedure, visited_on=date(2024, 4, 12), scores={"pain": 3})
    answer = correct(at_work, visit, score_pain="", missing_opioid="")
    assert (answer.status_code, scores_of(visit)) == (400, {"pain": 3})
    assert "[V10]" in " ".join(answer.context["form"].errors["score_pain"])


def test_a_visit_known_by_its_day_alone_can_be_corrected(at_work, procedure):
    visit = build_visit(procedure=procedure, day=42, scores={"pain": 3})
    assert correct(at_work, visit, visited_on="", score_pain="4", missing_opioid="").status_code == 302
    visit.refresh_from_db()
    assert (visit.day, visit.visited_on, scores_of(visit)) == (42, None, {"pain": 4})


def test_a_stale_save_shows_both_values_keeps_what_was_typed_and_can_be_decided(at_work, procedure):
    visit = build_visit(procedure=procedure, visited_on=date(2024, 4, 12), scores={"pain": 3})
    fields = {"missing_opioid": ""}
    assert correct(at_work, visit, **fields, score_pain="8").status_code == 302
    answer = correct(at_work, visit, **fields, score_pain="5", version=1)
    assert answer.status_code == 409
    sides = answer.context["sides"]
    assert [(side.name, side.before, side.theirs, side.mine) for side in sides] == [("score_pain", "3", "8", "5")]
    assert answer.context["saved_by"] == "you"
    assert (value_of(answer, "score_pain"), value_of(answer, "version")) == ("5", "2")
    assert scores_of(visit) == {"pain": 8}
    assert correct(at_work, visit, **fields, score_pain="5", version=2).status_code == 302
    assert scores_of(visit) == {"pain": 5}


def test_a_form_sent_again_after_its_visit_was_marked_as_an_error_is_not_said_to_be_recorded(at_work, procedure, nurse):
    sent = typed()
    address = reverse("visit-create", args=[procedure.pk])
    assert at_work.post(address, sent).status_code == 302
    mark_visit_as_error(procedure.visits.get(), version=1, reason="another patient's", by=nurse)
    answer = at_work.post(address, sent)
    assert answer.status_code == 400
    assert "marked as entered in error" in words(answer) and "[V11]" in words(answer)
