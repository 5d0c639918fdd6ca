"""Says which printed figures are impossible or contradict each other."""

import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from outcomes.consistency.check import Report, check_figures
from outcomes.consistency.reader import FiguresError, read_figures


class Command(BaseCommand):
    help = "Check the printed figures in a JSON file (docs/consistency.md) against each other and against whole people."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--json", type=Path, metavar="OUT", help="also write the findings to a JSON file")
        parser.add_argument("--paper", metavar="NAME", help="only the figures of this paper")

    def handle(self, *, file: Path, json: Path | None, paper: str | None, **options):
        try:
            figures = read_figures(file.read_text("utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{file} cannot be read: {error}") from error
        except FiguresError as error:
            raise CommandError(str(error)) from error
        if paper is not None and paper not in figures.papers:
            known = ", ".join(figures.papers) or "none"
            raise CommandError(f"There is no paper {paper} in {file}. Papers there: {known}.")
        report = check_figures(figures, paper=paper)
        for line in lines_of(report):
            self.stdout.write(line)
        if json is not None:
            self.write(json, report)

    def write(self, out: Path, report: Report) -> None:
        try:
            out.write_text(json.dumps(report.payload(), indent=1, ensure_ascii=False) + "\n", "utf-8")
        except OSError as error:
            raise CommandError(f"{out} cannot be written: {error}") from error
        self.stdout.write(f"Written to {out}.")


def lines_of(report: Report):
    """The report as lines: each finding with its records, what holds, and how much was read."""
    for finding in report.findings:
        yield f"{finding.severity.upper():<10} {finding.paper} {finding.code} [{', '.join(finding.records)}]"
        yield f"           {finding.sentence}"
    for one in report.confirmed:
        yield f"{'holds':<10} {one.paper} {one.code} [{', '.join(one.records)}]"
        yield f"           {one.sentence}"
    if report.left_out:
        yield f"Not read: {', '.join(f'{reason} {times}' for reason, times in report.left_out.items())}."
    yield f"{report.read} records read; {', '.join(f'{name} {times}' for name, times in report.counts.items())}."
