"""The doors of a place that pools: what each answers, where it is, and what is sent."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from outcomes.models import ContributorKey
from outcomes.pooling.adding import add_up
from outcomes.pooling.receiving import import_bundle
from outcomes.pooling.signing import as_text
from tests.outcomes.pooling.studies import bundle_of, pooling_study, signer

READ = {"get": "200 200 200 200 404 404 302", "elsewhere": "404 404 404 404 404 200 302"}
# Whoever comes by with a GET is led to the study's page.
BY = {"get": "302 302 302 302 404 404 302", "elsewhere": "404 404 404 404 404 302 302"}
API_POST = {"post": "405 405 405 405 405 405 401"}
READ_API = {"get": "200 200 200 200 404 404 401", "elsewhere": "404 404 404 404 404 200 401"} | API_POST
# name: (statuses, the row it is about)
POOLING_DOORS = {
    "pooling-list": ({"get": "200 200 200 200 200 200 302"}, ""),
    "pooling-detail": (READ, "pooling_study"),
    "pooling-bundle": (BY | {"post": "403 403 302 302 404 404 302"}, "pooling_study"),
    "pooling-key": (BY | {"post": "403 403 302 403 404 404 302"}, "pooling_study"),
    "pooling-revoke": (BY | {"post": "403 403 302 403 404 404 302"}, "pooling_study"),
    "pooling-add-up": (BY | {"post": "403 302 302 403 404 404 302"}, "pooling_study"),
    "pooled-report": (READ, "pooling_study"),
    "pooled-file": (READ, "pooling_study"),
    "pooled-result": (READ, "pooling_study"),
    "api-pooling-study-list": ({"get": "200 200 200 200 200 200 401"} | API_POST, ""),
    "api-pooling-study-detail": (READ_API, "pooling_study"),
    "api-contributor-list": (READ_API, "pooling_study"),
    "api-contributor-key-list": (READ_API, "pooling_study"),
    "api-pooled-result-list": (READ_API, "pooling_study"),
    "api-pooling-study-sums": (
        {
            "get": "405 405 405 405 405 405 401",
            "elsewhere": "405 405 405 405 405 405 401",
            "post": "403 202 202 403 404 404 401",
        },
        "pooling_study",
    ),
    "api-bundle": ({"get": "405 405 405 405 405 405 401"} | API_POST, ""),
}


def pooling_rows(site, slug: str, by) -> dict:
    """A pooling study of the site, with what one contributor sent, added up."""
    study = pooling_study(site, slug=slug)
    import_bundle(study, bundle_of("north").content, by=by)
    pooling = add_up(study, by=by)
    return {"pooling_study": study, "pooled_result": pooling.results.first()}


def pooling_address(name: str, rows: dict) -> str:
    """Where a door of a place that pools is."""
    if name == "api-bundle":
        return reverse(name, args=["0" * 64])
    if not POOLING_DOORS[name][1]:
        return reverse(name)
    more = {"pooled-file": ["report.html"], "pooled-result": [rows["pooled_result"].pk]}.get(name, [])
    return reverse(name, args=[rows["pooling_study"].slug, *more])


def pooling_body(name: str, rows: dict) -> dict:
    """What somebody who may would be taken with."""
    if name == "pooling-bundle":
        return {"data": {"bundle": SimpleUploadedFile("bundle.json", bundle_of("south").content)}}
    if name == "pooling-key":
        return {"data": {"code": "west", "name": "West", "public": as_text(signer("another").public)}}
    if name == "pooling-revoke":
        key = ContributorKey.objects.get(contributor__study=rows["pooling_study"], contributor__code="west")
        return {"data": {"key": str(key.pk), "reason": "lost"}}
    return {"data": {}}
