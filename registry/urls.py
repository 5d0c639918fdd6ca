"""Addresses of the record."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from registry.views import (
    chart,
    chart_standing,
    completeness,
    drafts,
    enrolment,
    home,
    patients,
    rules,
    samples,
    screening,
    standing,
    status_grid,
    visits,
    worklist,
)

urlpatterns = [
    path("", home.home, name="home"),
    path("login/", LoginView.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("patients/", patients.patient_list, name="patient-list"),
    path("patients/<uuid:pk>/", patients.patient_detail, name="patient-detail"),
    path("patients/<uuid:pk>/correct/", enrolment.patient_correct, name="patient-correct"),
    path("patients/<uuid:pk>/withdraw/", standing.patient_withdraw, name="patient-withdraw"),
    path("patients/<uuid:pk>/error/", standing.patient_error, name="patient-error"),
    path("patients/<uuid:pk>/procedures/new/", enrolment.procedure_create, name="procedure-create"),
    path("patients/<uuid:pk>/forms/<slug:key>/", chart.chart_form, name="chart-form"),
    path("patients/<uuid:pk>/forms/<slug:key>/derived/", chart.chart_derived, name="chart-derived"),
    path(
        "patients/<uuid:pk>/forms/<slug:key>/unavailable/", chart_standing.chart_unavailable, name="chart-unavailable"
    ),
    path("forms/<slug:key>/<uuid:pk>/", chart.chart_row, name="chart-row"),
    path("forms/<slug:key>/<uuid:pk>/error/", chart_standing.chart_row_error, name="chart-row-error"),
    path("studies/<str:slug>/patients/new/", enrolment.patient_create, name="patient-create"),
    path("studies/<str:slug>/screening/", screening.screening_log, name="screening-log"),
    path("studies/<str:slug>/screening/new/", screening.screening_create, name="screening-create"),
    path("screening/<uuid:pk>/", screening.screening_case, name="screening-case"),
    path("screening/<uuid:pk>/error/", screening.screening_error, name="screening-error"),
    path("procedures/<uuid:pk>/", enrolment.procedure_correct, name="procedure-correct"),
    path("procedures/<uuid:pk>/error/", standing.procedure_error, name="procedure-error"),
    path("visits/<uuid:pk>/error/", standing.visit_error, name="visit-error"),
    path("procedures/<uuid:procedure_id>/visits/new/", visits.visit_create, name="visit-create"),
    path("procedures/<uuid:procedure_id>/visits/check/", visits.visit_check, name="visit-check"),
    path("visits/<uuid:pk>/", visits.visit_correct, name="visit-correct"),
    path("visits/<uuid:pk>/check/", visits.visit_correct_check, name="visit-correct-check"),
    path("drafts/<str:form>/<uuid:target>/", drafts.draft, name="draft"),
    path("samples/", samples.sample_list, name="sample-list"),
    path("samples/new/", samples.sample_new, name="sample-new"),
    path("samples/<uuid:pk>/", samples.sample_detail, name="sample-detail"),
    path("readings/<uuid:pk>/", samples.reading_make, name="reading-make"),
    path("readings/<uuid:pk>/settle/", samples.reading_settle, name="reading-settle"),
    path("rules/", rules.rule_catalogue, name="rule-catalogue"),
    path("worklist/", worklist.worklist, name="worklist"),
    path("studies/<slug:slug>/grid/", status_grid.status_grid, name="status-grid"),
    path("studies/<slug:slug>/completeness/", completeness.completeness, name="completeness"),
    path("studies/<slug:slug>/completeness.csv", completeness.completeness_csv, name="completeness-csv"),
]
