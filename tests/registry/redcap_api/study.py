"""A study with something of everything, and programs that ask for it as REDCap's do."""

import json
from datetime import date, timedelta
from decimal import Decimal

from django.urls import reverse

from registry.actions import patients, people, studies
from registry.models import (
    CementInjection,
    Comorbidity,
    Covariate,
    Event,
    Fracture,
    Malignancy,
    MissingReason,
    OpioidLine,
    RadiationCourse,
    VisitDetails,
)
from tests.builders import build_patient, build_procedure, build_study, build_visit

READ, PULL = ("read:rows",), ("pull:rows",)


def token_of(user, site, *, scopes=READ, study=None, **options) -> str:
    """The text of a new token."""
    _, text = people.issue_token(
        user=user, name="redcap", scopes=list(scopes), sites=site if isinstance(site, list) else [site], study=study,
        life=timedelta(days=1), by=people.system_user(), agreement="DUA 1", **options,
    )  # fmt: skip
    return text


def ask(client, token: str, content: str = "record", **params):
    """POST as a program does; `format` is JSON unless another is named."""
    body = {"token": token, "content": content, "format": "json", **params}
    return client.post(reverse("redcap-api"), body)


def rows_of(client, token: str, content: str = "record", **params) -> list[dict]:
    answer = ask(client, token, content, **params)
    assert answer.status_code == 200, answer.getvalue()
    return json.loads(answer.getvalue())


def a_study(site, slug: str = "hips"):
    """A study with a schedule, four scales and three attributes."""
    study = build_study(slug=slug, site=site, schedule="clunk", instruments=("pain", "opioid", "msts", "ecog"))
    by = people.system_user()
    for name, kind in (("age", "integer"), ("BMI (kg)", "decimal"), ("arm", "category")):
        studies.add_covariate(study=study, name=name, label=f"The {name}", kind=kind, by=by)
    return study


def fill(study, site, number: str, *, pain: int = 3):
    """A patient with attributes, planned and unscheduled visits, reasons for missing, and rows of the chart."""
    by = people.system_user()
    patient = build_patient(study=study, site=site, study_number=number, sex="F", born_on=date(1950, 1, 1),
                            born_precision="year")  # fmt: skip
    said = {"age": Decimal(74), "BMI (kg)": MissingReason.NOT_RECORDED, "arm": "nail"}
    values = [patients.covariate_value(patient=patient, covariate=Covariate.objects.get(study=study, name=name),
                                       value=value) for name, value in said.items()]  # fmt: skip
    patients.record_covariates(values, by=by)
    procedure = build_procedure(patient=patient, kind="pdn", performed_on=date(2024, 3, 1))
    build_procedure(patient=patient, kind="screws", performed_on=date(2025, 1, 1), precision="month", is_index=False)
    build_visit(procedure=procedure, timepoint="preop", day=-2, scores={"pain": 8, "opioid": 1, "ecog": "refused"})
    visit = build_visit(
        procedure=procedure,
        timepoint="w6",
        visited_on=date(2024, 4, 10),
        scores={"pain": pain, "opioid": "refused", "msts": 20},
    )
    build_visit(procedure=procedure, timepoint="m3", missed="lost")
    one = build_visit(procedure=procedure, timepoint=None, day=9, scores={"pain": 1})
    two = build_visit(procedure=procedure, timepoint=None, day=15, scores={"pain": 2})
    chart(patient, procedure, (visit, one, two), by)
    return patient


def chart(patient, procedure, visits, by) -> None:
    """Rows of the chart's forms: repeated, with boxes, partial dates and reasons."""
    kept = {"site": patient.site, "recorded_by": by}
    Malignancy.objects.create(patient=patient, primary_cancer="other", primary_other="of the pineal gland",
                              diagnosed_on=date(2020, 5, 1), diagnosed_precision="month", **kept)  # fmt: skip
    Malignancy.objects.create(patient=patient, unavailable="unknown", **kept)
    first, second = (level for level, _ in Fracture._meta.get_field("levels").base_field.flatchoices[:2])
    Fracture.objects.create(
        patient=patient, levels=[first, second], missing={"additional_sites": "not_recorded"}, **kept
    )
    Fracture.objects.create(patient=patient, levels=[], si_joint_involved=False, **kept)
    Comorbidity.objects.create(procedure=procedure, height_cm=Decimal("170.5"), diabetes=True,
                               missing={"weight_kg": "not_done"}, **kept)  # fmt: skip
    CementInjection.objects.create(procedure=procedure, volume_ml=Decimal("4.5"), leak=False, **kept)
    RadiationCourse.objects.create(
        patient=patient, started_on=date(2024, 2, 1), started_precision="day", dose_gy=30, **kept
    )
    for number in (1, 2):
        Event.objects.create(procedure=procedure, kind="complication", complication="wound",
                             description=f"Words {number}", happened_on=date(2024, 3, number + 2),
                             happened_precision="day", **kept)  # fmt: skip
    VisitDetails.objects.create(visit=visits[0], pain_scale_type="nrs_0_10", mme_reported=Decimal("12.50"), **kept)
    for visit in visits:
        OpioidLine.objects.create(visit=visit, drug="oxycodone", route="oral", strength=5, units_per_day=2, **kept)
