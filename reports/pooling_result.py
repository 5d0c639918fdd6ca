"""One result of a sum: the same page as one site's, with what went into it."""

from collections.abc import Mapping
from dataclasses import dataclass

from outcomes.models import Pooling, PoolingStudy, ReceivedBundle, in_order
from reports import phrases
from reports.layout import ResultPage
from reports.manifest import Manifest
from reports.pooling_report import LEVELS, NOT_DETERMINED
from reports.report import build_one


@dataclass(frozen=True, kw_only=True)
class PooledResultPage:
    """page: None where nothing is determined; `why` then says why. inputs: the bundles that it was made of."""

    title: str
    page: ResultPage | None
    why: str
    exact: bool
    level_words: str
    inputs: list[ReceivedBundle]
    absent: tuple[tuple[str, str], ...]

    @property
    def has_figures(self) -> bool:
        return self.page is not None and bool(self.page.section.figures)


def result_page(study: PoolingStudy, pooling: Pooling, result: Mapping) -> PooledResultPage:
    manifest = in_order(dict(pooling.manifest)) | {"pooling": True}
    why = result["payload"].get(NOT_DETERMINED, "")
    bundles = ReceivedBundle.objects.filter(study=study, bundle_id__in=result["inputs"])
    return PooledResultPage(
        title=phrases.question(result["entry"], Manifest(manifest)),
        page=None if why else build_one(manifest, result),
        why=why,
        exact=result["exact"],
        level_words=LEVELS.get(result["level"], result["level"]),
        inputs=list(bundles.defer("content").select_related("contributor", "key").order_by("contributor__code")),
        absent=tuple(result["envelope"].get("missing", {}).items()),
    )
