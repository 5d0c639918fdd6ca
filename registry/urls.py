"""Addresses of the record."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from registry.views import completeness, drafts, home, patients, rules, samples, status_grid, visits, worklist

urlpatterns = [
    path("", home.home, name="home"),
    path("login/", LoginView.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("patients/", patients.patient_list, name="patient-list"),
    path("patients/<uuid:pk>/", patients.patient_detail, name="patient-detail"),
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
