"""A freeze: who is in, which of several scores counts, what is missing and why, and a digest that names it all."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest

from outcomes import freeze
from outcomes.analyses.run import run
from outcomes.cohorts import visible_cohorts
from outcomes.columns import number_text
from outcomes.models import Cohort
from registry.actions.patients import covariate_value, record_covariates
from registry.actions.people import system_user
from registry.actions.standing import withdraw_patient
from registry.actions.studies import add_covariate
from registry.actions.visits import correct_visit, mark_visit_as_error
from registry.models import MissingReason, Site, Study
from tests.builders import (
    build_cohort_rows,
    build_patient,
    build_procedure,
    build_site,
    build_study,
    build_visit,
    new_visit,
)

pytestmark = pytest.mark.django_db
DAY_0 = date(2024, 3, 1)


@pytest.fixture
def study(north) -> Study:
    return build_study(slug="one", site=north, instruments=("pain", "ecog"))


def cohort_of(study: Study) -> Cohort:
    """The study's default cohort."""
    return visible_cohorts(system_user()).get(slug=study.slug)


def frozen(study: Study, *sites: Site) -> freeze.Frozen:
    """The study's default cohort at these sites (all of them by default), frozen now."""
    return freeze.freeze(cohort_of(study), [site.pk for site in sites or study.sites.all()])


def values(made: freeze.Frozen, instrument: str, timepoint: str) -> list[str | None]:
    """The scores in canonical order, as numbers are written."""
    column = freeze.columns_of(made).score(instrument, timepoint)
    pairs = zip(column.values.tolist(), column.present.tolist(), strict=True)
    return [number_text(value, column.decimals) if present else None for value, present in pairs]


def patient_with(study: Study, number: str, **scores):
    procedure = build_procedure(patient=build_patient(study=study, study_number=number), performed_on=DAY_0)
    for timepoint, pain in scores.items():
        build_visit(procedure=procedure, timepoint=timepoint, scores={"pain": pain})
    return procedure


def test_the_same_state_of_the_database_has_the_same_digest(study):
    patient_with(study, "A", preop=7, w6=3)

    assert frozen(study).digest == frozen(study).digest


def test_a_corrected_score_changes_the_digest(study):
    procedure = patient_with(study, "A", preop=7, w6=3)
    before = frozen(study).digest
    visit = procedure.visits.get(timepoint__code="w6")
    new = new_visit(procedure, "w6", scores={"pain": 4})
    correct_visit(visit, new, version=visit.version, reason="misread", by=system_user())

    after = frozen(study)

    assert after.digest != before
    assert values(after, "pain", "w6") == ["4"]


def test_rows_entered_in_another_order_have_the_same_digest(north, south):
    first, second = (
        build_study(slug=slug, site=site, instruments=("pain",), name="Same")
        for slug, site in (("a", north), ("b", south))
    )
    for number, pain in (("A", 1), ("B", 2)):
        patient_with(first, number, preop=pain)
    for number, pain in (("B", 2), ("A", 1)):
        patient_with(second, number, preop=pain)

    digests = [frozen(study).manifest["tables"]["scores"]["sha256"] for study in (first, second)]

    assert digests[0] == digests[1]


def test_a_kept_freeze_reads_back_as_it_was_after_later_edits(study):
    procedure = patient_with(study, "A", preop=7)
    cohort, sites = cohort_of(study), [site.pk for site in study.sites.all()]
    kept = freeze.store(frozen(study), cohort, sites, by=system_user())
    build_visit(procedure=procedure, timepoint="w6", scores={"pain": 2})

    again = freeze.load(kept)

    assert values(again, "pain", "preop") == ["7"]
    assert "w6" not in again.manifest["missing"]["pain"]
    assert {name: freeze.wide.digest(getattr(again, name)) for name in ("procedures", "scores", "survival")} == {
        name: about["sha256"] for name, about in kept.manifest["tables"].items()
    }


def as_once_stored(table):
    """The table with every integer in 8 bytes and every text written out, as freezes were stored before."""
    kinds = {True: pa.int64(), False: pa.string()}
    fields = [field.with_type(kinds[pa.types.is_integer(field.type)]) for field in table.schema]
    return table.cast(pa.schema(fields))


