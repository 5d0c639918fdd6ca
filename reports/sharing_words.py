"""A spec in words that a coordinator understands: whom it counts, what, how often, and what may leave."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from outcomes.pooling.bundle import COARSENED, SUPPRESSED, TRUSTED
from outcomes.pooling.spec import Spec
from reports import wording
from reports.cohort_words import Line, lines_of
from reports.manifest import Manifest
from reports.plan_editor import Line as Asked
from reports.plan_editor import line_of

LEVELS = {
    TRUSTED: (
        "Whole tables",
        "Every count of every table, small ones too, for a receiver with whom there is an agreement. Together they can "
        "tell of single patients. Results are exact.",
    ),
    SUPPRESSED: (
        "Tables with hidden counts",
        "Only counts from which no small group can be worked out, by themselves and beside what was sent before. What "
        "is hidden makes results intervals, or leaves them undetermined.",
    ),
    COARSENED: (
        "Tables in coarser bands, with hidden counts",
        "As with hidden counts, and each score in the few bands that the spec names: more of it may leave.",
    ),
}
WITHHELD = {
    "disclosure-withheld": "Nothing left: under the spec's policy small groups could have been worked out.",
    "differencing-block": "Nothing left: held against what left before, it would have told of a few patients.",
}


@dataclass(frozen=True, kw_only=True)
class Measure:
    """An instrument or a time to an event, and what is known of it."""

    name: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class SpecWords:
    """A spec as its page shows it."""

    whom: tuple[Line, ...]
    measures: tuple[Measure, ...]
    timepoints: tuple[Measure, ...]
    covariates: tuple[str, ...]
    analyses: tuple[Asked, ...]
    not_poolable: tuple[Mapping, ...]
    policy: tuple[str, ...]
    fixture: str


def spec_words(spec: Spec) -> SpecWords:
    """The spec, part by part."""
    document = spec.document
    frame = spec.manifest_frame() | {"flow": {}, "missing": {}, "sites": [], "studies": []}
    manifest = Manifest(frame)
    rows = document["fixture"]["rows"]
    return SpecWords(
        whom=tuple(lines_of(document["cohort"]["rule"], {})),
        measures=tuple(measures(frame)),
        timepoints=tuple(Measure(name=each["label"], detail=window(each)) for each in document["timepoints"]),
        covariates=tuple(about["label"] for about in document["covariates"].values()),
        analyses=tuple(line_of(entry, manifest) for entry in spec.entries),
        not_poolable=tuple(document["not_poolable"]),
        policy=tuple(policy(spec.policy)),
        fixture=f"{len(rows)} invented patients, {len(document['fixture']['tables'])} tables to be counted alike",
    )


def measures(frame: Mapping) -> Iterator[Measure]:
    for about in frame["instruments"].values():
        ends = f"{about['minimum']} to {about['maximum']} {about['unit']}".strip()
        yield Measure(name=about["name"], detail=f"{ends}, version {about['version']}")
    for about in frame["survival"].values():
        yield Measure(name=about["label"], detail=f"time to it, in {wording.listed(about['units']) or 'no unit'}")


def window(timepoint: Mapping) -> str:
    """When a visit counts for a timepoint."""
    if timepoint["window"] is None:
        return "as the source says it"
    opens, closes = timepoint["window"]
    return f"day {opens} to {closes} after the procedure"


def policy(said: Mapping) -> Iterator[str]:
    """The rules for what leaves with hidden counts."""
    yield f"A count below {said['min_cell']} is hidden{', and so is a zero' if said['hide_zeros'] else ''}."
    yield f"Whoever reads the rest cannot narrow a hidden count down to fewer than {said['min_width']} steps."
    yield f"Nothing leaves of fewer than {said['min_group']} patients."
    yield f"A newer release has to differ by at least {said['min_delta']} patients from one before it, or be the same."
    yield "Counts are not rounded: what is shown is what was counted."
