"""The package of a real freeze: every cell is the freeze's, and later edits of the record change no byte."""

from datetime import date
from decimal import Decimal

import pytest

from outcomes import freeze
from outcomes.cohorts import visible_cohorts
from outcomes.columns import Column, number_text
from registry.actions.people import system_user
from registry.actions.standing import withdraw_patient
from registry.actions.studies import install_definitions
from registry.demonstration import clunk, cox, gupta
from registry.demonstration.load import load_study
from registry.models import Patient, Procedure, Schedule
from reports.data import package, wide_columns
from reports.data.missing import STATA_LETTERS
from tests.builders import build_procedure, build_study, build_visit
from tests.outcomes.charted import fill, operated, rule
from tests.outcomes.charted import frozen as frozen_by_rule
from tests.reports.data.reading import CLOCK, REASON_OF, columns_of_csv, files_of, read_stata, spelled

pytestmark = pytest.mark.django_db
PAPERS = {"clunk": clunk, "cox": cox, "gupta": gupta}


@pytest.fixture(params=PAPERS)
def cohort(request):
    return cohort_of(PAPERS[request.param])


def cohort_of(paper):
    """The default cohort of a demonstration study."""
    by = system_user()
    if not Schedule.objects.exists():
        install_definitions(by=by)
    demo = paper.study()
    load_study(demo, by=by)
    return visible_cohorts(by).get(slug=demo.slug)


def frozen_now(cohort) -> freeze.Frozen:
    return freeze.freeze(cohort, [site.pk for site in cohort.sites_for(system_user())])


def texts(column) -> list[str | None]:
    """A freeze's column as its kernel reads it."""
    if isinstance(column, Column):
        cells = zip(column.values.tolist(), column.present.tolist(), strict=True)
        return [number_text(value, column.decimals) if present else None for value, present in cells]
    cells = zip(column.codes.tolist(), column.present.tolist(), strict=True)
    return [column.levels[code] if present else None for code, present in cells]


def same(cell: str, value: str | None, is_number: bool) -> bool:
    if value is None:
        return cell == ""
    return Decimal(cell) == Decimal(value) if is_number else cell == value


def test_every_column_of_the_kernel_stands_in_the_wide_file_cell_by_cell(cohort):
    made = frozen_now(cohort)
    columns, names = freeze.columns_of(made), wide_columns(made.manifest)
    wide = columns_of_csv(files_of(made)["csv/wide.csv"])

    read = {("score", *place): column for place, column in columns.scores.items()}
    read |= {("covariate", name): column for name, column in columns.covariates.items()}
    for name, (time, event) in columns.survival.items():
        read |= {("time", name): time, ("event", name): event}
    assert len(read) > 10
    for key, column in read.items():
        is_number = isinstance(column, Column)
        pairs = zip(wide[names[key]], texts(column), strict=True)
        assert all(same(cell, value, is_number) for cell, value in pairs), key


def test_missing_reasons_are_counted_by_the_letters_in_stata_as_the_manifest_counts_them(cohort):
    made = frozen_now(cohort)
    frame, _ = read_stata(files_of(made)["stata/wide.dta"])

    for instrument, at in made.manifest["missing"].items():
        for timepoint, counts in at.items():
            letters = [cell for cell in frame[f"{instrument}_{timepoint}"] if cell in REASON_OF]
            coded = {STATA_LETTERS[reason]: n for reason, n in counts.items() if reason != "no_record"}
            assert {letter: letters.count(letter) for letter in set(letters)} == coded, (instrument, timepoint)


def test_a_kept_freeze_gives_the_same_bytes_after_later_edits(cohort):
    made = frozen_now(cohort)
    kept = freeze.store(made, cohort, [site.pk for site in cohort.sites_for(system_user())], by=system_user())
    before = package(made, "deidentified", CLOCK)
    somebody = Patient.objects.filter(study__in=cohort.studies.all()).order_by("study_number").first()
    withdraw_patient(patient=somebody, on=date(2026, 1, 1), reason="moved away", by=system_user())

    assert frozen_now(cohort).digest != made.digest
    assert package(freeze.load(kept), "deidentified", CLOCK) == before


def test_no_file_of_a_demonstration_names_a_patient_of_it(cohort):
    made = frozen_now(cohort)
    numbers = made.procedures["|study_number"].to_pylist()
    born = [str(patient.born_on) for patient in Patient.objects.filter(born_on__isnull=False)]
    performed = [
        str(day) for day in Procedure.objects.filter(performed_on__isnull=False).values_list("performed_on", flat=True)
    ]

    said = "".join(spelled(content, name) for name, content in files_of(made, "deidentified").items())
    told = "".join(spelled(content, name) for name, content in files_of(made, "identified").items())

    assert performed
    assert not [text for text in (*numbers, *born, *performed) if text in said]
    assert all(number in told for number in numbers)


@pytest.mark.parametrize("profile", ["identified", "deidentified"])
def test_rows_of_fractures_and_of_all_procedures_are_named_once_each(north, profile):
    study = build_study(slug="rules", site=north, instruments=("pain", "opioid"))
    first, second = (operated(study, number) for number in "AB")
    for side in ("left", "right"):
        fill("fracture", first.patient, etiology="osteoporotic", status="insufficiency", side=side)
    fill("fracture", second.patient, etiology="osteoporotic", status="traumatic", side="left")
    later = build_procedure(patient=first.patient, performed_on=date(2022, 5, 1), is_index=False)
    for procedure in (first, second, later):
        build_visit(procedure=procedure, timepoint="preop", scores={"pain": 7})

    for which, scores in (({"unit": "fracture"}, 2), ({"procedures": "all"}, 3)):
        files = files_of(frozen_by_rule(study, rule(**which)), profile)
        read = {name: columns_of_csv(files[f"csv/{name}.csv"]) for name in ("wide", "scores", "patients", "procedures")}
        assert len(set(read["wide"]["id"])) == 3
        assert len(read["patients"]["patient"]) == 2
        assert set(read["procedures"]["patient"]) == set(read["patients"]["patient"])
        assert len(read["scores"]["id"]) == scores
        assert set(read["scores"]["id"]) <= set(read["wide"]["id"])
