"""The plans that come with the program: they are plans, they are fitted to a cohort, and a new site starts with one."""

from itertools import pairwise

import pytest
from django.core.management import CommandError, call_command

from outcomes.asking import ask_analysis
from outcomes.cohorts import visible_cohorts
from outcomes.models import Result
from outcomes.plans.check import PlanError, check_plan
from outcomes.plans.default import default_plan
from outcomes.plans.fit import fit
from outcomes.plans.shipped import NAMES, shipped
from outcomes.running import run_job
from registry import jobs
from registry.actions import patients, studies
from registry.models import Covariate, Instrument, Job, Schedule, Study
from tests.builders import build_patient, build_procedure, build_study, build_visit

MANIFEST = {
    "cohort": {"slug": "hips"},
    "instruments": {"pain": {}},
    "timepoints": [{"code": "preop", "order": 0}, {"code": "m1", "order": 1}],
    "covariates": {"arm": {}, "age": {}},
    "survival": {"survival": {}},
}


def entry(**keys):
    return {"id": "one", "type": "any", **keys}


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_plan_is_a_plan_that_stands_for_every_table_of_its_paper(name):
    plan = shipped(name)
    checked = check_plan(plan)
    ids = [each["id"] for each in plan["analyses"]]
    assert (checked.name, plan["beside"], plan["fit"]) == (name, True, True)
    for part in (*plan["tables"], *plan["figures"]):
        assert part["number"] and part["title"] and part["rows"]
        for row in part["rows"]:
            assert row["label"] and row["analysis"] in ids and row.get("test", row["analysis"]) in ids


def test_presets_are_those_of_the_programs_that_the_papers_used():
    presets = {name: shipped(name)["preset"] for name in NAMES}
    assert presets == {
        "clunk2025": "stata", "cox2025": "modern", "gupta2014": "medcalc", "sacroplasty_registry": "modern",
    }  # fmt: skip


def test_a_plan_that_is_not_shipped_is_refused_with_those_that_are():
    with pytest.raises(
        PlanError, match="'singh2024' is not one of clunk2025, cox2025, gupta2014, sacroplasty_registry"
    ):
        shipped("singh2024")


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({"instrument": "odi"}, "the cohort has no instrument odi"),
        ({"instrument": "pain", "timepoint": "m3"}, "the cohort has no timepoint m3"),
        ({"instrument": "pain", "pre": "preop", "post": "y1"}, "the cohort has no timepoint y1"),
        ({"instrument": "pain", "baseline": "pre"}, "the cohort has no timepoint pre"),
        ({"instrument": "pain", "timepoints": ["preop", "y1"]}, "the cohort has no timepoint y1"),
        ({"instrument": "pain", "by": "ffp"}, "the cohort has no covariate ffp"),
        ({"var": "sex"}, "the cohort has no covariate sex"),
        ({"row": "sex", "col": "arm"}, "the cohort has no covariate sex"),
        ({"row": "arm", "col": "sex"}, "the cohort has no covariate sex"),
        ({"group": "lesion", "covariates": ["age", "bmi"]}, "the cohort has no covariate lesion, no covariate bmi"),
        ({"row": "arm", "col": {"instrument": "odi", "timepoint": "m3", "gt": 3}},
         "the cohort has no instrument odi, no timepoint m3"),
        ({"instrument": "pain", "subset": {"lesion": "impending"}}, "the cohort has no covariate lesion"),
        ({"survival": "revision", "competing": "death"}, "the cohort has no time to revision, no time to death"),
    ],
)  # fmt: skip
def test_what_the_cohort_does_not_have_is_left_out_and_named(keys, reason):
    kept = {"id": "two", "type": "any", "instrument": "pain", "subset": {"arm": "a"}}
    fitted = fit({"name": "p", "analyses": [entry(**keys), kept]}, MANIFEST)
    assert fitted.plan == {"name": "p", "analyses": [kept]}
    assert fitted.left_out == [{"id": "one", "type": "any", "reason": reason}]


@pytest.mark.parametrize(
    "keys",
    [
        {"instrument": "pain", "pre": "preop", "post": "m1", "by": "arm", "subset": {"age": 70}},
        {"row": "arm", "col": {"instrument": "pain", "timepoint": "m1", "ge": 4}},
        {"survival": "survival", "times": [30, 90], "by": "arm"},
        {"group": "arm", "covariates": []},
    ],
)
def test_what_the_cohort_has_is_kept_as_it_is(keys):
    fitted = fit({"name": "p", "analyses": [entry(**keys)]}, MANIFEST)
    assert (fitted.plan["analyses"], fitted.left_out) == ([entry(**keys)], [])


