"""Records as charts really are: they can be entered; beside each its neighbour, which cannot, or is asked at night."""

from datetime import date
from decimal import Decimal

import pytest

from registry.rules import findings_for
from tests.registry.rules.charts import chart
from tests.registry.rules.examples import BREAST, CEMENT, DEAD, MSTS, ORAL, PSFS, SCREW, cox, filled, opioids, scores

NONE, LOST = {"unavailable": "not_applicable"}, {"unavailable": "not_recorded"}
BY_CANCER, BY_BONE = {"etiology": "metastatic"}, {"etiology": "osteoporotic"}
REFUSED, AWAITED, FINE = "refused", "awaited", "fine"


def said_of(record, code: str) -> str:
    """What a rule says of a record at entry: refused, awaited (asked at night), or fine."""
    found = [finding for finding in findings_for(record) if finding.rule.code == code]
    return FINE if not found else AWAITED if all(finding.awaits for finding in found) else REFUSED


def operated(kind: str, *, schedule: str = "cox", operation=None, **forms):
    return chart(schedule=schedule, procedure={"kind": kind}, forms={"operation": operation or {}, **forms})


def diagnosed(on: str, *, performed: str = "2022-03-01", **forms):
    return chart(procedure={"performed_on": performed}, forms={"malignancy": BREAST | {"diagnosed_on": on}, **forms})


def fatal(on: str, **fields):
    complication = {"complication": "vte_pe", "clavien_dindo": "V", "happened_on": on} | fields
    return chart(forms={"complication": complication, "vital_status": DEAD})


def not_due(**fields):
    return chart(visits=[{"timepoint": "y1", "missed": "not_due", **fields}])


def born(on: str, precision: str | None = None):
    return chart(patient={"born_on": on} | ({"born_precision": precision} if precision else {}))


