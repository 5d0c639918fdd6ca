"""The published plans of Cox and of Gupta on charts that were filled in the registry."""

import pytest

from outcomes.plans.fit import fit
from outcomes.plans.shipped import shipped
from tests.builders import build_study, build_visit
from tests.outcomes.charted import days_after, fill, frozen, nothing, operated, said, times

pytestmark = pytest.mark.django_db


def absent(fitted) -> set[str]:
    """The covariates and times to events that a plan names and the cohort does not have."""
    told = [part for each in fitted.left_out for part in each["reason"].removeprefix("the cohort has ").split(", ")]
    return {part.removeprefix("no ") for part in told if "instrument" not in part and "timepoint" not in part}


def lived(procedure, days: int, **more):
    on = days_after(procedure, days)
    return fill("vital_status", procedure.patient, status="alive", last_known_alive_on=on, lost_to_follow_up="no",
                reviewed_through_on=on, **more)  # fmt: skip


@pytest.fixture
def cox(north):
    """Three with cement and screws or cement alone; one of them had an injection for pain, one a screw removed."""
    study = build_study(
        slug="screws", site=north, schedule="cox", instruments=("msts", "pain", "opioid"), default_plan="cox2025",
        arm="treatment",
    )  # fmt: skip
    kinds = ("sacroplasty_with_screws", "sacroplasty", "sacroplasty")
    cancers = ("multiple_myeloma", "hepatocellular", "breast")
    statuses = ("pathologic_minimally_displaced", "impending", "pathologic_minimally_displaced")
    rows = [operated(study, number, kind=kind) for number, kind in zip("ABC", kinds, strict=True)]
    for procedure, cancer, status in zip(rows, cancers, statuses, strict=True):
        fill("malignancy", procedure.patient, primary_cancer=cancer)
        fill("fracture", procedure.patient, etiology="metastatic", status=status, side="left")
        lived(procedure, 200)
        after = build_visit(procedure=procedure, timepoint="m1", scores={"pain": 3})
        fill("visit_details", after, opioid_change="decreased", opioid_change_method="narrative")
    fill("ablation", rows[1], modality="rfa")
    nothing("ablation", rows[0])
    fill("radiation", rows[0].patient, started_on="2020-06", field_includes_sacrum="yes")
    nothing("radiation", rows[1].patient)
    fill("secondary_procedure", rows[0], secondary="hardware_removal", reason="hardware_problem",
         happened_on=days_after(rows[0], 150))  # fmt: skip
    fill("secondary_procedure", rows[1], secondary="si_joint_steroid_injection", reason="unresolved_pain",
         happened_on=days_after(rows[1], 30))  # fmt: skip
    return study


def test_cox_finds_its_covariates_and_its_times(cox):
    made = frozen(cox)

    fitted = fit(shipped("cox2025"), made.manifest)

    assert absent(fitted) == set()
    assert made.manifest["arm"] == "treatment"
    expected = {
        "treatment": ["screws_and_cement", "sacroplasty", "sacroplasty"],
        "primary_cancer": ["multiple_myeloma", "hepatocellular", "other"],
        "ablation": ["none", "radiofrequency", None],
        "lesion": ["pathological", "impending", "pathological"],
        "prior_radiation": ["yes", "no", None],
        "opioid_change": ["decreased"] * 3,
        "secondary_procedure": ["no", "yes", "no"],  # the screw that was removed is not one for unresolved pain
        "follow_up_months": ["6.6"] * 3,
    }
    assert {name: said(made, name) for name in expected} == expected
    assert times(made, "secondary_procedure") == [(200, 0), (30, 1), (200, 0)]
    assert times(made, "survival") == [(200, 0)] * 3


def test_cox_counts_a_secondary_procedure_of_any_reason_where_no_preset_is_asked(cox):
    cox.default_plan = ""
    cox.save()

    assert said(frozen(cox), "secondary_procedure") == ["yes", "yes", "no"]


@pytest.fixture
def gupta(north):
    study = build_study(
        slug="cement", site=north, schedule="gupta", instruments=("pain", "fms", "as", "fourp"), arm="etiology",
        default_plan="gupta2014",
    )  # fmt: skip
    rows = [operated(study, number, kind="sacroplasty", born=1940) for number in "ABC"]
    for procedure, etiology in zip(rows, ("metastatic", "osteoporotic", "minor_trauma"), strict=True):
        status = "pathologic_minimally_displaced" if etiology == "metastatic" else "insufficiency"
        if etiology == "metastatic":
            fill("malignancy", procedure.patient, primary_cancer="lung_sclc")
        fill("fracture", procedure.patient, etiology=etiology, status=status, side="bilateral",
             additional_pelvic_fracture="no")  # fmt: skip
        fill("operation", procedure, sedation="general", guidance=["ct"], cement_used="yes")
        fill("cement", procedure, side="left", approach="short_axis", volume_ml="3", leak="no")
        fill("cement", procedure, side="right", approach="short_axis", volume_ml="2.5", leak="no")
        for timepoint, days, pain in (("pre", -2, 8), ("st", 27, 2)):
            build_visit(procedure=procedure, timepoint=timepoint, visited_on=None, day=days, scores={"pain": pain})
    return study


def test_gupta_finds_its_covariates(gupta):
    made = frozen(gupta)

    fitted = fit(shipped("gupta2014"), made.manifest)

    assert absent(fitted) == {"covariate prior_augmentation"}  # no form asks it
    expected = {
        "etiology": ["cancer", "non_cancer", "non_cancer"],
        "fracture_etiology": ["cancer", "osteoporotic", "minor_trauma"],
        "primary_cancer": ["small_cell_lung", None, None],
        "sedation": ["general_anaesthesia"] * 3,
        "guidance": ["ct"] * 3,
        "sides_treated": ["bilateral"] * 3,
        "fractures": ["1"] * 3,
        "follow_up_days": ["27"] * 3,
    }
    assert {name: said(made, name) for name in expected} == expected
    assert "pain_non_cancer_change" in {entry["id"] for entry in fitted.plan["analyses"]}


def test_an_unfilled_chart_is_the_control(north):
    """The same plans on the same procedures, of which nothing is charted."""
    for slug, schedule, plan in (("a", "cox", "cox2025"), ("b", "gupta", "gupta2014")):
        study = build_study(slug=slug, site=north, schedule=schedule, instruments=("pain",), default_plan=plan)
        operated(study, "A", kind="sacroplasty")

        assert {"covariate primary_cancer", "covariate age"} & absent(fit(shipped(plan), frozen(study).manifest)) == {
            "covariate primary_cancer"
        }
