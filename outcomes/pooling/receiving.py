"""Takes a bundle in: who signed it, by which spec it was counted, which release it takes the place of. All or nothing.

The same bundle again changes nothing. What is refused changes nothing either, and says why by its name and in words.
"""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from outcomes.models import Contributor, ContributorKey, PoolingStudy, ReceivedBundle
from outcomes.pooling.about import about_of
from outcomes.pooling.bundle import Bundle, NotABundle, check_against, read_bundle
from outcomes.pooling.jcs import SHA256
from outcomes.pooling.leaf_forms import check_leaves
from outcomes.pooling.levels import check_levels
from outcomes.pooling.refusals import (
    BundleConflict,
    BundleRefused,
    DictionaryUnsupported,
    DigestMismatch,
    KeyRevoked,
    OverlapUndeclared,
    SignatureRefused,
    SpecUnknown,
)
from outcomes.pooling.signing import SignatureInvalid, as_bytes, check_signature
from outcomes.pooling.spec import Spec
from outcomes.pooling.studies import spec_of
from registry.audit import recording
from registry.models import User

ACCEPTED, SUPERSEDED = ReceivedBundle.Status.ACCEPTED, ReceivedBundle.Status.SUPERSEDED
# No data of these tables are older, and a sender's clock may be a day ahead.
EARLIEST, AHEAD = datetime(2000, 1, 1, tzinfo=UTC), timedelta(days=1)


def import_bundle(study: PoolingStudy, content: bytes, *, by: User) -> tuple[ReceivedBundle, bool]:
    """The bundle as it is kept, and whether it is new here. BundleRefused where it is not taken."""
    bundle = understood(content)
    kept = same_content(study, bundle)
    if kept is not None:
        return kept, False
    spec = spec_of(study)
    check_spec(bundle, spec)
    key = signing_key(study, bundle)
    check_release(bundle)
    check_tables(bundle, spec)
    return keep(bundle, key, by=by)


def named_as(content: bytes, sha256: str) -> None:
    """DigestMismatch where the bytes are not those of this name."""
    if hashlib.sha256(content).hexdigest() != sha256.removeprefix("sha256:"):
        raise DigestMismatch("These bytes have another SHA-256 than the address says. Send the file as it was written.")


def understood(content: bytes) -> Bundle:
    """The bundle in the bytes. BundleRefused where they are none."""
    try:
        return read_bundle(content)
    except NotABundle as error:
        if "overlap_declaration" in str(error):
            message = (
                "Say in overlap_declaration whether patients may be at another site too: none_known, possible or "
                "deduplicated."
            )
            raise OverlapUndeclared(message, field="overlap_declaration") from error
        raise BundleRefused(f"This is no bundle. {error}") from error


def study_for(studies: Iterable[PoolingStudy], bundle: Bundle) -> PoolingStudy:
    """The one of these studies that pools by the bundle's spec."""
    found = [study for study in studies if study.spec_hash == bundle.spec_hash]
    if len(found) != 1:
        many = "No study that you may send to pools" if not found else "More than one study pools"
        raise SpecUnknown(f"{many} by this spec.", field="spec_hash", value=bundle.spec_hash)
    return found[0]


def check_spec(bundle: Bundle, spec: Spec) -> None:
    """SpecUnknown or DictionaryUnsupported where it was counted by something else than the study's spec."""
    if bundle.spec_hash != spec.hash:
        message = "This study pools by another spec. What was counted in two ways is never added."
        raise SpecUnknown(message, field="spec_hash", value=bundle.spec_hash)
    if bundle.document["dictionary_version"] != spec.dictionary_version:
        message = "The instruments behind these tables mean something else than those of the spec."
        raise DictionaryUnsupported(message, field="dictionary_version", value=bundle.document["dictionary_version"])


def signing_key(study: PoolingStudy, bundle: Bundle) -> ContributorKey:
    """The key that signed, of the contributor that the bundle is of. SignatureRefused or KeyRevoked."""
    keys = ContributorKey.objects.select_related("contributor")
    key = keys.filter(contributor__study=study, contributor__code=bundle.site, kid=bundle.kid).first()
    if key is None:
        message = f"No contributor {bundle.site} of this study has a key that is called {bundle.kid}."
        raise SignatureRefused(message, field="signature.kid", value=bundle.kid)
    try:
        check_signature(bundle.document, as_bytes(key.public))
    except SignatureInvalid as error:
        raise SignatureRefused(str(error), field="signature") from error
    check_key(key)
    return key


