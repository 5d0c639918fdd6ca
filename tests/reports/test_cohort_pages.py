"""The pages of cohorts: where one begins, the form step by step with its live count, saving, versions, refusals."""

from datetime import date

import pytest
from django.urls import reverse

from outcomes.asking import ask_analysis
from outcomes.cohort_actions import make_cohort
from outcomes.cohorts import visible_cohorts
from outcomes.models import Cohort
from outcomes.tasks import analyse
from registry.access import Role
from tests.builders import build_member, build_patient, build_procedure, build_study, build_visit
from tests.registry.test_page_queries import queries

NEW, PREVIEW = reverse("cohort-new"), reverse("cohort-preview")


@pytest.fixture
def hips(north):
    """Six patients: four women, of whom one has no age; a man of 30; one who never said."""
    study = build_study(slug="hips", site=north, name="Hips")
    for sex, born in (
        ("F", 1950),
        ("F", 1960),
        ("F", 1990),
        ("F", None),
        ("M", 1994),
        ("", 1941),
    ):
        known = {"born_on": date(born, 1, 1), "born_precision": "year"} if born else {}
        procedure = build_procedure(patient=build_patient(study=study, site=north, sex=sex, **known))
        build_visit(procedure=procedure, timepoint="w6", day=42, scores={"pain": 3})
    return study


@pytest.fixture
def at_desk(client, surgeon, hips):
    client.force_login(surgeon)
    return client


def sent(do: str = "save", **fields) -> dict:
    """What a button of the form sends."""
    return {"study.hips": "1", "version": "0", "name": "Women", "unit": "patient", "do": do} | fields


def criterion(side: str, place: int, variable: str, op: str, value="", unknown="out", **levels) -> dict:
    told = {"variable": variable, "op": op, "value": value, "unknown": unknown}
    told |= {f"level.{number}": level for number, level in enumerate(levels.get("levels", ()))}
    return {f"{side}.{place}.{name}": text for name, text in told.items()}


WOMEN = criterion("include", 0, "sex", "in", levels=["F"])
OLD = criterion("include", 1, "age", "ge", "60")


def stages(answer) -> list[tuple[int, str]]:
    return [(stage.n, stage.words) for stage in answer.context["live"].flow.stages]


def reasons(answer) -> list[tuple[int, str]]:
    return [line for stage in answer.context["live"].flow.stages for step in stage.left for line in step.lines]


def kept(hips, surgeon, **fields) -> Cohort:
    rule = {"procedures": "index", "include": [{"variable": "sex", "op": "in", "value": ["F"]}]}
    return make_cohort(**{"name": "Women", "studies": [hips], "rule": rule, "by": surgeon} | fields)


def test_a_cohort_begins_with_studies_and_somebodys_eligibility(at_desk):
    page = at_desk.get(NEW).content.decode()
    assert "Hips" in page and "Clunk 2025" in page and "Singh 2024" in page
    assert at_desk.get(NEW, {"go": "1"}).status_code == 400
    form = at_desk.get(NEW, {"go": "1", "study.hips": "1", "preset": "clunk"})
    builder = form.context["builder"]
    assert [row.variable.name for row in builder.include] == ["age", "cancer", "procedure_kind", "fracture_status"]
    assert (builder.first, builder.last, builder.preset) == ("2020-01-01", "2023-12-31", "clunk")
    assert "Intractable mechanical pain" in form.content.decode()


def test_a_criterion_is_added_moved_and_removed_step_by_step(at_desk):
    added = at_desk.post(NEW, sent("include:age", **WOMEN))
    assert [row.variable.label for row in added.context["builder"].include] == ["Sex", "Age at the procedure"]
    assert added.context["live"].skipped == ("Age at the procedure",)
    moved = at_desk.post(NEW, sent("up:include.1", **WOMEN, **OLD)).context["builder"]
    assert [row.variable.name for row in moved.include] == ["age", "sex"]
    assert (moved.include[0].value, moved.said) == ("60", "Moved up: Age at the procedure.")
    removed = at_desk.post(NEW, sent("remove:include.0", **WOMEN, **OLD)).context["builder"]
    assert [row.variable.name for row in removed.include] == ["age"]
    assert not Cohort.objects.filter(name="Women").exists()


def test_the_live_count_says_who_falls_out_where_and_of_whom_nothing_is_recorded(at_desk):
    counted = at_desk.post(PREVIEW, sent(**WOMEN, **OLD))
    assert counted.status_code == 200
    assert stages(counted) == [(6, "patients enrolled"), (6, "patients considered"), (2, "patients analysed")]
    assert [n for n, _ in reasons(counted)] == [1, 1, 1, 1]
    keeps = at_desk.post(PREVIEW, sent(**criterion("include", 0, "sex", "in", levels=["F"], unknown="in")))
    assert stages(keeps)[-1] == (5, "patients analysed")


