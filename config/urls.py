"""The street map."""

from django.urls import include, path

urlpatterns = [
    path("", include("registry.urls")),
    path("", include("outcomes.urls")),
    path("", include("reports.urls")),
    path("api/v1/", include("config.api_urls")),
]
