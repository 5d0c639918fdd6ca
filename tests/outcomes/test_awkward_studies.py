"""Studies as they come: attributes named like our own columns, items without a total, arms with gaps."""

from datetime import timedelta

import pytest

from outcomes import freeze
from outcomes.asking import ask_analysis
from outcomes.cohorts import make_default_cohorts
from outcomes.latest import in_progress, latest_overview
from outcomes.models import Cohort, Result
from outcomes.plans.overview import overview
from outcomes.running import run_job
from registry import jobs
from registry.access import Role
from registry.actions import people, studies
from registry.imports.commit import import_folder
from registry.imports.study_folder import read_folder
from registry.models import Instrument, Score
from tests.builders import build_cohort_rows, build_member, build_study
from tests.registry.study_folders import write_folder

HEADER = "patient_id,timepoint,timepoint_order,day,instrument,value\n"
PAIN = HEADER + "".join(f"A{place},pre,0,0,pain,{place}\n" for place in range(3))


def bring(where, site, system, **folder) -> None:
    import_folder(read_folder(write_folder(where, **folder)), site=site, by=system)
    make_default_cohorts()


def patients(column: str, *values: str) -> str:
    return f"patient_id,{column}\n" + "".join(f"A{place},{value}\n" for place, value in enumerate(values))


def frozen(system, slug: str = "hips") -> freeze.Frozen:
    cohort = Cohort.objects.get(slug=slug)
    return freeze.freeze(cohort, [site.pk for site in cohort.sites_for(system)])


def answered(by, slug: str = "hips", plan: dict | None = None):
    """A job that was asked for and done."""
    job = ask_analysis(cohort=Cohort.objects.get(slug=slug), plan=plan, by=by)
    with jobs.claimed(job.pk) as claimed:
        run_job(claimed)
    job.refresh_from_db()
    return job


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["row", "site", "study", "study_number"])
@pytest.mark.parametrize("values", [("left", "right", "left"), ("1", "2", "2")])
def test_an_attribute_may_be_named_like_a_column_of_the_freeze(tmp_path, north, system, name, values):
    bring(tmp_path, north, system, patients=patients(name, *values), outcomes=PAIN)
    columns = freeze.columns_of(frozen(system))
    assert columns.sites.levels == ("north",)
    assert columns.covariates[name].as_category().levels == tuple(sorted(set(values)))


@pytest.mark.django_db
def test_items_that_come_without_their_total_bring_it_into_the_study(tmp_path, north, system):
    studies.install_definitions(by=system)
    items = Instrument.objects.filter(part_of__key="msts").values_list("key", flat=True)
    rows = "".join(f"A0,pre,0,0,{key},3\n" for key in items)
    bring(tmp_path, north, system, patients="patient_id\nA0\n", outcomes=HEADER + rows)
    assert Score.objects.get(derived=True).value == 18
    assert frozen(system).manifest["missing"]["msts"] == {"pre": {}}


@pytest.mark.django_db
def test_a_gap_in_a_numeric_arm_is_no_level(tmp_path, north, system):
    bring(tmp_path, north, system, patients=patients("group", "1", "2", ""), outcomes=PAIN)
    manifest = frozen(system).manifest
    assert manifest["covariates"]["group"]["levels"] == ["1", "2"]
    assert "mannwhitney" in {entry["type"] for entry in overview(manifest)["analyses"]}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("groups", [("1", "2", "3"), ("1", "1", "1"), ("1", "1", "")])
def test_a_comparison_of_other_than_two_groups_is_refused_on_its_page(tmp_path, north, system, surgeon, client, groups):
    bring(tmp_path, north, system, patients=patients("group", *groups), outcomes=PAIN)
    entry = {"id": "k", "type": "mannwhitney", "instrument": "pain", "timepoint": "pre", "by": "group"}
    answered(surgeon, plan={"name": "x", "analyses": [entry]})
    answered(surgeon)
    client.force_login(surgeon)
    result = Result.objects.get(analysis_id="k")
    assert "not_estimable" in result.payload
    assert client.get(f"/results/{result.pk}/").status_code == 200
    assert client.get("/cohorts/hips/report/").status_code == 200


@pytest.mark.django_db
def test_a_timepoint_may_be_called_missing(tmp_path, north, system):
    rows = HEADER + "A0,pre,0,0,pain,3\nA0,missing,1,10,pain,4\n"
    bring(tmp_path, north, system, patients="patient_id\nA0\n", outcomes=rows)
    assert set(frozen(system).manifest["missing"]["pain"]) == {"pre", "missing"}


@pytest.mark.django_db(transaction=True)
def test_two_definitions_of_one_instrument_are_not_mixed_and_the_job_says_so(tmp_path, north, south, system):
    rows = {"patients": "patient_id\nA0\n"}
    for site, top, value in ((north, 10, 3), (south, 100, 90)):
        about = {"instruments": {"wobble": {"minimum": 0, "maximum": top}}}
        bring(tmp_path, site, system, **rows, outcomes=f"{HEADER}A0,pre,0,0,wobble,{value}\n", about=about)
    job = answered(system)
    assert job.state == "failed"
    assert "wobble" in job.error and "two ways" in job.error


@pytest.mark.django_db(transaction=True)
def test_who_may_ask_at_one_site_and_read_at_two_is_shown_the_report_that_was_asked_for(north, south, system):
    mixed = build_member("mixed", north, Role.INVESTIGATOR)
    build_member("mixed", south, Role.COORDINATOR)
    study = build_study(slug="one", site=north)
    studies.join_study(study=study, site=south, by=system)
    for site in (north, south):
        build_cohort_rows(study, site, 5)
    make_default_cohorts()
    cohort = Cohort.objects.get(slug="one")
    job = ask_analysis(cohort=cohort, plan=None, by=mixed)
    assert in_progress(cohort, mixed) == job
    with jobs.claimed(job.pk) as claimed:
        run_job(claimed)
    assert latest_overview(cohort, mixed)


@pytest.mark.django_db(transaction=True)
def test_a_token_for_one_study_does_not_read_a_cohort_of_two(north, system, surgeon):
    one, two = (build_study(slug=slug, site=north) for slug in ("aa", "bb"))
    for study in (one, two):
        build_cohort_rows(study, north, 5)
    make_default_cohorts()
    both = Cohort.objects.create(slug="both", name="Both")
    both.studies.set([one, two])
    for slug in ("aa", "both"):
        answered(surgeon, slug)
    scope = {"scopes": ["read:results"], "sites": [north], "study": one, "life": timedelta(days=1)}
    surgeon.token, _ = people.issue_token(user=surgeon, name="t", **scope, by=system)
    assert set(Result.objects.visible_to(surgeon).values_list("cohort__slug", flat=True)) == {"aa"}
    assert set(Cohort.objects.visible_to(surgeon).values_list("slug", flat=True)) == {"aa"}


@pytest.mark.django_db(transaction=True)
def test_a_report_that_found_nothing_says_so(north, surgeon, client):
    build_study(slug="one", site=north)
    make_default_cohorts()
    client.force_login(surgeon)
    assert b"No report yet" in client.get("/cohorts/one/report/").content
    answered(surgeon, "one")
    assert b"found no outcome at any timepoint" in client.get("/cohorts/one/report/").content
