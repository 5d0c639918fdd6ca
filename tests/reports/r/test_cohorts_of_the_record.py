"""The zip of a cohort as it is handed out: unpacked, computed again by R, every number of its report."""

import csv
import io
import json
import zipfile
from datetime import UTC, datetime

import pytest
from django.core.management import call_command

from outcomes.analyses.run import run
from outcomes.cohorts import visible_cohorts
from outcomes.freeze import columns_of, freeze
from outcomes.plans.overview import overview
from outcomes.plans.shipped import shipped
from outcomes.reproduction.mapping import mapping
from outcomes.reproduction.results import DEMONSTRATIONS, load_demonstration
from outcomes.running import fitted_plan, whole_plan
from outcomes.stats.documents import canonical
from registry.actions.people import system_user
from reports.data import package
from reports.documents.told import told
from reports.models import Document
from reports.r import script
from tests.reports import examples
from tests.reports.r.remaking import Remade, again

CLOCK = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
STUDIES = ("licorice_gargle_ruetzler2013", "acupuncture_vickers2004", "nhs_proms_2018_19")


def frozen_of(slug: str):
    cohort = visible_cohorts(system_user()).get(slug=slug)
    return freeze(cohort, [site.pk for site in cohort.sites_for(system_user())])


def results_of(plan: dict, frozen) -> list[dict]:
    """The plan's results as its report has them: cut to what the cohort has, with what stands beside."""
    columns, found = columns_of(frozen), []
    for entry in whole_plan(fitted_plan(plan, frozen.manifest).plan, frozen.manifest).entries:
        payload = json.loads(canonical(run(entry, columns)))
        found.append(examples.result(entry["id"], entry["type"], payload) | {"entry": dict(entry)})
    return found


def remade_from_the_zip(frozen, plan: dict, folder, profile=Document.Profile.IDENTIFIED) -> Remade:
    """What a statistician does with the zip: unpack it and run the script."""
    extra = script(frozen.manifest, told(results_of(plan, frozen), frozen, profile).results)
    zipfile.ZipFile(io.BytesIO(package(frozen, profile, CLOCK, extra))).extractall(folder)
    return again(folder)


def everything_agrees(remade: Remade, at_least: int) -> bool:
    agree, of = remade.verdict
    return remade.status == 0 and agree == of >= at_least and "not remade" not in remade.said


@pytest.fixture
def demonstration(db):
    def load(paper: str):
        load_demonstration(paper, by=system_user())
        return frozen_of(mapping(paper)["cohort"])

    return load


@pytest.mark.parametrize("paper", DEMONSTRATIONS)
def test_r_computes_the_report_of_a_demonstration_cohort_again(paper, demonstration, tmp_path):
    frozen = demonstration(paper)
    for name, plan in {"paper": shipped(mapping(paper)["plan"]), "overview": overview(frozen.manifest)}.items():
        remade = remade_from_the_zip(frozen, plan, tmp_path / name)
        assert everything_agrees(remade, at_least=500), remade.said


def test_the_numbers_of_a_de_identified_report_are_those_of_the_ages_that_were_cut(demonstration, tmp_path):
    """Some of these patients are older than 90, and the file has another order and other names."""
    frozen, plan = demonstration("gupta2014"), shipped("gupta2014")
    whole = remade_from_the_zip(frozen, plan, tmp_path / "whole")
    remade = remade_from_the_zip(frozen, plan, tmp_path / "cut", Document.Profile.DEIDENTIFIED)
    assert everything_agrees(remade, at_least=500), remade.said
    oldest = [(folder / "expected.csv").read_text("utf-8") for folder in (whole.folder, remade.folder)]
    assert ["age,describe_patient_var,all/max,96" in text for text in oldest] == [True, False]
    assert "age,describe_patient_var,all/max,90" in oldest[1]


def test_one_changed_cell_of_a_zip_is_noticed(demonstration, tmp_path):
    """Negative control: a pain of one patient, one point higher."""
    remade = remade_from_the_zip(demonstration("gupta2014"), shipped("gupta2014"), tmp_path)
    wide = tmp_path / "csv" / "wide.csv"
    rows = [*csv.reader(io.StringIO(wide.read_text("utf-8")))]
    place = rows[0].index("pain_pre")
    first = next(row for row in rows[1:] if row[place])
    first[place] = str(int(first[place]) + 1)
    with wide.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    changed = again(tmp_path)
    assert remade.status == 0 and changed.status == 1
    assert changed.verdict[0] < remade.verdict[0]
    assert "differs: pain_all " in changed.said


@pytest.mark.django_db
@pytest.mark.parametrize("study", STUDIES)
def test_r_computes_the_report_of_a_real_study_again(study, shared_data, tmp_path):
    call_command("import_study", str(shared_data / study), "--site", "local", verbosity=0)
    frozen = frozen_of(study)
    own = json.loads((shared_data / study / "plan.json").read_text("utf-8"))
    for name, plan in {"own": own, "overview": overview(frozen.manifest)}.items():
        remade = remade_from_the_zip(frozen, plan, tmp_path / name)
        assert everything_agrees(remade, at_least=500), remade.said
