"""Who contributed what to a study: the bundle that counts, those that it replaced, the keys, and what is missing."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Prefetch

from outcomes.models import Contributor, ContributorKey, Pooling, PoolingStudy, ReceivedBundle
from outcomes.pooling.adding import is_current
from outcomes.pooling.bundle import OVERLAPS
from outcomes.pooling.studies import spec_of

LEVELS = {"trusted": "whole tables", "suppressed": "small counts hidden", "coarsened": "bands, small counts hidden"}


@dataclass(frozen=True, kw_only=True)
class Contribution:
    """A contributor, the bundle of it that counts, those that it replaced, and its keys."""

    contributor: Contributor
    counts: ReceivedBundle | None
    replaced: Sequence[ReceivedBundle]
    keys: Sequence[ContributorKey]

    @property
    def level_words(self) -> str:
        return LEVELS.get(self.counts.level, self.counts.level) if self.counts else ""

    @property
    def overlap_words(self) -> str:
        return OVERLAPS.get(self.counts.overlap, "") if self.counts else ""


@dataclass(frozen=True, kw_only=True)
class ContributorsPage:
    """All contributors of a study, and its newest sum. is_current: it is made of what counts now, by this program."""

    contributions: Sequence[Contribution]
    newest: Pooling | None
    is_current: bool
    rows: int
    unit: str

    @property
    def received(self) -> int:
        return sum(each.counts is not None for each in self.contributions)

    @property
    def missing(self) -> list[Contributor]:
        return [each.contributor for each in self.contributions if each.counts is None]


def contributors_page(study: PoolingStudy) -> ContributorsPage:
    """The same queries for any number of contributors."""
    bundles = ReceivedBundle.objects.defer("content").select_related("key", "received_by").order_by("-as_of")
    contributors = study.contributors.prefetch_related(Prefetch("bundles", bundles), "keys")
    contributions = [contribution(each) for each in contributors]
    newest = study.poolings.select_related("made_by").order_by("-made_at").first()
    counting = [each.counts for each in contributions if each.counts]
    return ContributorsPage(
        contributions=contributions,
        newest=newest,
        is_current=newest is not None and is_current(newest),
        rows=sum(each.n or 0 for each in counting),
        unit=spec_of(study).document["unit"],
    )


def contribution(contributor: Contributor) -> Contribution:
    bundles = list(contributor.bundles.all())
    return Contribution(
        contributor=contributor,
        counts=next((each for each in bundles if each.status == ReceivedBundle.Status.ACCEPTED), None),
        replaced=[each for each in bundles if each.status == ReceivedBundle.Status.SUPERSEDED],
        keys=list(contributor.keys.all()),
    )
