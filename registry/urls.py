"""Addresses of the record."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from registry.views import home, patients, rules, samples, visits

urlpatterns = [
    path("", home.home, name="home"),
    path("login/", LoginView.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("patients/", patients.patient_list, name="patient-list"),
    path("patients/<uuid:pk>/", patients.patient_detail, name="patient-detail"),
    path("procedures/<uuid:procedure_id>/visits/new/", visits.visit_create, name="visit-create"),
    path("visits/<uuid:pk>/", visits.visit_correct, name="visit-correct"),
    path("samples/", samples.sample_list, name="sample-list"),
    path("samples/new/", samples.sample_new, name="sample-new"),
    path("samples/<uuid:pk>/", samples.sample_detail, name="sample-detail"),
    path("readings/<uuid:pk>/", samples.reading_make, name="reading-make"),
    path("readings/<uuid:pk>/settle/", samples.reading_settle, name="reading-settle"),
    path("rules/", rules.rule_catalogue, name="rule-catalogue"),
]
