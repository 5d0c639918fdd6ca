"""A cohort's rule inside the freeze: who is in, in which unit, who fell out where, and numbers that add up."""

from datetime import date

import pytest
from django.db import connection

from outcomes import freeze
from outcomes.criteria import RuleError
from registry.actions.patients import covariate_value, record_covariates
from registry.actions.people import system_user
from registry.actions.procedures import correct_procedure
from registry.actions.screening import record_case
from registry.actions.standing import mark_as_error, withdraw_patient
from registry.actions.studies import add_covariate, join_study
from tests.builders import build_cohort_rows, build_patient, build_procedure, build_study, build_visit
from tests.outcomes.charted import (
    adds_up,
    frozen,
    numbers,
    one,
    operated,
    photodynamic_nails,
    preview,
    rule,
    said,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def study(north):
    return build_study(slug="rules", site=north, instruments=("pain", "opioid"))


def test_the_plain_rule_and_no_rule_are_one_freeze_but_for_what_the_rule_says(study, north):
    build_cohort_rows(study, north, 3)

    plain, empty = frozen(study), frozen(study, {})

    assert plain.manifest["tables"] == empty.manifest["tables"]
    assert plain.procedures.column_names == ["|row", "|site", "|study", "|study_number"]
    assert (plain.manifest["unit"], plain.manifest["preset"], plain.manifest["flow"]) == (
        "patient", None, {"enrolled": 3, "left_out": [], "patients": 3, "procedures": 3},
    )  # fmt: skip


def test_inclusion_and_exclusion_by_what_the_chart_says(study):
    photodynamic_nails(study)
    document = rule(
        include=[one("age", "ge", 65), one("cancer", "is", "yes")],
        exclude=[one("complexity", "is", "complex")],
    )

    made = frozen(study, document)
    flow = made.manifest["flow"]

    assert numbers(made) == ["A"]
    assert flow["steps"] == [
        {"criterion": "Age at the procedure at least 65 years", "n": 1, "unknown": 0},
        {"criterion": "Malignancy is Yes", "n": 0, "unknown": 1},
        {"criterion": "Complexity is not Complex", "n": 0, "unknown": 0},
    ]
    assert flow["left_out"] == [
        {"reason": "Age at the procedure below 65 years", "n": 1},
        {"reason": "Malignancy is not recorded", "n": 1},
    ]
    assert adds_up(flow)
    assert preview(study, document) == flow


def test_who_is_left_out_leaves_no_trace_in_any_table(study):
    """The negative control of the mask: the kept rows are those of a cohort that never had the others."""
    nails = photodynamic_nails(study)
    kept = frozen(study, rule(include=[one("cancer", "is", "yes")]))
    assert numbers(kept) == ["A", "B"]
    mark_as_error(nails[2].patient, version=nails[2].patient.version, reason="not ours", by=system_user())
    without = frozen(study)

    tables = [{name: about["sha256"] for name, about in each.manifest["tables"].items()} for each in (kept, without)]

    assert tables[0] == tables[1]
    assert kept.manifest["missing"] == without.manifest["missing"]


def test_scores_stay_with_their_patient_when_others_leave(study):
    procedures = [operated(study, number, born=born) for number, born in (("A", 1950), ("B", 1990), ("C", 1950))]
    for procedure, pain in zip(procedures, (7, "refused", 3), strict=True):
        build_visit(procedure=procedure, timepoint="preop", scores={"pain": pain})
        build_visit(procedure=procedure, timepoint="w6", scores={"pain": 1})

    made = frozen(study, rule(include=[one("age", "ge", 50)]))
    pain = freeze.columns_of(made).score("pain", "preop")

    assert (numbers(made), pain.values.tolist(), pain.present.tolist()) == (["A", "C"], [70, 30], [True, True])
    assert made.manifest["missing"]["pain"] == {"preop": {}, "w6": {}}


def test_a_score_at_a_timepoint_is_a_variable(study):
    for number, pain in (("A", 7), ("B", 3), ("C", "refused"), ("D", None)):
        procedure = operated(study, number)
        if pain is not None:
            build_visit(procedure=procedure, timepoint="preop", scores={"pain": pain})

    made = frozen(study, rule(include=[one("pain@preop", "ge", 4)]))

    assert numbers(made) == ["A"]
    assert made.manifest["flow"]["steps"][0] | {"criterion": ""} == {"criterion": "", "n": 1, "unknown": 2}
    assert numbers(frozen(study, rule(include=[one("pain@preop", "ge", 4, unknown="in")]))) == ["A", "C", "D"]
    assert adds_up(made.manifest["flow"])


def test_when_the_procedure_was_done_and_where(study, south):
    join_study(study=study, site=south, by=system_user())
    for number, on in (("A", date(2019, 12, 31)), ("B", date(2020, 1, 1)), ("C", None)):
        build_procedure(
            patient=build_patient(study=study, study_number=number, site=study.sites.get(code="north")), performed_on=on
        )
    build_procedure(patient=build_patient(study=study, study_number="S", site=south), performed_on=date(2021, 1, 1))

    made = frozen(study, rule(performed={"from": "2020-01-01", "to": "2023-12-31"}, sites=["north"]))
    flow = made.manifest["flow"]

    assert numbers(made) == ["B"]
    assert [(step["n"], step["unknown"]) for step in flow["steps"]] == [(1, 0), (1, 1)]
    assert made.manifest["sites"] == ["north"]
    assert adds_up(flow)


def test_the_counts_of_a_rule_agree_with_counts_by_sql(study, north):
    rows = build_cohort_rows(study, north, 30)
    by = system_user()
    typed = add_covariate(study=study, name="weight", label="Weight", kind="integer", by=by)
    values = [
        covariate_value(patient=row.patient, covariate=typed, value=place + 40)
        for place, row in enumerate(rows)
        if place % 5
    ]
    record_covariates(values, by=by)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE v.number >= 50), count(*) FILTER (WHERE v.number < 50), count(*) FILTER "
            "(WHERE v.id IS NULL) FROM registry_patient p LEFT JOIN registry_covariatevalue v ON v.patient_id = p.id"
        )
        heavy, light, unknown = cursor.fetchone()

    flow = preview(study, rule(include=[one("weight", "ge", 50)]))

    assert (flow["patients"], flow["steps"][0]["n"], flow["steps"][0]["unknown"]) == (heavy, light, unknown)


