"""The specs that a site knows: proposed by anybody who may read summaries, approved and retired by who may share."""

from collections.abc import Collection, Mapping

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from outcomes.models import Spec as KnownSpec
from outcomes.pooling.bundle import COARSENED, LEVELS, TRUSTED
from outcomes.pooling.spec import NotASpec, Spec, as_file, read_spec
from registry.access import Permission, may
from registry.audit import recording
from registry.errors import Problem, Refused
from registry.models import Site, User

MOST_PROPOSED = 20
SHARERS_ALONE = "Only who may share what leaves the site decides that."


@transaction.atomic
def propose_spec(*, site: Site, document: bytes | str | Mapping, by: User) -> tuple[KnownSpec, bool]:
    """Keep a spec for the site to decide on, and whether it is new here. Refused where it is none or is no place's."""
    if not may(by, Permission.READ_SUMMARIES, site):
        raise refused("S1", "site", site.code, "You may not propose specs to this site.")
    try:
        spec = read_spec(document)
    except NotASpec as error:
        raise refused("S2", "spec", "", f"This is no spec: {error}") from error
    text = as_file(spec.document).decode()
    fields = {"name": spec.name, "title": spec.title, "text": text, "proposed_by": by}
    Site.objects.select_for_update(no_key=True).get(pk=site.pk)
    check_not_too_many(site, spec, by)
    with recording(by=by):
        return KnownSpec.objects.get_or_create(site=site, spec_hash=spec.hash, defaults=fields)


def check_not_too_many(site: Site, spec: Spec, by: User) -> None:
    """Refused where so many specs of one proposer wait for the site's decision that a new one would not be read."""
    waiting = KnownSpec.objects.filter(site=site, proposed_by=by, status=KnownSpec.Status.PROPOSED)
    is_new = not KnownSpec.objects.filter(site=site, spec_hash=spec.hash).exists()
    if is_new and waiting.count() >= MOST_PROPOSED:
        message = (
            f"{MOST_PROPOSED} specs that you proposed wait for a decision of this site. Wait for it, or ask there."
        )
        raise refused("S8", "spec", spec.name, message)


@transaction.atomic
def approve_spec(*, spec: KnownSpec, levels: Collection[str], by: User) -> KnownSpec:
    """Let the site's tables leave by a spec, at these levels. A spec that was retired may be approved again."""
    check_may_decide(spec, by)
    asked = [level for level in LEVELS if level in levels]
    if not asked or len(asked) != len(set(levels)):
        raise refused("S4", "levels", ", ".join(levels), f"Choose one or more of {', '.join(LEVELS)}.")
    if COARSENED in asked and not document_of(spec).document["coarsening"]:
        raise refused("S4", "levels", COARSENED, "This spec names no coarser bands, so nothing can be coarsened by it.")
    check_hides_enough(spec, asked)
    return decided(spec, KnownSpec.Status.APPROVED, asked, by)


def check_hides_enough(spec: KnownSpec, levels: list[str]) -> None:
    """Refused where a spec would tell smaller counts than the site lets out where counts are hidden."""
    smallest = document_of(spec).policy["min_cell"]
    if levels != [TRUSTED] and smallest < settings.MIN_CELL:
        message = (
            f"This spec tells counts from {smallest} on; from this site none below {settings.MIN_CELL} leave where "
            "counts are hidden. Ask for a spec that hides more."
        )
        raise refused("S9", "levels", ", ".join(levels), message)


@transaction.atomic
def retire_spec(*, spec: KnownSpec, by: User, reason: str) -> KnownSpec:
    """Nothing more leaves by a spec. What left stays in the ledger."""
    check_may_decide(spec, by)
    if not reason.strip():
        raise refused("V8", "reason", "", "Say why nothing more leaves by it; the reason is kept.")
    return decided(spec, KnownSpec.Status.RETIRED, spec.levels, by, reason)


def check_may_decide(spec: KnownSpec, by: User) -> None:
    if not may(by, Permission.SHARE, spec.site):
        raise refused("S3", "spec", spec.spec_hash, SHARERS_ALONE)


def decided(spec: KnownSpec, status: str, levels: list[str], by: User, reason: str = "") -> KnownSpec:
    fields = {"status": status, "levels": levels, "decided_by": by, "decided_at": timezone.now()}
    with recording(by=by, reason=reason.strip()):
        KnownSpec.objects.filter(pk=spec.pk).update(**fields)
    spec.refresh_from_db()
    return spec


def document_of(spec: KnownSpec) -> Spec:
    """A kept spec, read again."""
    return read_spec(spec.text)


def refused(rule: str, field: str, value: str, message: str) -> Refused:
    return Refused([Problem(rule=rule, field=field, value=value[:80], message=message)])
