"""The doors of a place that pools: what each answers, where it is, and what is sent."""

from django.urls import reverse

from outcomes.models import PoolingStudy
from outcomes.pooling.studies import make_study
from tests.outcomes.pooling.studies import small_spec

API_POST = {"post": "405 405 405 405 405 405 401"}
READ_API = {"get": "200 200 200 200 404 404 401", "elsewhere": "404 404 404 404 404 200 401"} | API_POST
# name: (statuses, the row it is about)
POOLING_DOORS = {
    "api-pooling-study-list": ({"get": "200 200 200 200 200 200 401"} | API_POST, ""),
    "api-pooling-study-detail": (READ_API, "pooling_study"),
    "api-contributor-list": (READ_API, "pooling_study"),
    "api-contributor-key-list": (READ_API, "pooling_study"),
    "api-pooled-result-list": (READ_API, "pooling_study"),
    "api-bundle": ({"get": "405 405 405 405 405 405 401"} | API_POST, "bundle_name"),
}


def pooling_rows(site, slug: str, by) -> dict:
    """A pooling study of the site."""
    return {"pooling_study": make_study(site=site, slug=slug, spec=small_spec().document, by=by)}


def pooling_address(name: str, rows: dict) -> str:
    """Where a door of a place that pools is."""
    if name == "api-bundle":
        return reverse(name, args=["0" * 64])
    study: PoolingStudy = rows["pooling_study"]
    return reverse(name, args=[study.slug])
