"""Addresses of the reports."""

from django.urls import path

from reports import (
    agreement_views,
    cohort_views,
    document_views,
    figures_views,
    freeze_views,
    job_views,
    plan_views,
    reproduction_views,
    views,
)

urlpatterns = [
    path("cohorts/", cohort_views.cohort_list, name="cohort-list"),
    path("cohorts/new/", cohort_views.cohort_new, name="cohort-new"),
    path("cohorts/preview/", cohort_views.cohort_preview, name="cohort-preview"),
    path("cohorts/<str:slug>/", cohort_views.cohort_detail, name="cohort-detail"),
    path("cohorts/<str:slug>/edit/", cohort_views.cohort_edit, name="cohort-edit"),
    path("cohorts/<str:slug>/report/", views.cohort_report, name="cohort-report"),
    path("cohorts/<str:slug>/plans/", plan_views.plan_list, name="plan-list"),
    path("cohorts/<str:slug>/plans/new/", plan_views.plan_new, name="plan-new"),
    path("cohorts/<str:slug>/plans/<str:plan>/", plan_views.plan_detail, name="plan-detail"),
    path("cohorts/<str:slug>/plans/<str:plan>/edit/", plan_views.plan_edit, name="plan-edit"),
    path("cohorts/<str:slug>/plans/<str:plan>/report/", plan_views.plan_report, name="plan-report"),
    path("cohorts/<str:slug>/freezes/", freeze_views.freeze_list, name="freeze-list"),
    path("freezes/<uuid:pk>/", freeze_views.freeze_detail, name="freeze-detail"),
    path("freezes/<uuid:pk>/verify/", freeze_views.freeze_verify, name="freeze-verify"),
    path("freezes/<uuid:pk>/diff/<uuid:other>/", freeze_views.freeze_diff, name="freeze-diff"),
    path("reproductions/", reproduction_views.reproduction_list, name="reproduction-list"),
    path("reproductions/<str:paper>/", reproduction_views.reproduction, name="reproduction"),
    path("figures/check/", figures_views.figures_check, name="figures-check"),
    path("samples/<uuid:pk>/agreement/", agreement_views.sample_agreement, name="sample-agreement"),
    path("results/<uuid:pk>/", views.result_detail, name="result-detail"),
    path("jobs/", job_views.job_list, name="job-list"),
    path("jobs/news/", job_views.job_news, name="job-news"),
    path("jobs/<uuid:pk>/", job_views.job_detail, name="job-detail"),
    path("jobs/<uuid:pk>/progress/", job_views.job_progress, name="job-progress"),
    path("jobs/<uuid:pk>/open/", job_views.job_open, name="job-open"),
    path("jobs/<uuid:pk>/cancel/", job_views.job_cancel, name="job-cancel"),
    path("jobs/<uuid:pk>/retry/", job_views.job_retry, name="job-retry"),
    path("jobs/<uuid:pk>/seen/", job_views.job_seen, name="job-seen"),
    path("jobs/<uuid:pk>/documents/", document_views.document_make, name="document-make"),
    path("documents/<uuid:pk>/", document_views.document_detail, name="document-detail"),
    path("documents/<uuid:pk>/<str:name>/", document_views.document_file, name="document-file"),
]
