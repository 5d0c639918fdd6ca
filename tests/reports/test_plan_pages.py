"""The pages of plans: the list, making one step by step, saving, running, reading its report."""

import json

import pytest
from django.urls import reverse

from outcomes.asking import ask_analysis
from outcomes.cohorts import visible_cohorts
from outcomes.models import Plan
from outcomes.own_plans import save_plan
from outcomes.plans.check import SCHEMA
from outcomes.tasks import analyse
from registry.models import Job
from tests.builders import build_cohort_rows, build_study
from tests.registry.test_page_queries import queries

PAIN = {"id": "pain", "type": "describe_by_timepoint", "instrument": "pain"}
CHANGE = {"id": "change", "type": "wilcoxon_paired", "instrument": "pain", "pre": "preop", "post": "w6"}
DOCUMENT = {"name": "my-plan", "title": "My plan", "preset": "modern", "beside": False, "analyses": [PAIN, CHANGE]}


@pytest.fixture
def cohort(north, surgeon):
    study = build_study(slug="hips", site=north)
    build_cohort_rows(study, north, 8)
    return visible_cohorts(surgeon).get(slug="hips")


@pytest.fixture
def at_desk(client, surgeon, cohort):
    client.force_login(surgeon)
    return client


def place(name: str, *args) -> str:
    return reverse(name, args=["hips", *args])


def kept(cohort, surgeon, **changed) -> Plan:
    return save_plan(cohort=cohort, document=DOCUMENT | changed, by=surgeon)


def step(do: str, document: dict | None = None, **sent) -> dict:
    """What a button of the form sends."""
    text = json.dumps(document or {"analyses": []})
    return {"mode": "form", "version": "0", "document": text, "name": "My plan", "preset": "modern", "do": do} | sent


def draft(answer) -> dict:
    return json.loads(answer.context["editor"].json_text)


def test_a_plan_is_made_by_choosing_filling_in_adding_and_saving(at_desk):
    new = place("plan-new")
    assert "None yet" in at_desk.get(new).content.decode()
    chosen = at_desk.post(new, step("choose", kind="wilcoxon_paired"))
    assert {"instrument", "pre", "post"} <= {*chosen.context["editor"].entry.fields}
    filled = {"entry_kind": "wilcoxon_paired", "entry-instrument": "pain", "entry-pre": "preop", "entry-post": "w6"}
    added = at_desk.post(new, step("put", draft(chosen), **filled))
    assert "Added: Pain" in added.content.decode()
    saved = at_desk.post(new, step("save", draft(added)))
    assert saved.status_code == 302 and saved.url == place("plan-detail", "my-plan")
    (entry,) = Plan.objects.get().document["analyses"]
    assert entry == {"id": "pain_wilcoxon_paired_preop_w6", "type": "wilcoxon_paired", "instrument": "pain",
                     "pre": "preop", "post": "w6"}  # fmt: skip


def test_enter_in_a_field_of_the_analysis_adds_it_and_enter_in_the_name_saves(at_desk):
    filled = {"entry_kind": "describe_by_timepoint", "entry-instrument": "pain"}
    added = at_desk.post(place("plan-new"), step("enter", **filled))
    assert [entry["type"] for entry in draft(added)["analyses"]] == ["describe_by_timepoint"]
    assert at_desk.post(place("plan-new"), step("enter", draft(added))).status_code == 302


def test_saving_adds_the_analysis_that_is_being_filled_in_or_says_what_it_needs(at_desk):
    filled = {"entry_kind": "describe_by_timepoint", "entry-instrument": "pain"}
    refused = at_desk.post(place("plan-new"), step("save", entry_kind="describe_by_timepoint"))
    assert refused.status_code == 400 and not Plan.objects.exists()
    assert at_desk.post(place("plan-new"), step("save", **filled)).status_code == 302
    assert len(Plan.objects.get().document["analyses"]) == 1


def test_analyses_are_moved_changed_and_removed(at_desk):
    new = place("plan-new")
    down = at_desk.post(new, step("down:0", DOCUMENT))
    assert [entry["id"] for entry in draft(down)["analyses"]] == ["change", "pain"]
    assert "Moved down" in down.content.decode()
    gone = at_desk.post(new, step("remove:1", DOCUMENT))
    assert [entry["id"] for entry in draft(gone)["analyses"]] == ["pain"]
    opened = at_desk.post(new, step("change:1", DOCUMENT))
    assert opened.context["editor"].entry.initial["post"] == "w6"
    filled = {"entry_kind": "wilcoxon_paired", "entry-instrument": "pain", "entry-pre": "preop", "entry-post": "m3",
              "entry-id": "change", "place": "1"}  # fmt: skip
    changed = at_desk.post(new, step("put", DOCUMENT, **filled))
    assert draft(changed)["analyses"][1] == CHANGE | {"post": "m3"}


