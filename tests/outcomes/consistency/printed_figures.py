"""The published figures, and small papers of one's own, for the tests of the consistency checks."""

import json
from pathlib import Path

from outcomes.consistency.check import Report, check_figures
from outcomes.consistency.reader import read_figures

PUBLISHED = Path(__file__).resolve().parents[3] / "outcomes" / "reproduction" / "published.json"


def published() -> list[dict]:
    """The records, numbers as texts with their printed digits."""
    return json.loads(PUBLISHED.read_text("utf-8"), parse_float=str)["records"]


def report_of(records: list[dict], **about) -> Report:
    return check_figures(read_figures(json.dumps({"records": records, **about})))


def paper(*records: dict, **about) -> Report:
    """The report of a paper of one's own; each record is its values with variable, subgroup and so on beside them."""
    keys = ("location", "variable", "subgroup", "timepoint", "kind", "confidence")
    written = [
        {"id": f"R{number}", "paper": "own", "location": "Table 1", "timepoint": "baseline"}
        | {key: record[key] for key in keys if key in record}
        | {"values": {key: value for key, value in record.items() if key not in keys}}
        for number, record in enumerate(records, start=1)
    ]
    return report_of(written, **about)


def found(report: Report) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(finding.severity, finding.code, finding.records) for finding in report.findings]
