"""The doors of a place that pools: where each is, and what is sent."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from outcomes.models import ContributorKey
from outcomes.pooling.adding import add_up
from outcomes.pooling.receiving import import_bundle
from outcomes.pooling.signing import as_text
from tests.outcomes.pooling.studies import bundle_of, pooling_study, signer

# name: the row it is about
POOLING_DOORS = {
    **dict.fromkeys(
        ["pooling-detail", "pooling-bundle", "pooling-key", "pooling-revoke", "pooling-add-up", "pooled-report",
         "pooled-file", "pooled-result", "api-pooling-study-detail", "api-contributor-list",
         "api-contributor-key-list", "api-pooled-result-list", "api-pooling-study-sums"], "pooling_study",
    ),
    **dict.fromkeys(["pooling-list", "api-pooling-study-list", "api-bundle"], ""),
}  # fmt: skip


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
    if not POOLING_DOORS[name]:
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