def test_a_freeze_stored_with_wide_integers_and_whole_texts_reads_as_one_of_today(study):
    patient_with(study, "A", preop=7, w6=2)
    patient_with(study, "B", preop=3)
    made = frozen(study)
    once = replace(made, **{name: as_once_stored(getattr(made, name)) for name in ("procedures", "scores", "survival")})
    assert once.scores.schema != made.scores.schema  # or there is nothing to compare
    kept = freeze.store(once, cohort_of(study), [site.pk for site in study.sites.all()], by=system_user())

    again = freeze.load(kept)

    assert {name: freeze.wide.digest(getattr(again, name)) for name in ("procedures", "scores", "survival")} == {
        name: about["sha256"] for name, about in made.manifest["tables"].items()
    }
    entry = {"id": "x", "type": "wilcoxon_paired", "instrument": "pain", "pre": "preop", "post": "w6"}
    assert run(entry, freeze.columns_of(again)) == run(entry, freeze.columns_of(made))
    assert run(entry, freeze.load_columns(kept)) == run(entry, freeze.columns_of(made))


def test_a_digest_is_of_the_texts_as_json_whatever_they_hold():
    texts = ["plain", None, 'with "quotes"', "back\\slash", "new\nline", "é", "", "plain"]
    kinds = [pa.array(texts), pa.array(texts).dictionary_encode(), pa.array(texts[:2] * 3).slice(2)]
    for array in kinds:
        assert freeze.wide.json_list(array).decode() == json.dumps(array.to_pylist(), ensure_ascii=False)
    assert freeze.wide.json_list(pa.array([], type=pa.string())) == b"[]"


def test_the_flow_adds_up_and_names_why_somebody_is_out(study):
    patient_with(study, "A", preop=7)
    build_patient(study=study, study_number="B")
    gone = patient_with(study, "C", preop=5).patient
    withdraw_patient(patient=gone, on=date(2024, 5, 1), reason="moved away", by=system_user())

    flow = frozen(study).manifest["flow"]

    assert flow == {
        "enrolled": 3,
        "left_out": [{"reason": "no index procedure", "n": 1}, {"reason": "withdrawn", "n": 1}],
        "patients": 1,
        "procedures": 1,
    }


def test_a_patient_without_any_outcome_is_a_procedure_and_counts_as_missing(study):
    patient_with(study, "A", preop=7)
    patient_with(study, "B")

    made = frozen(study)

    assert values(made, "pain", "preop") == ["7", None]
    assert made.manifest["missing"]["pain"] == {"preop": {"no_record": 1}}


def test_each_gap_has_its_reason(study):
    patient_with(study, "A", preop=7)
    patient_with(study, "B", preop="refused")
    lost = patient_with(study, "C")
    build_visit(procedure=lost, timepoint="preop", missed=MissingReason.LOST)
    patient_with(study, "D")

    missing = frozen(study).manifest["missing"]["pain"]["preop"]

    assert missing == {"lost": 1, "no_record": 1, "refused": 1}


def test_of_two_unasserted_visits_the_one_nearest_the_target_counts_and_then_the_earlier(study):
    procedure = patient_with(study, "A")
    for days, pain in ((30, 1), (40, 2), (44, 3)):  # the target is day 42
        on = DAY_0.fromordinal(DAY_0.toordinal() + days)
        build_visit(procedure=procedure, timepoint="w6", timepoint_asserted=False, visited_on=on, scores={"pain": pain})

    assert values(frozen(study), "pain", "w6") == ["2"]


def test_an_asserted_visit_counts_before_a_nearer_one_that_is_not(study):
    procedure = patient_with(study, "A")
    early, near = (DAY_0.fromordinal(DAY_0.toordinal() + days) for days in (25, 42))
    build_visit(procedure=procedure, timepoint="w6", visited_on=early, scores={"pain": 1})
    build_visit(procedure=procedure, timepoint="w6", timepoint_asserted=False, visited_on=near, scores={"pain": 2})

    assert values(frozen(study), "pain", "w6") == ["1"]