def test_the_default_plan_of_one_study_is_its_cohorts_and_of_studies_that_disagree_is_the_overview():
    manifest = MANIFEST | {"missing": {}, "flow": {"procedures": 0}, "arm": None}
    assert default_plan(["sacroplasty_registry"], manifest)["name"] == "hips_overview"
    assert default_plan(["sacroplasty_registry"], manifest)["fit"]
    assert "fit" not in default_plan(["sacroplasty_registry", ""], manifest | {"instruments": {}})
    assert "fit" not in default_plan([""], manifest | {"instruments": {}})


def run(study, by) -> Job:
    """The study's report, computed here."""
    job = ask_analysis(cohort=visible_cohorts(by).get(slug=study.slug), plan=None, by=by)
    with jobs.claimed(job.pk) as claimed:
        run_job(claimed)
    job.refresh_from_db()
    return job


@pytest.mark.django_db(transaction=True)
def test_a_new_site_starts_with_a_schedule_instruments_covariates_and_a_plan(system, capsys):
    studies.install_definitions(by=system)
    call_command("new_study", "sacrum", "--site", "east", "--name", "Sacroplasty at East")
    study = Study.objects.get(slug="sacrum")
    site = study.sites.get(code="east")
    for number, approach in enumerate(["short_axis", "long_axis", "short_axis"]):
        patient = build_patient(study=study, site=site, study_number=f"E-{number}")
        covariate = Covariate.objects.get(study=study, name="approach")
        patients.record_covariates(
            [patients.covariate_value(patient=patient, covariate=covariate, value=approach)], by=system
        )
        procedure = build_procedure(patient=patient)
        build_visit(procedure=procedure, timepoint="m1", visited_on=procedure.performed_on.replace(month=4),
                    scores={"pain": 3 + number, "rmdq": 12, "odi": "not_done"})  # fmt: skip

    job = run(study, system)

    assert "asks for pain, rmdq, odi, cms, opioid; plan sacroplasty_registry." in capsys.readouterr().out
    assert [point.code for point in study.schedule.timepoints.all()] == ["preop", "m1", "m3", "m6"]
    assert job.state == Job.State.DONE, job.error
    result = Result.objects.get(job=job, analysis_id="pain_over_time_by_approach")
    assert result.payload["m1"]["short_axis"]["n"] == 2
    gone = {each["id"]: each["reason"] for each in result.envelope["left_out_of_plan"]}
    assert gone["ffp"] == "the cohort has no covariate ffp"
    assert "pain_over_time" not in gone and result.plan == "sacrum_overview"


@pytest.mark.django_db(transaction=True)
def test_a_study_that_names_a_plan_that_is_not_there_fails_in_words(north, system):
    study = build_study(slug="odd", site=north, default_plan="nonsense")
    build_visit(procedure=build_procedure(study=study, site=north))
    job = run(study, system)
    assert job.state == Job.State.FAILED
    assert "'nonsense' is not one of clunk2025" in job.error


@pytest.mark.django_db
def test_a_shipped_plan_is_asked_for_by_its_name_and_no_other_name_is_one(north, system):
    build_study(slug="hips", site=north)
    cohort = visible_cohorts(system).get(slug="hips")
    job = ask_analysis(cohort=cohort, plan="gupta2014", by=system)
    assert job.params["plan"] == shipped("gupta2014")
    with pytest.raises(PlanError, match="'gupta' is not one of clunk2025"):
        ask_analysis(cohort=cohort, plan="gupta", by=system)


@pytest.mark.django_db
def test_a_study_whose_slug_is_taken_is_not_made_again(north):
    call_command("new_study", "sacrum", "--site", "north")
    with pytest.raises(CommandError, match="No study was made"):
        call_command("new_study", "sacrum", "--site", "north")


@pytest.mark.django_db
def test_the_shipped_definitions_of_a_sacroplasty_registry_hold_scores_and_no_wording():
    points = Schedule.objects.get(slug="sacroplasty_registry").timepoints.values_list("opens_on_day", "closes_on_day")
    windows = list(points)
    assert all(earlier[1] < later[0] for earlier, later in pairwise(windows))
    odi, rmdq, cms = (Instrument.objects.get(site=None, key=key) for key in ("odi", "rmdq", "cms"))
    assert [(each.minimum, each.maximum) for each in (odi, rmdq, cms)] == [(0, 100), (0, 24), (0, 24)]
    assert (odi.levels, rmdq.levels, odi.parts.count()) == ({}, {}, 0)
    assert cms.parts.count() == 8 and {part.maximum for part in cms.parts.all()} == {3}