CASES = {
    "screws without cement, said twice": (
        "T4", operated("screws", operation={"cement_used": False}, cement=NONE), FINE),
    "a lost report of the cement": ("T4", operated("sacroplasty", operation={"cement_used": True}, cement=LOST), FINE),
    "cement used, and there was none": (
        "T4", operated("sacroplasty", operation={"cement_used": True}, cement=NONE), AWAITED),
    "screws, and no cement": ("T1", operated("screws", cement=NONE), FINE),
    "screws, and cement": ("T1", operated("screws", cement=CEMENT), REFUSED),
    "sacroplasty whose cement is lost": ("T1", operated("sacroplasty", cement=LOST), FINE),
    "sacroplasty that had no cement form": ("T1", operated("sacroplasty"), AWAITED),
    "no ablation, said twice": ("T5", operated("pdn", operation={"ablation_done": False}, ablation=NONE), FINE),
    "nails counted, and the list lost": ("T3", operated("pdn", operation={"pdn_sacral_count": 2}, implant=LOST), FINE),
    "nails counted, none listed": ("T3", operated("pdn", operation={"pdn_sacral_count": 2}), AWAITED),
    "no malignancy is none that counts": (
        "C2", chart(forms={"comorbidity": {"history_reviewed": True}, "malignancy": NONE}), FINE),
    "no metastasis is none": (
        "C2", chart(forms={"comorbidity": {"history_reviewed": True, "tumour_localised": True}, "malignancy": BREAST,
                           "metastasis": NONE}), FINE),
    "osteoporosis without a cancer": ("R3w", chart(forms={"fracture": BY_BONE, "malignancy": NONE}), FINE),
    "cancer as the cause, and none": ("R3", chart(forms={"fracture": BY_CANCER, "malignancy": NONE}), AWAITED),
    "cancer as the cause, its record lost": ("R3", chart(forms={"fracture": BY_CANCER, "malignancy": LOST}), FINE),
    "radiation as the cause, and none": (
        "R4", chart(forms={"fracture": {"etiology": "radiation"}, "radiation": NONE}), AWAITED),
    "Gupta without ablation": ("T6", operated("sacroplasty", schedule="gupta", ablation=NONE), FINE),
    "a reoperation without complications": (
        "E3", chart(forms={"secondary_procedure": {"secondary": "hardware_removal"}, "complication": NONE}), AWAITED),
    "embolism two days before death": ("E2", fatal("2022-05-30"), FINE),
    "embolism after death": ("E2", fatal("2022-06-02"), REFUSED),
    "death told with its day": ("E2", fatal("2022-06-01", complication="death"), FINE),
    "death told with another day": ("E2", fatal("2022-05-30", complication="death"), REFUSED),
    "death of grade II": ("E2", fatal("2022-06-01", complication="death", clavien_dindo="II"), REFUSED),
    "death that nobody else tells": ("E2", filled("complication", complication="death"), AWAITED),
    "biopsy at the operation": ("D1", diagnosed("2022-03-05", fracture=BY_CANCER), FINE),
    "biopsy at the operation, read in 30 days": ("D1", diagnosed("2022-03-31", fracture=BY_CANCER), FINE),
    "cancer found in the next month": ("D1", diagnosed("2022-04-01", fracture=BY_CANCER), REFUSED),
    "cancer found in that month or the next": (
        "D1", diagnosed("2022-04-20", performed="2022-03", fracture=BY_CANCER), FINE),
    "later cancer, cause not recorded yet": ("D1", diagnosed("2023-03-01"), AWAITED),
    "later cancer of a patient with osteoporosis": ("D1", diagnosed("2023-03-01", fracture=BY_BONE), FINE),
    "as needed, and not taken": (
        "O3", opioids(ORAL | {"prn": True, "taken_per_day": 0.0}, scores={"opioid": 0, "as": 1}), FINE),
    "not taken is no level of the scale": (
        "O2", opioids(ORAL | {"prn": True, "taken_per_day": 0.0}, scores={"opioid": 0, "as": 1}), FINE),
    "started after the visit": (
        "O3", opioids(ORAL | {"started_on": "2022-05-01"}, visited_on="2022-04-12", scores={"opioid": 0}), FINE),
    "started in the month of the visit": (
        "O3", opioids(ORAL | {"started_on": "2022-04"}, visited_on="2022-04-12", scores={"opioid": 0}), REFUSED),
    "ended before a visit known by its day": (
        "O3", opioids(ORAL | {"ended_on": "2022-03-05"}, scores={"opioid": 0}), FINE),
    "sacroplasty with a lumbar fusion": (
        "T1", cox(kind="sacroplasty", forms={"implant": {"type": "screw", "level": "other"}, "cement": CEMENT}), FINE),
    "sacroplasty with a trans-sacral screw": (
        "T1", cox(kind="sacroplasty", forms={"cement": CEMENT, "implant": {
            "type": "screw", "level": "other", "screw_path": "trans_sacral"}}), REFUSED),
    "sacroplasty with a screw whose place is not said": (
        "T1", cox(kind="sacroplasty", forms={"implant": {"type": "screw"}, "cement": CEMENT}), REFUSED),
    "screws of the acetabulum alone": (
        "T1", cox(kind=PSFS, forms={"implant": SCREW | {"level": "periacetabular"}, "cement": CEMENT}), AWAITED),
    "not due at the cut of a historical file": ("M2", not_due(source_date=date(2022, 12, 1)), FINE),
    "due at the cut of a historical file": ("M2", not_due(source_date=date(2024, 11, 30)), REFUSED),
    "not due, whenever that was": ("M2", not_due(), AWAITED),
    "a death beside an unknown vital status": (
        "D5", chart(forms={"vital_status": {"status": "unknown"}, "death": {"happened_on": "2022-06-01"}}), REFUSED),
    "five items and a total that they allow": (
        "F1", scores(**dict.fromkeys(MSTS[:5], 5), msts=30), FINE),
    "five items and a total below them": (
        "F1", scores(**dict.fromkeys(MSTS[:5], 5), msts=24), REFUSED),
    "five items and a total above them": (
        "F1", scores(**dict.fromkeys(MSTS[:5], 1), msts=11), REFUSED),
    "a minor by the month of birth": ("D2", born("2004-04"), REFUSED),
    "an adult by the month of birth": ("D2", born("2004-03"), FINE),
    "perhaps an adult by the year of birth": ("D2", born("2004"), FINE),
    "110 years": ("D2", born("1911"), FINE),
    "122 years": ("D2", born("1900-01-01"), REFUSED),
    "a kept age that the years allow": (
        "D2", chart(patient={"born_on": "1950"}, covariates={"age": Decimal(70)}), FINE),
    "a kept age that they do not": (
        "D2", chart(patient={"born_on": "1950"}, covariates={"age": Decimal(74)}), REFUSED),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_record_as_charts_are_is_fine_and_its_neighbour_is_not(case):
    code, record, expected = CASES[case]
    assert said_of(record, code) == expected


def test_a_rule_that_refuses_says_a_way_out():
    ways = {
        "T4": operated("screws", operation={"cement_used": False}, cement=CEMENT),
        "E5": filled("secondary_procedure", happened_on="2022-03-01"),
        "D1": diagnosed("2023-03-01", fracture=BY_CANCER),
        "M2": not_due(),
    }
    words = {"T4": "a row is listed", "E5": "second procedure", "D1": "form of the fracture", "M2": "not done"}
    for code, record in ways.items():
        (message,) = {finding.message for finding in findings_for(record) if finding.rule.code == code}
        assert words[code] in message
