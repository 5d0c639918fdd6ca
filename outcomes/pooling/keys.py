"""A site's keys: made here, kept encrypted, replaced and revoked. The private half never leaves."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from outcomes.models import SiteKey
from outcomes.pooling.signing import Signer, as_text, sealed, unsealed
from registry.audit import recording
from registry.errors import Problem, Refused
from registry.models import Site, User


def keys_of(site: Site):
    """The site's keys, the newest first."""
    return SiteKey.objects.filter(site=site).order_by("-valid_from")


def key_in_use(site: Site) -> SiteKey | None:
    """What the site signs with now."""
    return SiteKey.objects.filter(site=site, valid_to=None, revoked_at=None).first()


@transaction.atomic
def key_for(*, site: Site, by: User) -> SiteKey:
    """What the site signs with; a new key where it has none."""
    Site.objects.select_for_update(no_key=True).get(pk=site.pk)
    return key_in_use(site) or new_key(site, timezone.now(), by=by)


@transaction.atomic
def rotate_key(*, site: Site, by: User) -> SiteKey:
    """A new key in the place of the old one, which signs nothing from this moment on; what it signed stays good."""
    Site.objects.select_for_update(no_key=True).get(pk=site.pk)
    now = timezone.now()
    with recording(by=by, reason="the key was replaced"):
        SiteKey.objects.filter(site=site, valid_to=None).update(valid_to=now)
    return new_key(site, now, by=by)


def new_key(site: Site, now: datetime, *, by: User) -> SiteKey:
    signer = Signer.new()
    with recording(by=by):
        return SiteKey.objects.create(
            site=site,
            kid=signer.kid,
            public=as_text(signer.public),
            sealed=sealed(signer.seed, settings.SECRET_KEY),
            valid_from=now,
        )


@transaction.atomic
def revoke_key(*, key: SiteKey, by: User, reason: str) -> SiteKey:
    """A key that others may have: it signs nothing more, and who receives bundles has to be told."""
    if not reason.strip():
        raise refused("reason", "", "Say why the key is revoked; the reason is kept.")
    with recording(by=by, reason=reason.strip()):
        SiteKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now())
    key.refresh_from_db()
    return key


def find_key(site: Site, kid: str) -> SiteKey:
    """A site's key by its name. Refused where there is none."""
    found = keys_of(site).filter(kid=kid).first()
    if found is None:
        raise refused("kid", kid, f"{site.code} has no key of this name.")
    return found


def signer_of(key: SiteKey) -> Signer:
    """The key, ready to sign. KeyUnreadable where it was kept under another secret."""
    return unsealed(bytes(key.sealed), settings.SECRET_KEY)


def refused(field: str, value: str, message: str) -> Refused:
    return Refused([Problem(rule="K1", field=field, value=value[:40], message=message)])
