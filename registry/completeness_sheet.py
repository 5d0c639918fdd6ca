"""The report on completeness cut to a site and a year, and as a file for a spreadsheet."""

import csv
import io
from collections import defaultdict
from dataclasses import dataclass

from registry.completeness import APART, Coverage, FollowUp, Part, Place, Report, Tally
from registry.imports.inert import inert
from registry.models import MissingReason, Timepoint

UNKNOWN_YEAR = "unknown"
HEADER = (
    "form", "field", "label", "timepoint", "site", "expected", "accepted", "missing_with_reason",
    "missing_unexplained", "invalid", *(f"apart_{reason}" for reason in APART),
    *(f"reason_{reason}" for reason in MissingReason.values if reason not in APART),
)  # fmt: skip


@dataclass(frozen=True)
class Cut:
    """A report, or one site or one year of it."""

    report: Report
    site: str = ""
    year: str = ""

    def holds(self, part: Part) -> bool:
        return self.site in ("", part.site) and self.year in ("", year_of(part))

    def fields(self) -> dict[Place, Tally]:
        """Each field at each timepoint, in the order of plan and form."""
        found = defaultdict(Tally)
        for (place, part), tally in self.report.fields.items():
            if self.holds(part):
                found[place] += tally
        return dict(sorted(found.items()))

    def follow_up(self) -> dict[Timepoint, FollowUp]:
        """Each timepoint, in the order of the plan."""
        found = defaultdict(FollowUp)
        for (timepoint, part), tally in self.report.follow_up.items():
            if self.holds(part):
                found[timepoint] += tally
        return dict(sorted(found.items(), key=lambda pair: pair[0].order))

    def coverage(self) -> Coverage:
        return sum((tally for part, tally in self.report.coverage.items() if self.holds(part)), Coverage())

    def patients(self) -> int:
        return sum(many for part, many in self.report.patients.items() if self.holds(part))

    def values(self) -> Tally:
        """All fields together."""
        return sum(self.fields().values(), Tally())

    def visits(self) -> FollowUp:
        """All follow-ups together, the baseline left out."""
        later = (tally for point, tally in self.follow_up().items() if point.kind == Timepoint.Kind.FOLLOW_UP)
        return sum(later, FollowUp())


def year_of(part: Part) -> str:
    return str(part.year) if part.year else UNKNOWN_YEAR


def as_csv(cut: Cut, sites: list[str]) -> str:
    """A row for each field, timepoint and site."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(HEADER)
    for site in sites:
        for place, tally in Cut(cut.report, site, cut.year).fields().items():
            writer.writerow(csv_row(place, site, tally))
    return file.getvalue()


def csv_row(place: Place, site: str, tally: Tally) -> list:
    about = [inert(text) for text in (place.form, place.field, place.label, place.timepoint, site)]
    counts = [tally.expected, tally.accepted, tally.with_reason, tally.unexplained, tally.invalid]
    apart = [tally.apart[reason] for reason in APART]
    return about + counts + apart + [tally.reasons[reason] for reason in MissingReason if reason not in APART]
