"""Patients whose chart is filled through the actions, for tests of what a freeze makes of it."""

from datetime import date, timedelta

from outcomes import freeze
from outcomes.cohorts import visible_cohorts
from outcomes.columns import Column, number_text
from outcomes.models import Cohort
from registry.actions.chart import mark_form_unavailable, save_form
from registry.actions.people import system_user
from registry.chart import FORMS
from registry.models import Procedure, Study
from tests.builders import build_patient, build_procedure, build_visit

DAY_0 = date(2021, 3, 1)
NOTHING = "not_applicable"
INDEX = {"procedures": "index"}


def fill(key: str, parent, **values):
    """A row of a form, its answers as people write them."""
    return save_form(form=FORMS[key], parent=parent, row=None, values=values, overrides=None, by=system_user())


def nothing(key: str, parent, reason: str = NOTHING):
    """Say that there is nothing to fill in, or why a form cannot be filled."""
    return mark_form_unavailable(form=FORMS[key], parent=parent, row=None, reason_code=reason, by=system_user())


def operated(study: Study, number: str, *, born: int = 1950, sex: str = "F", on: date = DAY_0, **fields) -> Procedure:
    """A patient with an index procedure."""
    patient = build_patient(
        study=study, study_number=number, sex=sex, born_on=date(born, 1, 1), born_precision="year",
    )  # fmt: skip
    return build_procedure(patient=patient, performed_on=on, **fields)


def days_after(procedure: Procedure, days: int) -> str:
    return (procedure.performed_on + timedelta(days=days)).isoformat()


def cohort_of(study: Study, rule: dict | None = None) -> Cohort:
    """The study's default cohort, under this rule where one is given (not saved)."""
    cohort = visible_cohorts(system_user()).get(slug=study.slug)
    cohort.rule = cohort.rule if rule is None else rule
    return cohort


def frozen(study: Study, rule: dict | None = None) -> freeze.Frozen:
    return freeze.freeze(cohort_of(study, rule), [site.pk for site in study.sites.all()])


def said(made: freeze.Frozen, name: str) -> list[str | None]:
    """A covariate's values in canonical order, as they are written; None where there is none."""
    column = freeze.columns_of(made).covariates[name]
    if isinstance(column, Column):
        pairs = zip(column.values.tolist(), column.present.tolist(), strict=True)
        return [number_text(value, column.decimals) if there else None for value, there in pairs]
    pairs = zip(column.codes.tolist(), column.present.tolist(), strict=True)
    return [column.levels[code] if there else None for code, there in pairs]


def times(made: freeze.Frozen, name: str) -> list[tuple[int, int] | None]:
    """(time, event) of a time to an event."""
    time, event = freeze.columns_of(made).survival[name]
    rows = zip(time.values.tolist(), event.values.tolist(), time.present.tolist(), strict=True)
    return [(days, ended) if there else None for days, ended, there in rows]


def photodynamic_nails(study: Study) -> list[Procedure]:
    """Three patients in the shape of Clunk's: charted, half charted, hardly charted."""
    first, second, third = (
        operated(study, "A", born=1950, sex="F", kind="pdn"),
        operated(study, "B", born=1961, sex="M", kind="pdn"),
        operated(study, "C", born=1940, sex="F", kind="pdn"),
    )
    charted_wholly(first)
    charted_in_part(second)
    for procedure, pains in ((first, {"preop": 8, "w6": 3}), (second, {"preop": 7, "w6": 4}), (third, {"preop": 6})):
        for timepoint, pain in pains.items():
            build_visit(procedure=procedure, timepoint=timepoint, scores={"pain": pain})
    return [first, second, third]


def charted_wholly(first: Procedure) -> None:
    """Lung cancer, two nails, a thrombosis; died after 400 days, reviewed until then."""
    conditions = {
        "asa_class": "3",
        "history_reviewed": "yes",
        "tumour_metastatic": "yes",
        "height_cm": "170",
        "weight_kg": "65",
    }
    fill("malignancy", first.patient, primary_cancer="lung_nsclc", diagnosed_on="2019")
    fill("metastasis", first.patient, place="liver")
    fill("metastasis", first.patient, place="brain")
    fill("fracture", first.patient, etiology="metastatic", status="impending", side="left", levels=["s1", "s2"])
    fill("comorbidity", first, **conditions)
    fill("katagiri", first, growth="rapid", visceral="nodular", ecog="2")
    fill(
        "operation", first, pdn_sacral_count="2", additional_hardware=[], sedation="general", ablation_done="no",
        guidance=["ct", "fluoroscopy"], operative_time_min="84", time_definition="skin_to_skin", ebl_ml="50",
        icu_admission="no", discharged_on=days_after(first, 2),
    )  # fmt: skip
    fill(
        "radiation",
        first.patient,
        started_on="2020-11-01",
        ended_on="2020-11-20",
        field_includes_sacrum="yes",
        dose_gy="30",
    )
    fill("systemic", first.patient, drug_class="chemo", started_on="2020-01-01")
    fill("complication", first, complication="vte_dvt", happened_on=days_after(first, 24), clavien_dindo="II")
    fill("vital_status", first.patient, status="deceased", died_on=days_after(first, 400), lost_to_follow_up="no",
         reviewed_through_on=days_after(first, 400))  # fmt: skip


def charted_in_part(second: Procedure) -> None:
    """Colorectal cancer, a nail and a hip; of several lists it is said that there is nothing to fill in."""
    fill("malignancy", second.patient, primary_cancer="colorectal")
    nothing("metastasis", second.patient)
    fill("fracture", second.patient, etiology="radiation", status="insufficiency", side="bilateral")
    fill("operation", second, pdn_sacral_count="1", additional_hardware=["tha"], sedation="general", guidance=["ct"],
         operative_time_min="190", time_definition="skin_to_skin", ebl_ml="300", icu_admission="yes")  # fmt: skip
    nothing("radiation", second.patient)
    nothing("systemic", second.patient)
    nothing("complication", second)
    fill("vital_status", second.patient, status="alive", last_known_alive_on=days_after(second, 731),
         lost_to_follow_up="no")  # fmt: skip


def rule(**more) -> dict:
    return INDEX | more


def one(variable, op, value=None, **more) -> dict:
    return {"variable": variable, "op": op} | ({} if value is None else {"value": value}) | more


def numbers(made: freeze.Frozen) -> list[str]:
    return made.procedures["|study_number"].to_pylist()


def adds_up(flow: dict) -> bool:
    """Enrolled less those who left are those who are in; of procedures and fractures, from those considered on."""
    patients = sum(each["n"] for each in flow["left_out"] if "of" not in each)
    rows = sum(each["n"] for each in flow["left_out"] if "of" in each)
    told = sum(step["n"] + step["unknown"] for step in flow.get("steps", []))
    if not any("of" in each for each in flow["left_out"]) and "fractures" not in flow:
        return flow["enrolled"] - patients == flow["patients"] and (
            "considered" not in flow or flow["considered"] - told == flow["procedures"]
        )
    return rows == told and flow["considered"] - told == (flow.get("fractures") or flow["procedures"])


def preview(study, document) -> dict:
    return freeze.preview(cohort_of(study), document, [site.pk for site in study.sites.all()])
