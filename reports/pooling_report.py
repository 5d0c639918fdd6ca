"""A sum of several sites' tables -> the same report as one site's, with what is exact, what is not, and why. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from outcomes.models import in_order
from reports import phrases, wording
from reports.layout import Report
from reports.manifest import Manifest
from reports.report import build

NOT_DETERMINED = "not_determined"
LEVELS = {
    "trusted": "Whole tables of every site",
    "suppressed": "Some sites hide small counts",
    "coarsened": "Some sites tell bands instead of single values",
}


@dataclass(frozen=True, kw_only=True)
class Undetermined:
    """A question that the tables do not answer, and why."""

    analysis_id: str
    question: str
    why: str
    page_url: str = ""


@dataclass(frozen=True, kw_only=True)
class PooledReport:
    """The report, and what only a sum has: its level, how much of it is exact, what it leaves open, what to beware of.

    absent: (analysis, site, why) of sites that are not in a result.
    """

    report: Report
    level_words: str
    exact: int
    results: int
    undetermined: tuple[Undetermined, ...]
    absent: tuple[tuple[str, str, str], ...]
    cautions: tuple[str, ...]

    @property
    def exact_words(self) -> str:
        if self.exact == self.results:
            return f"all {self.results} results, to the byte those of one place with all rows"
        return f"{self.exact} of {self.results} results; the others say so"


def pooled_report(manifest: Mapping, results: Sequence[Mapping], plan: Mapping) -> PooledReport:
    """The report of one sum. Each result is a mapping as reports.report.build takes it, with `exact` and `level`."""
    about = in_order(dict(manifest)) | {"pooling": True}
    determined = [each for each in results if NOT_DETERMINED not in each["payload"]]
    found = build(about, determined, plan)
    envelope = results[0]["envelope"] if results else {}
    cautions = tuple(envelope.get("cautions", ()))
    return PooledReport(
        report=replace(found, limits=(*cautions, *found.limits)),
        level_words=LEVELS.get(results[0]["level"], "") if results else "",
        exact=sum(each["exact"] for each in results),
        results=len(results),
        undetermined=tuple(undetermined(results, Manifest(about))),
        absent=tuple(absent(results)),
        cautions=cautions,
    )


def undetermined(results: Sequence[Mapping], manifest: Manifest) -> Iterator[Undetermined]:
    for each in results:
        if why := each["payload"].get(NOT_DETERMINED):
            yield Undetermined(
                analysis_id=each["analysis_id"],
                question=phrases.question(each["entry"], manifest),
                why=why,
                page_url=each.get("page_url", ""),
            )


def absent(results: Sequence[Mapping]) -> Iterator[tuple[str, str, str]]:
    for each in results:
        for site, why in each["envelope"].get("missing", {}).items():
            yield wording.plain(each["analysis_id"]), site, why
