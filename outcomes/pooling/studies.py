"""Studies of a place that pools: made of a spec, joined by contributors, each with the keys that it signs with."""

from collections.abc import Mapping
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from outcomes.models import Contributor, ContributorKey, Pooling, PoolingStudy, ReceivedBundle
from outcomes.pooling.jcs import jcs
from outcomes.pooling.signing import SEED_BYTES, SignatureInvalid, as_bytes, kid_of
from outcomes.pooling.spec import NotASpec, Spec, read_spec
from registry.access import Permission
from registry.audit import recording
from registry.errors import Problem, Refused
from registry.models import Site, User

OTHER_SPEC = "A study of this name pools by another spec. What was counted in two ways is never added; take a new name."


def with_counts(studies: QuerySet) -> QuerySet:
    """Pooling studies with `contributors_n`, `bundles_n` that count, and `pooled_at`, in one query."""
    contributors = Contributor.objects.filter(study=OuterRef("pk")).order_by().values("study")
    counted = ReceivedBundle.objects.filter(study=OuterRef("pk"), status=ReceivedBundle.Status.ACCEPTED)
    newest = Pooling.objects.filter(study=OuterRef("pk")).order_by("-made_at")
    return studies.annotate(
        contributors_n=Coalesce(Subquery(contributors.annotate(n=Count("pk")).values("n")), 0),
        bundles_n=Coalesce(Subquery(counted.order_by().values("study").annotate(n=Count("pk")).values("n")), 0),
        pooled_at=Subquery(newest.values("made_at")[:1]),
    )


def may_admit(study: PoolingStudy, user) -> bool:
    """Whether a user may say who contributes and with which keys: who may share at the place that pools."""
    return PoolingStudy.objects.visible_to(user, Permission.SHARE).filter(pk=study.pk).exists()


def spec_of(study: PoolingStudy) -> Spec:
    """The spec that a study pools by, as it was agreed."""
    return read_spec(study.spec_text)


@transaction.atomic
def make_study(*, site: Site, slug: str, spec: bytes | str | Mapping, by: User, name: str = "") -> PoolingStudy:
    """A study of this place; one that is there already with the same spec is given back. Refused where it cannot be."""
    found = checked_spec(spec)
    kept = PoolingStudy.objects.filter(slug=slug).first()
    if kept is not None and (kept.site_id, kept.spec_hash) != (site.pk, found.hash):
        raise refused("G1", "slug", slug, OTHER_SPEC)
    other = PoolingStudy.objects.filter(site=site, spec_hash=found.hash).exclude(slug=slug).first()
    if other is not None:
        raise refused("G1", "spec", found.hash, f"The study {other.slug} of this place pools by this spec already.")
    if kept is not None:
        return kept
    study = PoolingStudy(
        site=site, slug=slug, name=name or found.title, spec_hash=found.hash, spec_text=jcs(found.document).decode(),
        made_by=by,
    )  # fmt: skip
    checked(study, exclude=["site", "made_by"])
    with recording(by=by):
        study.save(force_insert=True)
    return study


def checked_spec(spec: bytes | str | Mapping) -> Spec:
    try:
        return read_spec(spec)
    except NotASpec as error:
        raise refused("G2", "spec", "", str(error)) from error


@transaction.atomic
def add_contributor(*, study: PoolingStudy, code: str, by: User, name: str = "") -> Contributor:
    """A site that may send to a study; one of this code that is there already is given back."""
    kept = Contributor.objects.filter(study=study, code=code).first()
    if kept is not None:
        return kept
    contributor = Contributor(study=study, code=code, name=name or code)
    checked(contributor, exclude=["study"])
    with recording(by=by):
        contributor.save(force_insert=True)
    return contributor


@transaction.atomic
def add_key(
    *, contributor: Contributor, public: str, by: User, kid: str = "", valid_from: datetime | None = None,
    valid_to: datetime | None = None,
) -> ContributorKey:  # fmt: skip
    """A key that a contributor signs with; one that is there already is given back."""
    raw = public_bytes(public)
    if kid and kid != kid_of(raw):
        raise refused("G3", "kid", kid, "That is not what this key is called. Leave it out, or send the key it names.")
    kept = ContributorKey.objects.filter(contributor=contributor, kid=kid_of(raw)).first()
    if kept is not None:
        return kept
    now = timezone.now()
    key = ContributorKey(
        contributor=contributor, kid=kid_of(raw), public=public, valid_from=valid_from or now, valid_to=valid_to
    )
    checked(key, exclude=["contributor"])
    with recording(by=by):
        key.save(force_insert=True)
    return key


def public_bytes(public: str) -> bytes:
    """The 32 bytes of an Ed25519 key. Refused where they are none."""
    message = "A public key is the 32 bytes of Ed25519 written in base64: 44 characters."
    try:
        raw = as_bytes(public)
    except SignatureInvalid as error:
        raise refused("G3", "public", "", message) from error
    if len(raw) != SEED_BYTES:
        raise refused("G3", "public", "", message)
    return raw


@transaction.atomic
def join(*, study: PoolingStudy, code: str, public: str, by: User, name: str = "") -> tuple[ContributorKey, bool]:
    """A contributor with a key that it signs with, and whether the key is new here: both are kept, or neither."""
    contributor = add_contributor(study=study, code=code, name=name, by=by)
    known = set(contributor.keys.values_list("pk", flat=True))
    key = add_key(contributor=contributor, public=public, by=by)
    return key, key.pk not in known


@transaction.atomic
def revoke_key(*, key: ContributorKey, by: User, reason: str = "") -> ContributorKey:
    """Nothing more is taken that this key signed. What was accepted stays, and is marked on every page."""
    kept = ContributorKey.objects.select_for_update().get(pk=key.pk)
    if kept.revoked_at is None:
        kept.revoked_at = timezone.now()
        with recording(by=by, reason=reason):
            kept.save(update_fields=["revoked_at"])
    return kept


def checked(row, *, exclude: list[str]) -> None:
    """Refused, with a problem a field, where a row's own rules are broken."""
    try:
        row.full_clean(exclude=exclude)
    except ValidationError as error:
        problems = [
            Problem(rule="G4", field=name, value="", message=" ".join(said))
            for name, said in error.message_dict.items()
        ]
        raise Refused(problems) from error


def refused(rule: str, field: str, value: str, message: str) -> Refused:
    return Refused([Problem(rule=rule, field=field, value=value[:80], message=message)])
