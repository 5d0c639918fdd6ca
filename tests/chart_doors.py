"""The doors of the chart, of enrolment and of the screening log: where each is, and what is sent."""

from django.urls import reverse

from registry.actions.chart import save_form
from registry.actions.screening import record_case
from registry.chart import FORMS
from tests.builders import key

REASON = {"reason": "wrong person", "version": 1}
# name: (the row it is about, the arguments of its address, what is sent)
CHART_DOORS = {
    "patient-create": ("study", ("study.slug",), {"study_number": "N-900", "kind": "pdn"}),
    "patient-correct": ("patient", ("patient.pk",), {"study_number": "N-901", **REASON}),
    "patient-withdraw": ("patient", ("patient.pk",), {"on": "2024-06-01", **REASON}),
    "patient-error": ("patient", ("patient.pk",), REASON),
    "procedure-create": ("patient", ("patient.pk",), {"kind": "screws", "performed": "2024-05-01"}),
    "procedure-correct": ("procedure", ("procedure.pk",), {"kind": "screws", "performed": "2024", **REASON}),
    "procedure-error": ("procedure", ("procedure.pk",), REASON),
    "visit-error": ("visit", ("visit.pk",), REASON),
    "chart-form": ("patient", ("patient.pk", "malignancy"), "form"),
    "chart-row": ("chart", ("malignancy", "chart.pk"), "form"),
    "chart-row-error": ("chart", ("malignancy", "chart.pk"), REASON),
    "chart-derived": ("patient", ("patient.pk", "vital_status"), "form"),
    "chart-unavailable": ("patient", ("patient.pk", "metastasis"), {"reason_code": "not_recorded"}),
    "screening-log": ("study", ("study.slug",), {}),
    "screening-create": ("study", ("study.slug",), {"log_number": "S-2"}),
    "screening-case": ("case", ("case.pk",), {"log_number": "S-1", "answer_adult": "yes", "version": 1}),
    "screening-error": ("case", ("case.pk",), REASON),
}


def chart_rows(patient, by) -> dict:
    """A filled form of a patient, and a case of the screening log."""
    values = {"primary_cancer": "breast"}
    row = save_form(form=FORMS["malignancy"], parent=patient, row=None, values=values, by=by)
    case = record_case(study=patient.study, site=patient.site, log_number="S-1", answers={}, by=by)
    return {"chart": row, "case": case}


def chart_address(name: str, rows: dict) -> str:
    """Where a door of the chart is: 'patient.pk' is a row's own, a word without a dot stands for itself."""
    arguments = [argument.split(".") for argument in CHART_DOORS[name][1]]
    return reverse(name, args=[getattr(rows[word], rest[0]) if rest else word for word, *rest in arguments])


def chart_body(name: str, rows: dict) -> dict:
    """What somebody who may would send."""
    body = CHART_DOORS[name][2]
    if body != "form":
        return {"data": body | {"site": str(rows["study"].sites.get().pk)}}
    return {"data": {"submission_key": str(key()), "version": 1, "value_primary_cancer": "breast"}}
