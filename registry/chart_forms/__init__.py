"""What is typed of a patient, a procedure and the forms of the chart, shown and handed to the actions."""

from registry.chart_forms.chart import ChartForm
from registry.chart_forms.enrolment import EnrolForm, PatientForm, ProcedureForm
from registry.chart_forms.reasons import ReasonForm, UnavailableForm, WithdrawForm

__all__ = [
    "ChartForm",
    "EnrolForm",
    "PatientForm",
    "ProcedureForm",
    "ReasonForm",
    "UnavailableForm",
    "WithdrawForm",
]
