"""The figures that a plan names -> figures, by what their rows read: a course, shares, items, changes, curves."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from reports import change_figures, contrasts, figures, item_figures, survival_figures
from reports.layout import Figure, Section, source
from reports.manifest import Manifest


def drawings(number: str, label: str, about: Mapping, results: Sequence[Mapping], manifest: Manifest,
             preset: str) -> list[Figure]:  # fmt: skip
    """What the rows of one figure of the plan read, drawn; where it is several drawings, they are lettered."""
    drawn = [each for each in found(f"figure-{number}", results, manifest, preset) if each]
    title = str(about.get("title") or "")
    return [
        replace(
            each,
            id=f"figure-{number}{letter(place, len(drawn))}",
            number=number,
            label=label.replace(" of the plan", f"{letter(place, len(drawn))} of the plan"),
            title=titled(title, each, len(drawn)),
        )
        for place, each in enumerate(drawn)
    ]


def not_again(printed: Iterable[Section], others: Iterable[Section]) -> Iterator[Section]:
    """The other sections without the figures that the plan's own already show."""
    seen = [figure.chart for section in printed for figure in section.figures]
    for section in others:
        yield replace(section, figures=tuple(each for each in section.figures if each.chart not in seen))


def letter(place: int, of: int) -> str:
    return chr(ord("a") + place) if of > 1 else ""


def titled(title: str, figure: Figure, of: int) -> str:
    """The plan's title; where there are several drawings, with what each shows."""
    return " - ".join(filter(None, [title, figure.title])) if of > 1 or not title else title


def found(figure_id: str, results: Sequence[Mapping], manifest: Manifest, preset: str) -> Iterator[Figure | None]:
    """The drawings in the order of the plan's rows."""
    courses = [each for each in results if each["type"] == "describe_by_timepoint"]
    if item_figures.are_items(courses, manifest):
        yield item_figures.items(figure_id, courses, manifest, preset)
    else:
        for each in courses:
            yield figures.over_time(figure_id, each, manifest, preset, (source(each),))
    if not courses:
        yield figures.share_of_proportions(figure_id, proportions(results), manifest)
    paired = [each for each in results if each["type"] == "wilcoxon_paired"]
    yield from change_figures.changes(figure_id, paired, manifest)
    for each in results:
        if each["type"] in ("km", "cumulative_incidence"):
            yield survival_figures.curve(figure_id, each, manifest)
        elif each["type"] == "contrasts_from_baseline" and not courses:
            yield contrasts.change_figure(figure_id, each, manifest)


def proportions(results: Sequence[Mapping]) -> list[Mapping]:
    """The shares of one and the same answer at several timepoints, as the plan's rows have them."""
    found = [each for each in results if each["type"] == "proportion" and "timepoint" in each["entry"]["col"]]
    alike = {str({**each["entry"]["col"], "timepoint": ""}) + str(each["entry"].get("subset")) for each in found}
    return found if len(alike) == 1 else []
