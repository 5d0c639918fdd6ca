"""The doors of what leaves a site: where each is, and what is sent."""

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

# name: the row it is about
SHARING_DOORS = {
    **dict.fromkeys(["sharing-list", "api-spec-list", "api-summary-list"], ""),
    **dict.fromkeys(["sharing-spec", "sharing-approve", "sharing-retire", "sharing-send", "api-spec-detail"], "spec"),
    **dict.fromkeys(["sharing-bundle", "sharing-file", "api-summary-detail", "api-summary-audit"], "sent_bundle"),
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
    row = SHARING_DOORS[name]
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