def test_the_arm_is_the_rules_else_the_studys(study):
    photodynamic_nails(study)

    assert frozen(study, rule(arm="complexity")).manifest["arm"] == "complexity"
    assert frozen(study).manifest["arm"] is None


def test_a_preset_groups_as_its_paper_does(study):
    photodynamic_nails(study)

    codes = {
        preset: said(frozen(study, rule(preset=preset)), "primary_cancer")[:2] for preset in (None, "clunk", "cox")
    }

    assert codes == {None: ["lung_nsclc", "colorectal"], "clunk": ["lung", "other"], "cox": ["other", "other"]}


@pytest.mark.parametrize(
    "document",
    [
        rule(include=[one("shoe_size", "ge", 40)]),
        rule(include=[one("pain@never", "ge", 4)]),
        rule(include=[one("joy@preop", "ge", 4)]),
        rule(include=[one("sex", "ge", 4)]),
        rule(arm="shoe_size"),
        rule(subgroups=["shoe_size"]),
        rule(preset="unheard_of"),
        {"procedures": "most"},
    ],
)
def test_a_rule_that_names_what_there_is_not_is_refused_in_words(study, document):
    operated(study, "A")

    with pytest.raises(RuleError):
        preview(study, document)
    with pytest.raises(freeze.CannotFreeze, match="cannot be followed"):
        frozen(study, document)


def test_the_screening_log_is_counted(study, north):
    entered = operated(study, "A").patient
    answers = {"log_number": "1", "answers": {}, "treated": (date(2021, 1, 1), "day"), "not_entered_reason": ""}
    record_case(study=study, site=north, patient=entered, by=system_user(), **answers)

    assert frozen(study).manifest["flow"]["screening"] == {
        "screened": 1, "eligible": 0, "ineligible": 0, "pending": 1, "not_entered": 0,
    }  # fmt: skip


def test_a_rule_keeps_its_digest_and_its_queries_however_many_rows_it_weighs(
    study, north, django_assert_max_num_queries
):
    document = rule(include=[one("pain@preop", "ge", 2)], performed={"to": "2099-01-01", "unknown": "in"})
    counts, digests = [], [frozen(study, document).digest]
    for _ in range(2):
        build_cohort_rows(study, north, 10)
        with django_assert_max_num_queries(40) as queries:
            digests.append(frozen(study, document).digest)
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert len(set(digests)) == 3
    assert frozen(study, document).digest == digests[-1]


def test_a_rule_that_is_not_saved_yet_is_previewed_over_its_studies(study, north):
    build_cohort_rows(study, north, 4)

    flow = freeze.preview(None, rule(), [north.pk], studies=[study])

    assert flow == frozen(study).manifest["flow"]


def test_a_corrected_date_moves_a_patient_in_or_out(study):
    """The negative control of the period: the same patient, another year."""
    procedure = operated(study, "A", on=date(2021, 3, 1))
    period = rule(performed={"from": "2021-01-01"})
    assert numbers(frozen(study, period)) == ["A"]

    correct_procedure(procedure, version=procedure.version, reason="misread", by=system_user(),
                      performed_on=date(2020, 3, 1), performed_precision="day")  # fmt: skip

    assert numbers(frozen(study, period)) == []


def test_nobody_left_is_a_freeze_too(study):
    photodynamic_nails(study)
    gone = operated(study, "Z").patient
    withdraw_patient(patient=gone, on=date(2022, 1, 1), reason="asked to", by=system_user())

    for unit in ("patient", "fracture"):
        made = frozen(study, rule(unit=unit, include=[one("age", "ge", 120)]))
        assert (made.procedures.num_rows, made.manifest["covariates"], adds_up(made.manifest["flow"])) == (0, {}, True)
        assert freeze.columns_of(made).rows == 0
