"""Eligibility and the screening log: the criteria of each schedule, and how much of what was eligible was entered."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from registry.derived.eligibility import decision
from registry.models import ScreenedCase, Study

DEFINITIONS: dict[str, dict] = json.loads(
    (Path(__file__).parent / "definitions" / "eligibility.json").read_text("utf-8")
)
ANSWERS = (("yes", "Yes"), ("no", "No"), ("unknown", "Unknown"))
NO_DATE = "no date"


@dataclass(frozen=True)
class Criterion:
    """One question of eligibility: what it does to the decision, and where it comes from."""

    code: str
    kind: str
    text: str
    evidence: str


def criteria_of(study: Study) -> list[Criterion]:
    """The criteria of a study's schedule; none where the schedule is a site's own."""
    return [Criterion(**each) for each in DEFINITIONS.get(study.schedule.slug, {}).get("criteria", ())]


def decided(study: Study, answers: dict[str, str]) -> str:
    """eligible, ineligible or pending; a caution decides nothing."""
    codes = {kind: [each.code for each in criteria_of(study) if each.kind == kind] for kind in ("include", "exclude")}
    return decision(answers, **codes)


@dataclass
class Coverage:
    """Of one year at one site: who was looked at, who was eligible, who of those was entered."""

    year: str
    site: str
    screened: int = 0
    eligible: int = 0
    entered: int = 0
    pending: int = 0
    gaps: list[ScreenedCase] = field(default_factory=list)

    @property
    def share(self) -> str:
        """'12 of 17 (71 %)'; empty where nobody was eligible: no denominator is no share."""
        return f"{self.entered} of {self.eligible} ({self.entered / self.eligible:.0%})" if self.eligible else ""


def year_of(case: ScreenedCase) -> str:
    return str(case.treated_on.year) if case.treated_on else NO_DATE


def coverage(cases: Iterable[ScreenedCase]) -> list[Coverage]:
    """Coverage by year and site, newest first. Entered is counted among the eligible alone."""
    found: dict[tuple[str, str], Coverage] = {}
    for case in cases:
        place = (year_of(case), case.site.name)
        line = found.setdefault(place, Coverage(*place))
        line.screened += 1
        line.pending += case.decision == ScreenedCase.Decision.PENDING
        if case.decision == ScreenedCase.Decision.ELIGIBLE:
            line.eligible += 1
            line.entered += case.patient_id is not None
            line.gaps += [] if case.patient_id else [case]
    return sorted(found.values(), key=lambda line: (line.year == NO_DATE, line.year, line.site), reverse=True)
