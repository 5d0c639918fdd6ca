"""Addresses of the reports."""

from django.urls import path

from reports import reproduction_views, views

urlpatterns = [
    path("cohorts/", views.cohort_list, name="cohort-list"),
    path("cohorts/<str:slug>/report/", views.cohort_report, name="cohort-report"),
    path("reproductions/", reproduction_views.reproduction_list, name="reproduction-list"),
    path("reproductions/<str:paper>/", reproduction_views.reproduction, name="reproduction"),
    path("results/<uuid:pk>/", views.result_detail, name="result-detail"),
    path("jobs/<uuid:pk>/", views.job_detail, name="job-detail"),
    path("jobs/<uuid:pk>/progress/", views.job_progress, name="job-progress"),
]
