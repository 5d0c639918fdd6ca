"""A manifest signed by each site whose rows it names: Ed25519 over its canonical JSON without the signatures."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from outcomes.pooling.keys import key_for, signer_of
from outcomes.pooling.signing import KeyUnreadable, SignatureInvalid, check_signature, sign
from registry import jobs
from registry.models import Site, User

SIGNATURES = "signatures"


def unsigned(manifest: Mapping) -> dict:
    return {key: value for key, value in manifest.items() if key != SIGNATURES}


def signed(manifest: Mapping, site_ids: Sequence[UUID], by: User) -> dict:
    """The manifest with the signature of each site, in order of their codes. JobFailed where a key cannot be read."""
    sites = Site.objects.filter(pk__in=site_ids).order_by("code")
    try:
        each = [
            {"site": site.code} | sign(unsigned(manifest), signer_of(key_for(site=site, by=by)))["signature"]
            for site in sites
        ]
    except KeyUnreadable as error:
        raise jobs.JobFailed(str(error)) from error
    return unsigned(manifest) | {SIGNATURES: each}


def check_signed(manifest: Mapping, publics: Mapping[str, bytes]) -> None:
    """SignatureInvalid where a site's signature, by its public key, is missing or of another content."""
    said = {each["site"]: {key: each[key] for key in each if key != "site"} for each in manifest.get(SIGNATURES, ())}
    for site, public in publics.items():
        if site not in said:
            raise SignatureInvalid(f"The manifest is not signed by {site}.")
        check_signature(unsigned(manifest) | {"signature": said[site]}, public)