NO_STEPS = ["up:0", "down:1", "up:9", "down:x", "remove:-1", "change:\N{SUPERSCRIPT TWO}", "nonsense", "choose",
            "leave", "open:0", "take:0"]  # fmt: skip


@pytest.mark.parametrize("do", NO_STEPS)
def test_a_step_that_cannot_be_done_loses_nothing(at_desk, do):
    answer = at_desk.post(place("plan-new"), step(do, DOCUMENT))
    assert answer.status_code in (200, 400)
    assert draft(answer)["analyses"] == DOCUMENT["analyses"]


def test_the_form_and_the_text_make_the_same_document(at_desk):
    new = place("plan-new")
    as_text = at_desk.post(new, step("json", DOCUMENT)).context["editor"].json_text
    back = at_desk.post(new, {"mode": "json", "document": as_text, "do": "form", "version": "0"})
    assert draft(back) == DOCUMENT
    by_text = at_desk.post(new, {"mode": "json", "document": as_text, "do": "save", "version": "0"})
    assert by_text.status_code == 302 and Plan.objects.get().document == DOCUMENT


def test_a_wrong_text_is_refused_naming_analysis_field_value_and_rule_and_stays(at_desk):
    text = json.dumps(DOCUMENT | {"analyses": [PAIN | {"instrument": 3}]})
    answer = at_desk.post(place("plan-new"), {"mode": "json", "document": text, "do": "save", "version": "0"})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "pain: instrument = 3 is not of type string" in page and "&quot;instrument&quot;: 3" in page


def test_a_plan_is_read_from_a_file(at_desk, tmp_path):
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(DOCUMENT), "utf-8")
    with file.open("rb") as opened:
        sent = {"mode": "json", "document": "", "do": "save", "version": "0", "file": opened}
        assert at_desk.post(place("plan-new"), sent).status_code == 302
    assert Plan.objects.get().document == DOCUMENT


NO_PLANS = ["", "{", "[]", "\x00" * 3, "[" * 50_000, '{"name": 3}', '{"name": "a b", "analyses": []}',
            '{"name": "new", "analyses": []}', '{"name": "a", "analyses": [3]}']  # fmt: skip


@pytest.mark.parametrize("text", NO_PLANS)
@pytest.mark.parametrize("do", ["save", "form"])
def test_nonsense_for_a_plan_is_a_400_and_nothing_is_kept(at_desk, text, do):
    answer = at_desk.post(place("plan-new"), {"mode": "json", "document": text, "do": do, "version": "0"})
    assert answer.status_code == 400 or (do == "form" and answer.status_code == 200)
    assert not Plan.objects.exists()


@pytest.mark.parametrize("text", ["", "{", '{"name": "my-plan", "analy'])
def test_a_form_whose_plan_was_lost_on_the_way_does_not_empty_the_one_that_is_kept(at_desk, cohort, surgeon, text):
    kept(cohort, surgeon)
    answer = at_desk.post(place("plan-edit", "my-plan"), step("save", version="1") | {"document": text})
    assert answer.status_code == 400 and "is no JSON document" in answer.content.decode()
    assert Plan.objects.get().document["analyses"] == DOCUMENT["analyses"]


def test_a_plan_that_is_sent_twice_runs_once(at_desk, cohort, surgeon):
    kept(cohort, surgeon)
    assert at_desk.post(place("plan-report", "my-plan")).url == at_desk.post(place("plan-report", "my-plan")).url
    assert Job.objects.count() == 1
    save_plan(cohort=cohort, document=DOCUMENT | {"preset": "r"}, by=surgeon, plan=Plan.objects.get(), version=1)
    at_desk.post(place("plan-report", "my-plan"))
    assert Job.objects.count() == 2


def test_a_plan_of_ones_own_is_not_taken_for_the_cohorts_report_whatever_its_name(at_desk, cohort, surgeon):
    kept(cohort, surgeon, name="hips_overview")
    at_desk.post(place("plan-report", "hips_overview"))
    analyse(str(Job.objects.get().pk))
    (listed,) = at_desk.get(reverse("cohort-list")).context["cohorts"]
    assert listed.reported_at is None and listed.procedures is None


