"""Seeded identifiers are in no file of a release, and in the identified files of the same freeze they are found."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from outcomes import freeze as freezing
from registry.actions import patients
from registry.actions.studies import add_covariate
from registry.models import Patient, Procedure
from reports.models import Release
from reports.releases.asking import Terms
from reports.releases.profiles import PROFILES
from tests.builders import build_patient, build_procedure, build_study
from tests.reports.data.reading import files_of, rows_of_csv, spelled
from tests.reports.releases.released import cohort_of, contents, frozen_now, released, rows_of_file

TYPED = {
    "called": ["Kanarienvogel, Anna", "Zeisig, Berta", "Stieglitz, Carl", "Girlitz, Dora", "Gimpel, Emil", "Fink, F."],
    "mrn": [90817261, 90817262, 90817263, 90817264, 90817265, 90817266],
    "lot": [f"SN-44-{letter}77Q" for letter in "abcdef"],
    "seen": [f"2021-03-1{day}" for day in range(6)],
    "house": [41234, 41235, 41236, 141237, 41238, 41239],
    "record": ["47115.5", "47125.5", "47135.5", "47145.5", "47155.5", "47165.5"],
    "day": ["45352.4", "45353.4", "45354.4", "45355.4", "12.25", "13.25"],
    "years_old": [93, 94, 95, 60, 61, 62],
}  # fmt: skip
WORDS = {"called", "lot", "seen"}
KINDS = {"record": "decimal", "day": "decimal"}
LABELS = {"years_old": "Age when operated"}
BORN, OPERATED = date(1928, 5, 17), date(2021, 6, 23)


@pytest.fixture
def kept(north, surgeon):
    """A freeze whose columns and record say who somebody is: names, numbers, serials, days, ages of 93 and more."""
    study = build_study(slug="birds", site=north)
    columns = {
        name: add_covariate(
            study=study, name=name, label=LABELS.get(name, name), by=surgeon,
            kind=KINDS.get(name) or ("category" if isinstance(cells[0], str) else "integer"),
        )
        for name, cells in TYPED.items()
    }  # fmt: skip
    for place in range(6):
        patient = build_patient(
            study=study, site=north, study_number=f"NUMMER-{place}", born_on=BORN, born_precision="day"
        )
        cells = [
            patients.covariate_value(
                patient=patient, covariate=columns[name],
                value=each[place] if name in WORDS else Decimal(each[place]),
            )
            for name, each in TYPED.items()
        ]  # fmt: skip
        patients.record_covariates(cells, by=surgeon)
        build_procedure(patient=patient, performed_on=OPERATED)
    return frozen_now(cohort_of(study, surgeon), surgeon)


def canaries() -> set[str]:
    """What says who somebody is, as texts; ages are looked for in the cells."""
    typed = {str(cell) for name, cells in TYPED.items() if name != "years_old" for cell in cells}
    ids = [*Patient.objects.values_list("pk", flat=True), *Procedure.objects.values_list("pk", flat=True)]
    return typed | {f"NUMMER-{place}" for place in range(6)} | {str(BORN), str(OPERATED)} | {str(pk) for pk in ids}


def said_in(release: Release) -> dict[str, str]:
    """Every file as text, and the manifest and the names of the files among them."""
    said = {name: spelled(content, f"files/{name}") for name, content in contents(release).items()}
    return {name: text.casefold() for name, text in said.items()} | {
        "manifest": str(release.manifest).casefold(), "names": " ".join(said).casefold(),
    }  # fmt: skip


def stands_in(text: str, word: str) -> bool:
    """Whether a text says a word. Some digest or other has any five digits in it: a number has to stand by itself."""
    if word.replace(".", "").isdigit():
        return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None
    return word in text


@pytest.mark.parametrize("profile", PROFILES)
def test_no_file_says_a_name_a_number_a_serial_a_house_or_an_id_of_the_record(kept, pool, admin, profile):
    release = released(kept, pool, profile, by=admin, terms=Terms(fewest=1, words="DUA 1"))
    kept_in_limited = set(TYPED["seen"]) if profile == "limited" else set()
    found = {
        (name, each)
        for name, text in said_in(release).items()
        for each in canaries() - kept_in_limited
        if stands_in(text, each.casefold())
    }
    assert found == set()


def test_in_the_identified_package_the_search_finds_them(kept):
    files = files_of(freezing.load(kept), "identified")
    text = "".join(spelled(content, name).casefold() for name, content in files.items())
    ids = {str(pk) for model in (Patient, Procedure) for pk in model.objects.values_list("pk", flat=True)}
    dates = {str(BORN), str(OPERATED)}  # a freeze holds neither
    assert {each for each in canaries() if not stands_in(text, each.casefold())} == ids | dates


def test_no_age_over_ninety_is_told_in_safe_harbor_and_every_one_in_limited(kept, pool, admin):
    strict = rows_of_file(released(kept, pool), "wide.ndjson")
    loose = rows_of_file(released(kept, pool, "limited", by=admin, terms=Terms(fewest=5, words="DUA 1")), "wide.ndjson")
    assert sorted(row["years_old"] for row in strict) == [60, 61, 62, 90, 90, 90]
    assert {row["age"] for row in strict} == {90}
    assert sorted(row["years_old"] for row in loose) == [60, 61, 62, 93, 94, 95]
    assert {row["age"] for row in loose} == {93}
    assert [row["seen"] for row in strict] == [None] * 6
    assert sorted(row["seen"] for row in loose) == TYPED["seen"]


def test_what_was_changed_and_why_stands_in_the_codebook_and_the_manifest(kept, pool):
    release = released(kept, pool)
    notes = {row["name"]: row["note"] for row in rows_of_csv(contents(release)["codebook.csv"]) if row["note"]}
    assert notes == release.manifest["changed"]
    assert set(notes) == {*TYPED, "age"}


def test_a_typed_remark_with_a_day_in_it_is_no_date_that_limited_tells(north, surgeon, pool, admin):
    study = build_study(slug="remarks", site=north)
    column = add_covariate(study=study, name="remark", label="Remark", kind="category", by=surgeon)
    for place in range(6):
        patient = build_patient(study=study, site=north)
        value = patients.covariate_value(patient=patient, covariate=column, value=f"Fink called on 2021-03-1{place}")
        patients.record_covariates([value], by=surgeon)
        build_procedure(patient=patient, performed_on=None)
    kept = frozen_now(cohort_of(study, surgeon), surgeon)
    release = released(kept, pool, "limited", by=admin, terms=Terms(fewest=1, words="DUA 1"))
    assert [row["remark"] for row in rows_of_file(release, "wide.ndjson")] == [None] * 6


def test_no_file_says_when_it_was_made(kept, pool):
    release = released(kept, pool)
    year = str(datetime.now(UTC).year)
    assert [name for name, text in said_in(release).items() if f"{year}-" in text] == ["README.txt", "manifest"]
    assert release.manifest["freeze"]["frozen_at"] == kept.made_at.isoformat()
