"""A sum of several sites' tables -> the same report as one site's, with what is exact, what is not, and why. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from outcomes.models import in_order
from reports import phrases, wording
from reports.layout import Column, Note, Report, Table, row, rows, source
from reports.manifest import Manifest
from reports.pooling_beside import OverSites
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

    certain: tables of what is sure of results in which cells are hidden: intervals that hold the truth.
    absent: (analysis, site, why) of sites that are not in a result.
    """

    report: Report
    level_words: str
    exact: int
    results: int
    undetermined: tuple[Undetermined, ...]
    certain: tuple[Table, ...]
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
    determined = [each for each in results if each["exact"]]
    over = OverSites(results, Manifest(about))
    found = over.within(build(about, determined, plan))
    envelope = results[0]["envelope"] if results else {}
    cautions = tuple(envelope.get("cautions", ()))
    return PooledReport(
        report=replace(found, limits=(*cautions, *found.limits)),
        level_words=LEVELS.get(results[0]["level"], "") if results else "",
        exact=sum(each["exact"] for each in results),
        results=len(results),
        undetermined=tuple(undetermined(results, Manifest(about))),
        certain=tuple(map(over.table, certain(results, Manifest(about)))),
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


def certain(results: Sequence[Mapping], manifest: Manifest) -> Iterator[Table]:
    """A table for each result of which only bounds are known."""
    inexact = [each for each in results if not each["exact"] and NOT_DETERMINED not in each["payload"]]
    for number, each in enumerate(inexact, start=1):
        yield certain_table(each, manifest, number)


def certain_table(result: Mapping, manifest: Manifest, number: int) -> Table:
    bands = result["payload"].get("bands", ())
    of = Note(f"Of bands, not of single values; the lowest is 0: {'; '.join(bands)}.")
    lines = (row(wording.plain(path), said) for path, said in bounds(result["payload"]))
    return Table(
        title=phrases.question(result["entry"], manifest),
        label=f"Certain {number}",
        number=f"c{number}",
        columns=(Column("Number", numeric=False), Column("Between")),
        groups=rows(*lines),
        notes=(Note("Some cells are hidden; the truth is within each interval."), *((of,) if bands else ())),
        sources=(source(result),),
    )


def bounds(value, path: str = "") -> Iterator[tuple[str, str]]:
    """(path, what is sure) of each number: '4 to 6', '5', or that it is not determined and why."""
    if isinstance(value, Mapping):
        if set(value) == {"low", "high"} and not isinstance(value["low"], Mapping):
            yield path, f"{wording.short(value['low'], 4)} to {wording.short(value['high'], 4)}"
        elif set(value) == {NOT_DETERMINED} and isinstance(value[NOT_DETERMINED], str):
            yield path, f"not determined: {value[NOT_DETERMINED]}"
        else:
            for name, inner in value.items():
                if name != "bands":
                    yield from bounds(inner, f"{path}, {name}" if path else str(name))
    elif isinstance(value, list):
        for at, inner in enumerate(value, start=1):
            yield from bounds(inner, f"{path} {at}")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path, wording.short(value, 4)
    elif value is not None:
        yield path, str(value)


def absent(results: Sequence[Mapping]) -> Iterator[tuple[str, str, str]]:
    for each in results:
        for site, why in each["envelope"].get("missing", {}).items():
            yield wording.plain(each["analysis_id"]), site, why