def test_a_stale_save_is_refused_and_what_was_typed_stays(at_desk, cohort, surgeon):
    plan = kept(cohort, surgeon)
    save_plan(cohort=cohort, document=DOCUMENT | {"preset": "r"}, by=surgeon, plan=plan, version=1)
    sent = step("save", DOCUMENT | {"preset": "stata"}, version="1", preset="stata")
    answer = at_desk.post(place("plan-edit", "my-plan"), sent)
    assert answer.status_code == 409 and "Somebody saved this plan" in answer.content.decode()
    assert draft(answer)["preset"] == "stata" and Plan.objects.get().document["preset"] == "r"
    again = step("save", draft(answer), version=str(answer.context["editor"].version), preset="stata")
    assert at_desk.post(place("plan-edit", "my-plan"), again).status_code == 302
    assert Plan.objects.get().version == 3


def test_a_plan_says_in_words_what_it_asks(at_desk, cohort, surgeon):
    kept(cohort, surgeon)
    for page in (at_desk.get(place("plan-list")), at_desk.get(place("plan-detail", "my-plan"))):
        text = page.content.decode()
        assert "My plan" in text and "Preoperative to 6 weeks" in text


def test_a_plan_that_comes_with_the_program_is_listed_with_how_much_of_it_fits(at_desk):
    page = at_desk.get(place("plan-list")).content.decode()
    assert "comes with the program" in page and "the others need what this cohort does not have" in page
    assert at_desk.get(place("plan-edit", "clunk2025")).status_code == 404


def test_a_copy_of_a_plan_that_comes_with_the_program_is_a_plan_of_ones_own(at_desk):
    page = at_desk.get(place("plan-new") + "?from=clunk2025")
    document = draft(page)
    saved = at_desk.post(place("plan-new"), step("save", document, name="Mine"))
    assert saved.status_code == 302
    assert Plan.objects.get().document["tables"] == document["tables"]
    assert at_desk.get(place("plan-new") + "?from=nothing").status_code == 404


def test_a_plan_is_run_and_its_report_is_its_own_page(at_desk, cohort, surgeon):
    kept(cohort, surgeon)
    assert "has no report yet" in at_desk.get(place("plan-report", "my-plan")).content.decode()
    asked = at_desk.post(place("plan-report", "my-plan"))
    job = Job.objects.get()
    assert asked.url == reverse("job-detail", args=[job.pk])
    analyse(str(job.pk))
    assert f'href="{place("plan-report", "my-plan")}"' in at_desk.get(asked.url).content.decode()
    page = at_desk.get(place("plan-report", "my-plan")).content.decode()
    assert "Report of a plan on" in page and ": change within patients" in page
    assert "earlier version" not in page
    save_plan(cohort=cohort, document=DOCUMENT | {"preset": "r"}, by=surgeon, plan=Plan.objects.get(), version=1)
    assert "earlier version" in at_desk.get(place("plan-report", "my-plan")).content.decode()


def test_a_reader_who_may_not_ask_sees_plans_and_reports_and_no_buttons(at_desk, client, cohort, surgeon, nurse):
    kept(cohort, surgeon)
    client.force_login(nurse)
    page = client.get(place("plan-list")).content.decode()
    assert "My plan" in page and "New plan" not in page and 'method="post"' not in page.split("<main")[1]
    assert client.post(place("plan-report", "my-plan")).status_code == 403
    assert client.get(place("plan-new")).status_code == client.post(place("plan-new")).status_code == 403


def test_the_schema_of_plans_is_published_as_it_is_checked(at_desk):
    answer = at_desk.get(reverse("api-plan-schema"))
    assert answer.json() == json.loads(json.dumps(SCHEMA))
    assert at_desk.get(reverse("api-plan-schema") + "?a=1").status_code == 400


def test_the_list_takes_as_many_queries_for_ten_plans_as_for_two(at_desk, cohort, surgeon):
    for number in range(2):
        kept(cohort, surgeon, name=f"plan-{number}")
    at_two = queries(at_desk, place("plan-list"))
    for number in range(2, 10):
        kept(cohort, surgeon, name=f"plan-{number}")
    assert queries(at_desk, place("plan-list")) == at_two < 25


@pytest.mark.parametrize("name", ["plan-detail", "plan-edit", "plan-report"])
def test_a_plans_pages_take_as_many_queries_for_ten_analyses_and_a_hundred_patients(
    at_desk, cohort, north, surgeon, name
):
    plan, taken = kept(cohort, surgeon), []
    for more in (1, 10):
        entries = [PAIN | {"id": f"pain{number}"} for number in range(more)]
        document = DOCUMENT | {"analyses": entries}
        plan = save_plan(cohort=cohort, document=document, by=surgeon, plan=plan, version=plan.version)
        analyse(str(ask_analysis(cohort=cohort, plan=document, by=surgeon).pk))
        taken.append(queries(at_desk, place(name, "my-plan")))
        build_cohort_rows(cohort.studies.get(), north, 90)
    assert taken[0] == taken[1] < 25