def check_key(key: ContributorKey) -> None:
    now = timezone.now()
    if key.revoked_at is not None:
        message = f"This key was revoked on {key.revoked_at:%-d %B %Y}. Sign with a key that is in force."
        raise KeyRevoked(message, field="signature.kid", value=key.kid)
    if now < key.valid_from or (key.valid_to is not None and now >= key.valid_to):
        raise SignatureRefused("This key is not in force now.", field="signature.kid", value=key.kid)


def check_release(bundle: Bundle) -> None:
    """BundleRefused where a release's names or moments are none that can be kept."""
    for name in ("digest", "supersedes"):
        text = bundle.release[name]
        if text is not None and not SHA256.fullmatch(text):
            raise BundleRefused(f"release.{name}: it is no SHA-256.", field=f"release.{name}", value=text)
    moment(bundle.release["as_of"])
    moment(bundle.document["created"], "created")


def check_tables(bundle: Bundle, spec: Spec) -> None:
    """BundleRefused where the tables are not those of the spec, or hold what no patient of it can have."""
    try:
        check_against(bundle, spec)
        check_levels(bundle, spec)
        check_leaves(bundle, spec)
        about_of(bundle)
    except NotABundle as error:
        raise BundleRefused(f"This bundle is not as its spec says. {error}") from error


def same_content(study: PoolingStudy, bundle: Bundle) -> ReceivedBundle | None:
    """The bundle where it is here already, byte for byte."""
    return ReceivedBundle.objects.filter(study=study, sha256=digest(bundle)).first()


def digest(bundle: Bundle) -> str:
    """Of the canonical bytes: spaces and the order of keys make no other bundle."""
    return hashlib.sha256(bundle.content).hexdigest()


@transaction.atomic
def keep(bundle: Bundle, key: ContributorKey, *, by: User) -> tuple[ReceivedBundle, bool]:
    """Write it down, one at a time for a contributor: the second of two at once finds the first."""
    contributor = Contributor.objects.select_for_update().select_related("study").get(pk=key.contributor_id)
    kept = same_content(contributor.study, bundle)
    if kept is not None:
        return kept, False
    earlier = list(contributor.bundles.defer("content"))
    status = standing(bundle, earlier)
    with recording(by=by):
        if status == ACCEPTED:
            for each in earlier:
                supersede(each)
        return ReceivedBundle.objects.create(**fields_of(bundle, key, contributor, status), received_by=by), True


def standing(bundle: Bundle, earlier: list[ReceivedBundle]) -> str:
    """Whether a new bundle counts. BundleConflict where it neither replaces what is here nor was replaced by it."""
    release, ids = bundle.release, {each.bundle_id for each in earlier}
    if any(each.release_id == release["id"] for each in earlier):
        message = "Another bundle is here for the same release. A release is sent once; make a new one to correct it."
        raise BundleConflict(message, field="release.id", value=release["id"])
    if any(each.supersedes == bundle.id for each in earlier):
        return SUPERSEDED
    counted = next((each for each in earlier if each.status == ACCEPTED), None)
    if counted is None or release["supersedes"] == counted.bundle_id:
        return ACCEPTED
    # It replaces one that was never sent here: newer than what is here, it is the newest that there is.
    is_newer = moment(release["as_of"]) > counted.as_of
    if release["supersedes"] is not None and release["supersedes"] not in ids and is_newer:
        return ACCEPTED
    message = "A bundle of another release counts here. A newer release has to say that it takes that one's place."
    raise BundleConflict(message, field="release.supersedes", value=release["supersedes"] or "")


def supersede(kept: ReceivedBundle) -> None:
    if kept.status == ACCEPTED:
        kept.status = SUPERSEDED
        kept.save(update_fields=["status"])


def fields_of(bundle: Bundle, key: ContributorKey, contributor: Contributor, status: str) -> dict:
    release = bundle.release
    return {
        "study": contributor.study,
        "contributor": contributor,
        "key": key,
        "bundle_id": bundle.id,
        "sha256": digest(bundle),
        "level": bundle.level,
        "release_id": release["id"],
        "release_digest": release["digest"],
        "as_of": moment(release["as_of"]),
        "supersedes": release["supersedes"] or "",
        "overlap": bundle.document["overlap_declaration"],
        "n": about_of(bundle).n,
        "status": status,
        "content": bundle.content,
    }


def moment(text: str, field: str = "release.as_of") -> datetime:
    """When it was, in UTC. BundleRefused where the calendar has no such moment, or it cannot have been then."""
    try:
        found = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BundleRefused(f"{field}: there is no such moment.", field=field, value=text) from error
    if not EARLIEST <= found <= timezone.now() + AHEAD:
        message = f"{field}: it is before the year {EARLIEST.year} or later than now. Check the sender's clock."
        raise BundleRefused(message, field=field, value=text)
    return found
