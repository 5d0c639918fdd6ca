"""Every check of the record, once, with a stable code; forms, imports, actions and the nightly sweep all come here.

Codes are those of the instrument specification where it has one (D3, D8, F1, P4), with the second half of a rule apart
(D7 refuses, D7w warns); further V codes are this project's own, I codes those of imports. Thresholds that the
specification proposes are named constants beside their rules.
"""

from registry.rules.catalogue import RULES, findings_for
from registry.rules.dates import EARLIEST_DATE, Moment, at_precision, compare_dates
from registry.rules.new_visit import NewVisit, check_patient, check_visit, scores_of
from registry.rules.numbers import MOST_DECIMALS, plain
from registry.rules.record import PatientRecord, ProcedureRecord, VisitRecord
from registry.rules.rule import Finding, Rule, Severity
from registry.rules.totals import item_counts, totals

__all__ = [
    "EARLIEST_DATE",
    "MOST_DECIMALS",
    "RULES",
    "Finding",
    "Moment",
    "NewVisit",
    "PatientRecord",
    "ProcedureRecord",
    "Rule",
    "Severity",
    "VisitRecord",
    "at_precision",
    "check_patient",
    "check_visit",
    "compare_dates",
    "findings_for",
    "item_counts",
    "plain",
    "scores_of",
    "totals",
]
