"""The street map."""

from django.urls import include, path

from config.health import livez, readyz
from config.problems import problem

urlpatterns = [
    path("", include("registry.urls")),
    path("", include("outcomes.urls")),
    path("", include("reports.urls")),
    path("livez", livez, name="livez"),
    path("readyz", readyz, name="readyz"),
    path("problems/<slug:name>/", problem, name="problem"),
    path("api/v1/", include("config.api_urls")),
]
handler500 = "config.server_errors.failed"
