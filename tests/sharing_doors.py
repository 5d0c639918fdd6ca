"""The doors of what leaves a site: what each answers, where it is, and what is sent."""

import hashlib

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from outcomes.models import Freeze, SentBundle
from outcomes.pooling.jcs import jcs
from outcomes.pooling.proposals import approve_spec, propose_spec
from outcomes.pooling.signing import bundle_id
from outcomes.pooling.spec import as_file
from tests.outcomes.cohorts import columns
from tests.outcomes.pooling.specs import bundle_document, frozen_of, instrument, spec_of

READ = {"get": "403 403 200 403 404 404 302", "elsewhere": "404 404 404 404 404 403 302"}
# Whoever comes by with a GET is led to the spec's page.
DECIDE = {
    "get": "403 403 302 403 404 404 302",
    "elsewhere": "404 404 404 404 404 403 302",
    "post": "403 403 302 403 404 404 302",
}
API_POST = {"post": "405 405 405 405 405 405 401"}
LIST_API = {"get": "200 200 200 200 200 200 401"}
READ_API = {"get": "200 200 200 200 404 404 401", "elsewhere": "404 404 404 404 404 200 401"} | API_POST
AUDIT = {"get": "403 403 200 403 404 404 401", "elsewhere": "404 404 404 404 404 403 401"} | API_POST
# name: (statuses, the row it is about)
SHARING_DOORS = {
    "sharing-list": ({"get": "403 403 200 403 403 403 302", "post": "403 403 302 403 403 403 302"}, ""),
    "sharing-spec": (READ, "spec"),
    "sharing-approve": (DECIDE, "spec"),
    "sharing-retire": (DECIDE, "spec"),
    "sharing-send": (DECIDE, "spec"),
    "sharing-bundle": (READ, "sent_bundle"),
    "sharing-file": (READ, "sent_bundle"),
    "api-spec-list": (LIST_API | {"post": "200 200 200 200 403 404 401"}, ""),
    "api-spec-detail": (READ_API, "spec"),
    "api-summary-list": (LIST_API | {"post": "403 403 202 403 403 403 401"}, ""),
    "api-summary-detail": (READ_API, "sent_bundle"),
    "api-summary-audit": (AUDIT, "sent_bundle"),
}


def small():
    """A spec of a few invented rows, and the rows."""
    few = columns(scores={("pain", "pre"): ["3", "4", None], ("pain", "6w"): ["1", None, "2"]})
    frozen = frozen_of(few, {"pain": instrument()})
    return spec_of(frozen, [{"id": "pain", "type": "describe_by_timepoint", "instrument": "pain"}]), frozen


def sharing_rows(site, freeze: Freeze, by) -> dict:
    """A spec that the site approved, and a bundle that left by it."""
    spec, frozen = small()
    known, _ = propose_spec(site=site, document=spec.document, by=by)
    approve_spec(spec=known, levels=["trusted"], by=by)
    document = bundle_document(spec, frozen, site=site.code)
    content = jcs(document)
    sent = SentBundle.objects.create(
        site=site, spec=known, freeze=freeze, level="suppressed", overlap="none_known", bundle_id=bundle_id(document),
        sha256=hashlib.sha256(content).hexdigest(), kid=document["signature"]["kid"], content=content,
        told=["The table of pain stays here."], made_by=by,
    )  # fmt: skip
    return {"spec": known, "sent_bundle": sent}


def sharing_address(name: str, rows: dict) -> str:
    """Where a door of what leaves a site is."""
    row = SHARING_DOORS[name][1]
    return reverse(name, args=[rows[row].pk] if row else [])


def sharing_body(name: str, rows: dict) -> dict:
    """What somebody who may would be taken with."""
    spec, as_json = small()[0], {"content_type": "application/json"}
    known = rows["spec"]
    if name == "api-spec-list":
        return {"data": {"site": known.site.code, "document": spec.document}} | as_json
    if name == "api-summary-list":
        said = {"freeze": str(rows["freeze"].pk), "spec_hash": known.spec_hash, "level": "trusted"}
        return {"data": said} | as_json
    return {"data": {
        "sharing-list": {"site": known.site.code, "spec": SimpleUploadedFile("spec.json", as_file(spec.document))},
        "sharing-approve": {"trusted": "on"},
        "sharing-retire": {"reason": "the agreement ended"},
        "sharing-send": {"freeze": str(rows["freeze"].pk), "level": "trusted", "overlap": "none_known"},
    }.get(name, {})}  # fmt: skip