@pytest.mark.parametrize(
    ("unit", "words"),
    [("index", "procedures analysed"), ("all", "procedures analysed"), ("fracture", "fractures analysed")],
)
def test_the_count_is_of_what_one_row_is(at_desk, unit, words):
    counted = at_desk.post(PREVIEW, sent(unit=unit))
    assert counted.context["live"].problem == ""
    assert stages(counted)[-1][1] == words
    assert unit == "fracture" or stages(counted)[-1][0] == 6


def test_excluding_is_the_opposite_of_including(at_desk):
    men = criterion("exclude", 0, "sex", "in", levels=["M"], unknown="in")
    assert stages(at_desk.post(PREVIEW, sent(**men)))[-1] == (5, "patients analysed")


def test_a_cohort_is_saved_and_shown_in_words(at_desk, surgeon):
    answer = at_desk.post(NEW, sent(description="For the paper", arm="procedure_kind", **WOMEN, **OLD))
    assert answer.url == reverse("cohort-detail", args=["women"])
    cohort = Cohort.objects.get(slug="women")
    assert cohort.rule == {
        "procedures": "index", "unit": "patient", "arm": "procedure_kind",
        "include": [{"variable": "sex", "op": "in", "value": ["F"], "unknown": "out"},
                    {"variable": "age", "op": "ge", "value": 60, "unknown": "out"}],
    }  # fmt: skip
    page = at_desk.get(answer.url).content.decode()
    assert "Age at the procedure at least 60 years" in page and "Kind of procedure" in page
    assert "For the paper" in page and "surgeon" in page


def test_what_is_saved_is_shown_in_the_form_as_it_was_typed(at_desk, hips, surgeon):
    period = {"first": "2020-01-01", "last": "2024-12-31", "undated": "in"}
    between = criterion("include", 1, "age", "between", "40") | {"include.1.high": "80.5"}
    at_desk.post(NEW, sent(unit="all", **{"subgroup.0": "sex", "site.0": "north"}, **period, **WOMEN, **between))
    rule = Cohort.objects.get(slug="women").rule
    assert (rule["procedures"], rule["sites"], rule["subgroups"]) == ("all", ["north"], ["sex"])
    assert rule["performed"] == {"from": "2020-01-01", "to": "2024-12-31", "unknown": "in"}
    assert rule["include"][1]["value"] == [40, 80.5]
    builder = at_desk.get(reverse("cohort-edit", args=["women"])).context["builder"]
    assert builder.rule() == rule


def test_editing_makes_the_next_version_and_the_page_says_what_changed(at_desk, hips, surgeon):
    kept(hips, surgeon)
    edit = reverse("cohort-edit", args=["women"])
    assert at_desk.post(edit, sent(version="1", **WOMEN, **OLD)).status_code == 302
    history = at_desk.get(reverse("cohort-detail", args=["women"])).context["history"]
    assert [each.number for each in history] == [2, 1]
    assert [words for words in history[0].put_in if "Age" in words] and not history[0].taken_out


def test_a_stale_save_is_refused_and_what_was_typed_stays(at_desk, hips, surgeon):
    kept(hips, surgeon)
    edit = reverse("cohort-edit", args=["women"])
    at_desk.post(edit, sent(version="1", **WOMEN, **OLD))
    late = at_desk.post(edit, sent(version="1", name="Late women", **WOMEN))
    assert late.status_code == 409 and "Nothing of yours is lost" in late.content.decode()
    assert (late.context["builder"].name, late.context["builder"].version) == ("Late women", 2)
    assert Cohort.objects.get(slug="women").version == 2
    again = at_desk.post(edit, sent(version="2", name="Late women", **WOMEN))
    assert again.status_code == 302 and Cohort.objects.get(slug="women").version == 3


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (criterion("include", 0, "age", "ge", "old"), "Age at the procedure"),
        (criterion("include", 0, "age", "ge", ""), "Give a number"),
        (criterion("include", 0, "sex", "in"), "Choose at least one"),
        (criterion("include", 0, "age", "between", "9") | {"include.0.high": "3"}, "first number is above the second"),
        ({"name": "---"}, "a name with letters or digits"),
        ({"name": "x" * 300}, "characters"),
        ({"first": "2024-02-31"}, "calendar"),
        ({"first": "2024-02-01", "last": "2023-02-01"}, "is before"),
    ],
)
def test_what_cannot_be_kept_is_refused_in_words_and_nothing_is_kept(at_desk, fields, words):
    refused = at_desk.post(NEW, sent() | fields)
    assert refused.status_code == 400 and words in refused.content.decode()
    assert not Cohort.objects.exclude(slug="hips").exists()


