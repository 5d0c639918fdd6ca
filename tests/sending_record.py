"""One valid row of every table of what leaves a site."""

import base64

from django.utils import timezone

from outcomes.models import Freeze, SentBundle, SiteKey, Spec

HASH = "sha256:" + "a" * 64


def sending_rows(site, freeze: Freeze, by) -> list:
    """A spec that was approved, the site's key, and what it answered."""
    now = timezone.now()
    spec = Spec.objects.create(
        site=site, name="three-sites", title="Three sites", spec_hash=HASH, text="{}", status="approved",
        levels=["trusted"], proposed_by=by, decided_by=by, decided_at=now,
    )  # fmt: skip
    key = SiteKey.objects.create(
        site=site, kid="0" * 16, public=base64.b64encode(b"k" * 32).decode(), sealed=b"x", valid_from=now
    )
    sent = SentBundle.objects.create(
        site=site, spec=spec, freeze=freeze, level="trusted", overlap="none_known", bundle_id=HASH, sha256="b" * 64,
        kid=key.kid, content=b"{}", made_by=by,
    )  # fmt: skip
    return [spec, key, sent]
