"""What a freeze holds of the chart: each value against what was typed, and unknown where nobody said."""

import json
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection

from outcomes import freeze
from outcomes.analyses.run import run
from outcomes.plans.fit import fit
from outcomes.plans.shipped import shipped
from registry.actions.patients import covariate_value, record_covariates, record_times
from registry.actions.people import system_user
from registry.actions.studies import add_covariate
from registry.models import TimeToEvent
from tests.builders import build_site, build_study, build_visit
from tests.outcomes.charted import days_after, fill, frozen, nothing, operated, photodynamic_nails, said, times

pytestmark = pytest.mark.django_db


@pytest.fixture
def study(north):
    return build_study(
        slug="nails", site=north, instruments=("pain", "opioid", "ecog", "cpaf"), default_plan="clunk2025"
    )


@pytest.fixture
def nails(study):
    return photodynamic_nails(study)


EXPECTED = {
    "age": ["71", "60", "81"],
    "sex": ["F", "M", "F"],
    "primary_cancer": ["lung", "other", None],
    "cancer": ["yes", "yes", None],
    "additional_metastases": ["yes", "no", None],
    "metastases_liver": ["yes", "no", None],
    "metastases_lung": ["no", "no", None],
    "metastases_other": ["yes", "no", None],
    "indication": ["impending_pathologic_fracture", "insufficiency_fracture_radiation_osteitis", None],
    "lesion": ["impending", None, None],
    "fracture_side": ["left", "bilateral", None],
    "levels_s1": ["yes", None, None],
    "asa_class": ["3", None, None],
    "aacci": ["9", None, None],  # 6 for the metastatic tumour, 3 for 71 years
    "bmi": ["22.5", None, None],
    "katagiri_growth": ["rapid", None, None],
    "complexity": ["simple", "complex", None],
    "pdn_count": ["2", "1", None],
    "additional_hardware_tha": ["no", "yes", None],
    "operative_minutes": ["84", "190", None],
    "blood_loss_ml": ["50", "300", None],
    "stay_days": ["2", None, None],
    "icu_admission": ["no", "yes", None],
    "guidance": ["several", "ct", None],
    "guidance_fluoroscopy": ["yes", "no", None],
    "ablation": ["no", None, None],
    "radiation_therapy": ["yes", "no", None],
    "radiation_neoadjuvant": ["yes", None, None],
    "radiation_adjuvant": ["no", None, None],
    "prior_radiation": ["yes", "no", None],
    "systemic_therapy": ["yes", "no", None],
    "systemic_neoadjuvant": ["yes", None, None],
    "vte": ["yes", "no", None],
    "readmission": ["no", "no", None],
    "complication": ["yes", "no", None],
    "clavien_dindo": ["II", None, None],
    "vital_status": ["deceased", "alive", None],
    "follow_up_years": ["1.1", "2", None],
}


def test_each_variable_says_what_was_typed_and_nothing_where_nobody_said(study, nails):
    made = frozen(study)

    assert {name: said(made, name) for name in EXPECTED} == EXPECTED


def test_a_variable_that_nobody_has_is_no_column(study, nails):
    columns = frozen(study).procedures.column_names

    assert "cement_ml" not in columns and "smoking" not in columns
    assert "systemic_adjuvant" not in columns  # whether it went on after the procedure is not known
    assert "additional_hardware_plate" not in columns  # a code of a list that nobody has


def test_times_to_events_follow_from_the_record(study, nails):
    made = frozen(study)

    assert times(made, "survival") == [(400, 1), (731, 0), None]
    assert made.manifest["survival"]["survival"] == {
        "units": ["days"],
        "decimals": 0,
        "label": "Death",
        "where": "derived",
    }
    # Reviewed through the whole follow-up and none recorded: followed without one. The second's review is not told.
    assert times(made, "secondary_procedure") == [(400, 0), None, None]


def test_a_secondary_procedure_ends_the_time_to_it(study, nails):
    after = {"reason": "hardware_problem", "happened_on": days_after(nails[0], 150)}
    fill("secondary_procedure", nails[0], secondary="hardware_removal", **after)
    nothing("secondary_procedure", nails[1])

    made = frozen(study)

    assert times(made, "secondary_procedure") == [(150, 1), (731, 0), None]
    assert said(made, "secondary_procedure") == ["yes", "no", None]
    assert said(made, "secondary_procedure_for_pain") == ["no", "no", None]
    for_pain = frozen(study, {"procedures": "index", "preset": "cox"})
    assert times(for_pain, "secondary_procedure") == [(400, 0), (731, 0), None]


def test_the_manifest_says_what_each_covariate_and_each_of_its_codes_is_called(study, nails):
    covariates = frozen(study).manifest["covariates"]

    assert covariates["operative_minutes"]["label"] == "Operative time"
    assert (covariates["operative_minutes"]["unit"], covariates["operative_minutes"]["where"]) == ("min", "chart")
    assert covariates["katagiri_growth"]["labels"]["rapid"] == "Rapid"
    assert covariates["vte"]["labels"] == {"yes": "Yes", "no": "No"}
    assert (covariates["aacci"]["where"], covariates["aacci"]["labels"]) == ("derived", {})


