"""The addresses of the API."""

from django.contrib.auth.decorators import login_required
from django.urls import path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

from config.api import UnknownAddress
from outcomes.api import CohortEndpoint, JobEndpoint, PlanSchemaView, ResultEndpoint
from outcomes.api_bundles import BundleView
from outcomes.api_capabilities import CapabilitiesView
from outcomes.api_freezes import FreezeEndpoint
from outcomes.api_pooling import (
    ContributorEndpoint,
    KeyEndpoint,
    PooledResultEndpoint,
    PoolingStudyEndpoint,
)
from outcomes.api_sharing import SpecEndpoint, SummaryEndpoint
from registry.api import (
    EventEndpoint,
    PatientEndpoint,
    ProcedureEndpoint,
    ScoreEndpoint,
    TreatmentEndpoint,
    VisitEndpoint,
)
from registry.api_changes import ChangeEndpoint
from registry.api_dictionary import DictionaryVersionView, DictionaryView
from registry.api_pulls import PullEndpoint
from registry.api_rules import RuleCatalogueView
from reports.api_releases import ReleaseEndpoint

router = SimpleRouter()
router.register("patients", PatientEndpoint, "api-patient")
router.register("procedures", ProcedureEndpoint, "api-procedure")
router.register("visits", VisitEndpoint, "api-visit")
router.register("scores", ScoreEndpoint, "api-score")
router.register("events", EventEndpoint, "api-event")
router.register("treatments", TreatmentEndpoint, "api-treatment")
router.register("pulls", PullEndpoint, "api-pull")
router.register("changes", ChangeEndpoint, "api-change")
router.register("cohorts", CohortEndpoint, "api-cohort")
router.register("jobs", JobEndpoint, "api-job")
router.register("results", ResultEndpoint, "api-result")
router.register("freezes", FreezeEndpoint, "api-freeze")
router.register("releases", ReleaseEndpoint, "api-release")
router.register("specs", SpecEndpoint, "api-spec")
router.register("summaries", SummaryEndpoint, "api-summary")
router.register("pool/studies", PoolingStudyEndpoint, "api-pooling-study")
router.register("pool/studies/(?P<slug>[^/]+)/contributors", ContributorEndpoint, "api-contributor")
router.register("pool/studies/(?P<slug>[^/]+)/results", PooledResultEndpoint, "api-pooled-result")

urlpatterns = [
    *router.urls,
    path(
        "pool/studies/<str:slug>/keys/",
        KeyEndpoint.as_view({"get": "list", "put": "add"}),
        name="api-contributor-key-list",
    ),
    re_path("^pool/bundles/(?P<sha256>[0-9a-f]{64})/$", BundleView.as_view(), name="api-bundle"),
    path("capabilities/", CapabilitiesView.as_view(), name="api-capabilities"),
    path("dictionary/", DictionaryView.as_view(), name="api-dictionary"),
    path("dictionary/<str:version>/", DictionaryVersionView.as_view(), name="api-dictionary-version"),
    path("rules/", RuleCatalogueView.as_view(), name="api-rules"),
    path("plan-schema/", PlanSchemaView.as_view(), name="api-plan-schema"),
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs/", login_required(SpectacularSwaggerSplitView.as_view(url_name="api-schema")), name="api-docs"),
    re_path("", UnknownAddress.as_view(), name="api-unknown"),
]