def test_choosing_among_one_procedures_visits_leaves_its_neighbours_and_its_other_scores_alone(study):
    patient_with(study, "A", preop=7, w6=3)
    twice = patient_with(study, "B", preop=6)
    patient_with(study, "C", w6="refused")
    early, near = (DAY_0.fromordinal(DAY_0.toordinal() + days) for days in (25, 42))
    scores = {"pain": "refused", "ecog": 1}
    build_visit(procedure=twice, timepoint="w6", timepoint_asserted=False, visited_on=near, scores=scores)
    build_visit(procedure=twice, timepoint="w6", timepoint_asserted=False, visited_on=early, scores={"pain": 9})

    made = frozen(study)

    assert values(made, "pain", "preop") == ["7", "6", None]
    assert values(made, "pain", "w6") == ["3", None, None]
    assert values(made, "ecog", "w6") == [None, "1", None]
    assert made.manifest["missing"]["pain"]["w6"] == {"refused": 2}


def test_a_visit_marked_as_an_error_is_out(study):
    procedure = patient_with(study, "A", preop=7, w6=3)
    visit = procedure.visits.get(timepoint__code="w6")
    mark_visit_as_error(visit, version=visit.version, reason="wrong patient", by=system_user())

    assert "w6" not in frozen(study).manifest["missing"]["pain"]


def test_decimals_stay_exact(study):
    patient_with(study, "A", preop=7)
    procedure = patient_with(study, "B")
    build_visit(procedure=procedure, timepoint="preop", scores={"pain": Decimal("0.1")})

    assert values(frozen(study), "pain", "preop") == ["7", "0.1"]


def test_covariates_keep_their_type_and_their_gaps(study):
    by = system_user()
    weight = add_covariate(study=study, name="weight", label="Weight", kind="decimal", by=by)
    side = add_covariate(study=study, name="side", label="Side", kind="category", by=by)
    one, two = (patient_with(study, number).patient for number in ("A", "B"))
    record_covariates(
        [
            covariate_value(patient=one, covariate=weight, value=Decimal("71.25")),
            covariate_value(patient=two, covariate=weight, value=MissingReason.NOT_RECORDED),
            covariate_value(patient=two, covariate=side, value="left"),
        ],
        by=by,
    )

    made = frozen(study)
    columns = freeze.columns_of(made).covariates

    assert (columns["weight"].values[0], columns["weight"].decimals) == (7125, 2)
    assert columns["weight"].present.tolist() == [True, False]
    assert (columns["side"].levels, columns["side"].present.tolist()) == (("left",), [False, True])
    assert made.manifest["covariates"]["weight"]["kind"] == "number"


def test_only_the_sites_that_were_asked_for_are_in(study, north, south):
    build_cohort_rows(study, north, 3)
    build_patient(study=study, site=south, study_number="S-1")
    build_cohort_rows(study, south, 2)

    assert frozen(study, north).manifest["flow"]["enrolled"] == 3
    assert frozen(study, north).manifest["sites"] == ["north"]
    assert frozen(study).manifest["sites"] == ["north", "south"]


def test_a_freeze_and_its_rows_are_written_once(study):
    patient_with(study, "A", preop=7)
    cohort, sites = cohort_of(study), [site.pk for site in study.sites.all()]
    first = freeze.store(frozen(study), cohort, sites, by=system_user())
    second = freeze.store(frozen(study), cohort, sites, by=system_user())

    assert first.pk == second.pk


def test_reading_a_cohort_takes_as_many_queries_at_10_patients_as_at_100(django_assert_max_num_queries):
    small, large = (build_study(site=build_site(), slug=slug) for slug in ("small", "large"))
    build_cohort_rows(small, small.sites.get(), 10)
    build_cohort_rows(large, large.sites.get(), 100)
    counts = []
    for study in (small, large):
        cohort, sites = cohort_of(study), [site.pk for site in study.sites.all()]
        with django_assert_max_num_queries(40) as queries:
            freeze.freeze(cohort, sites)
        counts.append(len(queries))

    assert counts[0] == counts[1]