def test_the_published_plan_finds_its_covariates_on_a_recorded_chart(study, nails):
    plan = shipped("clunk2025")
    manifest = frozen(study).manifest

    fitted = fit(plan, manifest)

    absent = {reason.removeprefix("the cohort has no covariate ") for reason in
              (each["reason"] for each in fitted.left_out) if "covariate" in reason}  # fmt: skip
    assert absent == {"systemic_adjuvant"}
    entries = {entry["id"]: entry for entry in fitted.plan["analyses"]}
    columns = freeze.columns_of(frozen(study))
    cancers = run(entries["primary_cancer"], columns)
    lung = cancers["all"]["levels"]["lung"]
    assert (lung["x"], lung["n"], cancers["all"]["missing"]) == (1, 2, 1)


def test_without_its_chart_the_same_cohort_gives_the_plan_hardly_anything(study):
    """The negative control of the fit: three patients, and no form filled."""
    for number in ("A", "B", "C"):
        operated(study, number, kind="pdn")

    fitted = fit(shipped("clunk2025"), frozen(study).manifest)

    assert {"aacci", "complexity", "vte", "primary_cancer"} <= {each["id"] for each in fitted.left_out}


def test_what_the_study_types_wins_over_the_chart(study, nails):
    by = system_user()
    typed = add_covariate(study=study, name="operative_minutes", label="Minutes", kind="integer", by=by)
    record_covariates([covariate_value(patient=nails[0].patient, covariate=typed, value=Decimal(99))], by=by)
    times_typed = [TimeToEvent(site=nails[0].site, procedure=nails[0], name="survival", time=Decimal(7), event=False)]
    record_times(times_typed, by=by)

    made = frozen(study)

    assert said(made, "operative_minutes") == ["99", None, None]
    assert (made.manifest["covariates"]["operative_minutes"]["where"], said(made, "blood_loss_ml")) == (
        "study",
        ["50", "300", None],
    )
    assert made.manifest["covariates"]["operative_minutes"]["label"] == "Minutes"
    assert times(made, "survival") == [(7, 0), None, None]


def test_cement_and_several_fractures_are_told_together(study):
    one = operated(study, "A", kind="sacroplasty")
    for side, volume, leak in (("left", "3.5", "no"), ("right", "4", "yes")):
        sites = {"leak_sites": ["venous"]} if leak == "yes" else {}
        fill(
            "cement", one, side=side, approach="short_axis", volume_ml=volume, leak=leak, balloon_assisted="no", **sites
        )
    fill("fracture", one.patient, etiology="osteoporotic", status="insufficiency", side="left", ffp="IIa")
    fill("fracture", one.patient, etiology="minor_trauma", status="traumatic", side="right", ffp="IVb")

    made = frozen(study)

    expected = {
        "cement_ml": "7.5", "approach": "short_axis", "sides_treated": "bilateral", "cement_leakage": "yes",
        "balloon_assisted": "no", "fractures": "2", "etiology": "several", "ffp": "IVb", "fracture_side": "bilateral",
        "etiology_minor_trauma": "yes",
    }  # fmt: skip
    assert {name: said(made, name)[0] for name in expected} == expected


def test_opioid_doses_before_and_after_and_the_change_between_them(study):
    one = operated(study, "A")
    before = build_visit(procedure=one, timepoint="preop", scores={"opioid": 1})
    after = build_visit(procedure=one, timepoint="w6", visited_on=date(2021, 4, 12), scores={"opioid": 1})
    for visit, units in ((before, "4"), (after, "2")):
        fill("opioid_line", visit, drug="oxycodone", route="oral", strength="10", units_per_day=units, prn="no")

    made = frozen(study)

    told = [said(made, name) for name in ("mme_before", "mme_last", "opioid_change")]
    assert told == [["60"], ["30"], ["decreased"]]


def test_numbers_agree_with_counts_by_sql(study, nails):
    """How many have each value, counted by PostgreSQL from the tables themselves."""
    made = frozen(study)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT operative_time_min FROM registry_operation o JOIN registry_procedure p ON p.id = o.procedure_id "
            "JOIN registry_patient t ON t.id = p.patient_id WHERE o.error_marked_at IS NULL ORDER BY t.study_number"
        )
        minutes = [str(value) for (value,) in cursor]
        cursor.execute("SELECT count(DISTINCT patient_id) FROM registry_malignancy WHERE unavailable IS NULL")
        (cancers,) = cursor.fetchone()

    assert [value for value in said(made, "operative_minutes") if value] == minutes
    assert said(made, "cancer").count("yes") == cancers


def test_the_same_state_has_the_same_digest_and_a_changed_answer_another(study, nails):
    first, again = frozen(study), frozen(study)
    fill("bone_health", nails[2].patient, osteoporosis="yes")

    assert first.digest == again.digest
    assert frozen(study).digest != first.digest


def test_reading_charts_takes_as_many_queries_for_two_patients_as_for_eight(django_assert_max_num_queries):
    counts = []
    for patients in (2, 8):
        study = build_study(site=build_site(), slug=f"with-{patients}", instruments=("pain",))
        for number in range(patients):
            one = operated(study, f"P{number}")
            fill("fracture", one.patient, etiology="osteoporotic", status="insufficiency", side="left")
            fill("operation", one, operative_time_min="60", time_definition="in_room")
            build_visit(procedure=one, timepoint="preop", scores={"pain": 5})
        with django_assert_max_num_queries(40) as queries:
            frozen(study)
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_what_a_manifest_says_is_json(study, nails):
    json.dumps(frozen(study).manifest)
