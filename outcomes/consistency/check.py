"""All checks of all papers in a file."""

from collections.abc import Iterable
from dataclasses import dataclass

from outcomes.consistency import (
    denominators,
    grim,
    items,
    quartile_checks,
    reachable_p,
    repeats,
    spread_checks,
    sums,
)
from outcomes.consistency.findings import SEVERITIES, Confirmed, Finding, counted
from outcomes.consistency.links import Links
from outcomes.consistency.reader import Figures

CHECKS = (grim, items, sums, denominators, quartile_checks, spread_checks, reachable_p, repeats)


@dataclass(frozen=True, kw_only=True)
class Report:
    """What was found in the figures, the gravest first within each paper, and what was checked and holds."""

    findings: tuple[Finding, ...]
    confirmed: tuple[Confirmed, ...]
    read: int
    left_out: dict[str, int]

    @property
    def alarms(self) -> tuple[Finding, ...]:
        """The findings that say that something is wrong."""
        return tuple(finding for finding in self.findings if finding.is_alarm)

    @property
    def counts(self) -> dict[str, int]:
        """How many findings of each severity."""
        return dict(counted(finding.severity for finding in self.findings))

    def payload(self) -> dict:
        return {
            "read": self.read,
            "left_out": self.left_out,
            "counts": self.counts,
            "findings": [finding.payload() for finding in self.findings],
            "confirmed": [one.payload() for one in self.confirmed],
        }


def check_figures(figures: Figures, *, paper: str | None = None) -> Report:
    """Check every paper, or one. The same figures give the same report, whatever the order of the records' keys."""
    kept = figures.of(paper) if paper is not None else figures
    said = [one for name in kept.papers for one in _of_paper(kept.of(name))]
    findings = [one for one in said if isinstance(one, Finding)]
    return Report(
        findings=tuple(sorted(findings, key=lambda one: (kept.papers.index(one.paper), *_gravity(one)))),
        confirmed=tuple(one for one in said if isinstance(one, Confirmed)),
        read=len(kept.figures),
        left_out=dict(kept.left_out),
    )


def _of_paper(figures: Figures) -> Iterable[Finding | Confirmed]:
    links = Links(figures)
    for module in CHECKS:
        yield from module.check(links)


def _gravity(finding: Finding) -> tuple[int, str, tuple[str, ...]]:
    return SEVERITIES.index(finding.severity), finding.code, finding.records
