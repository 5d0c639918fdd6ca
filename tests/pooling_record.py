"""One valid row of every table of a place that pools."""

import base64

from django.utils import timezone

from outcomes.models import Contributor, ContributorKey, PooledResult, Pooling, PoolingStudy, ReceivedBundle

HASH = "sha256:" + "a" * 64


def pooling_rows(site, by) -> list:
    """A study, who contributes, what came, and what was made of it."""
    now = timezone.now()
    study = PoolingStudy.objects.create(
        site=site, slug="three-sites", name="Three sites", spec_hash=HASH, spec_text="{}", made_by=by
    )
    contributor = Contributor.objects.create(study=study, code="north", name="Hospital north")
    key = ContributorKey.objects.create(
        contributor=contributor, kid="north-1", public=base64.b64encode(b"k" * 32).decode(), valid_from=now
    )
    bundle = ReceivedBundle.objects.create(
        study=study, contributor=contributor, key=key, bundle_id=HASH, sha256="b" * 64, level="trusted",
        release_id="1", release_digest=HASH, as_of=now, overlap="none_known", content=b"{}", received_by=by,
    )  # fmt: skip
    pooling = Pooling.objects.create(
        study=study, digest="c" * 64, inputs=[HASH], level="trusted", manifest={}, clock=now, program_version="0",
        made_by=by,
    )  # fmt: skip
    result = PooledResult.objects.create(
        pooling=pooling, analysis_id="pain", place=0, type="describe_by_timepoint", entry={}, payload_text="{}",
        payload_sha256="0" * 64, exact=True, level="trusted", inputs=[HASH], envelope={},
    )  # fmt: skip
    return [study, contributor, key, bundle, pooling, result]