@pytest.mark.parametrize(
    "strange",
    [
        {"do": "include:nothing"}, {"do": "remove:include.7"}, {"do": "up:include.0"}, {"do": "remove:rule.0"},
        {"do": "unsubgroup:age"}, {"do": "subgroup", "new_subgroup": "nothing"},
        {"do": "remove:include.\N{SUPERSCRIPT TWO}"},
        {"unit": "leg", "do": "enter"}, {"undated": "maybe", "do": "enter"}, {"version": "9" * 40, "do": "enter"},
        {"include.0.variable": "gone@nowhere", "include.0.op": "ge", "include.0.level.0": "3", "do": "enter"},
        {"include.0.variable": "age", "include.0.op": "ge", "include.0.value": "1e9999", "do": "enter"},
        {"include.0.variable": "", "do": "enter"}, {"preset": "../clunk", "do": "enter"},
        {"arm": "x\x00y", "do": "enter"},
        {"site.0": "nowhere", "do": "enter"}, {"first": "\N{ARABIC-INDIC DIGIT TWO}", "do": "enter"},
    ],
)  # fmt: skip
def test_what_no_browser_would_send_is_answered_and_keeps_nothing(at_desk, strange):
    assert at_desk.post(NEW, sent() | strange).status_code in (200, 400)
    assert at_desk.post(PREVIEW, sent() | strange).status_code in (200, 400)
    assert not Cohort.objects.exclude(slug="hips").exists()


def test_a_study_of_another_site_is_not_there(at_desk, south):
    build_study(slug="knees", site=south)
    for answer in (
        at_desk.get(NEW, {"study.knees": "1"}),
        at_desk.post(NEW, {"study.knees": "1"} | sent()),
        at_desk.post(PREVIEW, {"study.knees": "1"} | sent()),
        at_desk.get(NEW, {"from": "knees"}),
    ):
        assert answer.status_code == 404


def test_over_two_studies_only_somebody_who_may_ask_in_both(client, hips, north, south, nurse, surgeon):
    knees = build_study(slug="knees", site=south)
    build_member("surgeon", south, Role.COORDINATOR)
    client.force_login(surgeon)
    assert client.get(NEW, {"study.hips": "1", "study.knees": "1"}).status_code == 403
    build_member("surgeon", south, Role.INVESTIGATOR)
    kept(hips, surgeon, studies=[hips, knees])
    client.force_login(build_member("other", north, Role.INVESTIGATOR))
    assert client.get(reverse("cohort-detail", args=["women"])).status_code == 200
    assert "knees" not in client.get(reverse("cohort-detail", args=["women"])).content.decode()
    assert client.get(reverse("cohort-edit", args=["women"])).status_code == 403


def test_the_whole_of_a_study_is_copied_and_not_edited(at_desk):
    assert at_desk.get(reverse("cohort-edit", args=["hips"])).status_code == 403
    page = at_desk.get(reverse("cohort-detail", args=["hips"])).content.decode()
    assert reverse("cohort-edit", args=["hips"]) not in page and f"{NEW}?from=hips" in page
    assert at_desk.get(NEW, {"from": "hips"}).context["builder"].name == "Hips (copy)"


def test_the_page_shows_the_flow_of_the_newest_freeze_and_of_which_version_it_is(at_desk, hips, surgeon):
    cohort = kept(hips, surgeon)
    detail = reverse("cohort-detail", args=["women"])
    assert "Nothing is frozen yet" in at_desk.get(detail).content.decode()
    analyse(str(ask_analysis(cohort=cohort, plan=None, by=surgeon).pk))
    newest = at_desk.get(detail).context["newest"]
    assert newest.version == 1 and newest.flow.stages[-1].n == 4
    at_desk.post(reverse("cohort-edit", args=["women"]), sent(version="1", **WOMEN, **OLD))
    assert "It is of version 1 of the rule" in at_desk.get(detail).content.decode()


def test_a_cohort_over_an_arm_and_subgroups_is_reported_by_them(at_desk, hips, surgeon):
    cohort = kept(hips, surgeon, rule={"procedures": "index", "subgroups": ["sex"]})
    job = ask_analysis(cohort=cohort, plan=None, by=surgeon)
    analyse(str(job.pk))
    job.refresh_from_db()
    assert "sex" in {result.entry.get("by") for result in job.results.all()}


def test_the_pages_ask_the_database_no_more_for_more_patients(at_desk, hips, north, surgeon):
    kept(hips, surgeon)
    pages = [reverse("cohort-detail", args=["women"]), reverse("cohort-edit", args=["women"]), reverse("cohort-list")]
    before = [queries(at_desk, page) for page in pages]
    for _ in range(6):
        build_procedure(patient=build_patient(study=hips, site=north, sex="F"))
    assert [queries(at_desk, page) for page in pages] == before
    assert visible_cohorts(surgeon).count() == 2
