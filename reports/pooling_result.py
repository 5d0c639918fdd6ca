"""One result of a sum: the same page as one site's, with what went into it."""

from collections.abc import Mapping
from dataclasses import dataclass

from outcomes.models import Pooling, PoolingStudy, ReceivedBundle, in_order
from reports import phrases
from reports.layout import Beside, ResultPage, Table
from reports.manifest import Manifest
from reports.pooling_beside import OverSites
from reports.pooling_report import LEVELS, NOT_DETERMINED, certain_table
from reports.report import build_one


@dataclass(frozen=True, kw_only=True)
class PooledResultPage:
    """page: where the result is exact. certain: what is sure of it where it is not. why: why nothing is determined.

    over_sites: the same question within sites and site by site. inputs: the bundles that it was made of.
    """

    title: str
    page: ResultPage | None
    certain: Table | None
    over_sites: Beside | None
    why: str
    exact: bool
    level_words: str
    inputs: list[ReceivedBundle]
    absent: tuple[tuple[str, str], ...]

    @property
    def has_figures(self) -> bool:
        drawn = bool(self.page and self.page.section.figures)
        return drawn or bool(self.over_sites and self.over_sites.figures)


def result_page(study: PoolingStudy, pooling: Pooling, result: Mapping) -> PooledResultPage:
    manifest = in_order(dict(pooling.manifest)) | {"pooling": True}
    why = result["payload"].get(NOT_DETERMINED, "")
    bundles = ReceivedBundle.objects.filter(study=study, bundle_id__in=result["inputs"])
    return PooledResultPage(
        title=phrases.question(result["entry"], Manifest(manifest)),
        page=build_one(manifest, result) if result["exact"] else None,
        certain=None if why or result["exact"] else certain_table(result, Manifest(manifest), 1),
        over_sites=OverSites([result], Manifest(manifest)).alone(result),
        why=why,
        exact=result["exact"],
        level_words=LEVELS.get(result["level"], result["level"]),
        inputs=list(bundles.defer("content").select_related("contributor", "key").order_by("contributor__code")),
        absent=tuple(result["envelope"].get("missing", {}).items()),
    )
