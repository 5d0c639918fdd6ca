"""The street map."""

from django.urls import include, path

from config.problems import problem

urlpatterns = [
    path("", include("registry.urls")),
    path("", include("outcomes.urls")),
    path("", include("reports.urls")),
    path("problems/<slug:name>/", problem, name="problem"),
    path("api/v1/", include("config.api_urls")),
]
