"""The further halves of rules that say several things, and the dates that are too coarse to be out of order."""

from decimal import Decimal

import pytest

from registry.rules import RULES, findings_for
from tests.registry.rules.charts import TODAY, chart
from tests.registry.rules.examples import BREAST, CEMENT, DEAD, NAIL, ORAL, PSFS, cox, details, filled, opioids, story

MYELOMA = {"primary_cancer": "multiple_myeloma"}
LOST = {"status": "alive", "lost_to_follow_up": True}

# (code, record, how often it is found)
FOUND = [
    ("D1", chart(patient={"born_on": "2022-03-02"}), 1),
    ("D1", chart(patient={"born_on": "2022"}), 0),
    ("D1", chart(visits=[{"visited_on": "2024-12-02"}]), 1),
    ("D1", filled("radiation", started_on="1899"), 1),
    ("D1", chart(forms={"malignancy": [{"diagnosed_on": "2021"}, {"diagnosed_on": "2023"}]}), 0),
    ("D1", chart(forms={"malignancy": {"diagnosed_on": "2023"}, "fracture": {"etiology": "osteoporotic"}}), 0),
    ("D2", chart(patient={"born_on": "2004"}), 0),
    ("D2", chart(patient={"born_on": "2005"}), 1),
    ("D2", chart(schedule="cox", patient={"born_on": "2005"}), 0),
    ("D2", chart(patient={"born_on": "1950-01-01"}, covariates={"age": Decimal(70)}), 1),
    ("D2", chart(patient={"born_on": "1950"}, covariates={"age": Decimal(70)}), 0),
    ("D4", chart(forms={"vital_status": DEAD, "complication": {"happened_on": "2022-07"}}), 1),
    ("D4", chart(forms={"vital_status": DEAD, "complication": {"happened_on": "2022-06"}}), 0),
    ("D4", chart(visits=[{"day": 93, "timepoint": "m3"}], forms={"vital_status": DEAD}), 1),
    ("D5", filled("vital_status", status="deceased"), 1),
    ("D5", filled("vital_status", status="deceased", missing={"died_on": "unknown"}), 0),
    ("D5", filled("vital_status", status="deceased", died_on="2022-02"), 1),
    ("D5", filled("vital_status", status="deceased", died_on="2022"), 0),
    ("D5", chart(forms={"vital_status": {"status": "alive"}, "death": {"happened_on": "2022-06-01"}}), 1),
    ("D6", chart(visits=[{"visited_on": "2022-04-10"}], forms={"vital_status": LOST | {"lost_on": "2022-04-09"}}), 1),
    ("D6", chart(visits=[{"visited_on": "2022-04-10"}], forms={"vital_status": LOST | {"lost_on": "2022-04"}}), 0),
    ("D6", filled("vital_status", **DEAD, lost_to_follow_up=True), 1),
    ("D7", filled("operation", discharged_on="2022-02-28"), 1),
    ("D7", filled("operation", admitted_on="2022-03", discharged_on="2022"), 0),
    ("D9", chart(schedule="cox", procedure={"performed_on": "2011-12"}), 1),
    ("D9", chart(schedule="gupta", procedure={"performed_on": "2013"}), 0),
    ("M2", chart(visits=[{"timepoint": "w6", "missed": "not_due", "source_date": TODAY}]), 1),
    ("M2", chart(procedure={"performed_on": "2024-10-01"}, visits=[{"timepoint": "m3", "missed": "not_due"}]), 0),
    ("M2", chart(visits=[{"missed": "deceased"}], forms={"vital_status": {"status": "alive"}}), 1),
    ("P1", details(pain_raw=6.0), 1),
    ("P1", details(pain_raw=6.5, pain_raw_max=10, pain_scale_type="nrs_0_10"), 1),
    ("P1", details(pain_raw=7.0, pain_raw_high=6.0, pain_raw_max=10), 1),
    ("P1", details(pain_raw=7.0, pain_raw_max=10, pain_scale_type="vas_0_100"), 1),
    ("P3", chart(visits=[{"day": 42, "scores": {"fourp": 1, "pain": 1.1}}]), 1),
    ("P3", story(5, 6.9, fourp=3), 0),
    ("P3", story(5, 3, fourp=3), 1),
    ("P3", story(5, 5, fourp=4), 1),
    ("P5", details(pain_raw=7.0, pain_raw_high=8.0, pain_raw_max=10, scores={"pain": 7.5}), 0),
    ("F4", chart(visits=[{"day": 42, "scores": {"ecog": 0, "cpaf": 1}}]), 1),
    ("F5", chart(visits=[{"day": 42, "scores": {"msts_supports": 5, "cms_wheelchair": 0}}]), 1),
    ("F6", chart(visits=[{"day": 42, "scores": {"msts_pain": 0, "pain": 3}}]), 1),
    ("F1", chart(visits=[{"day": 42, "scores": {"msts": 14, "msts_pain": 5}}]), 0),
    ("O1", chart(visits=[{"day": 42, "scores": {"opioid": 1, "opioid_pattern": 0}}]), 1),
    ("O2", chart(visits=[{"day": 42, "scores": {"as": 3, "opioid_pattern": 2}}]), 1),
    ("O2", opioids(ORAL | {"prn": None}, scores={"as": 4}), 0),
    ("O3", details(mme_reported=30.0, scores={"opioid": 0}), 1),
    ("O3", opioids(ORAL | {"ended_on": "2022-04"}, visited_on="2022-05-10", window_reason="late",
                   scores={"opioid": 0}), 0),
    ("O5", chart(visits=[{"day": 42, "scores": {"msts_pain": 1, "opioid": 0}}]), 1),
    ("O6", opioids({"drug": "fentanyl", "route": "transdermal", "strength": 401.0, "prn": False}), 1),
    ("O7", details(opioid_chronic=True), 1),
    ("R1", filled("operation", additional_hardware=["tha", "other"]), 1),
    ("R2", filled("fracture", additional_pelvic_fracture=True, additional_sites=[]), 1),
    ("R4", chart(forms={"fracture": {"etiology": "radiation"}, "radiation": {"started_on": "2022-04"}}), 1),
    ("T1", cox(kind="screws", operation={"cement_used": True}), 1),
    ("T1", cox(kind="pdn", operation={"pdn_sacral_count": 0}), 1),
    ("T1", cox(kind="sacroplasty", operation={"cement_used": False}), 1),
    ("T4", chart(forms={"cement": CEMENT | {"leak": False, "leak_sites": ["venous"]}}), 1),
    ("T6", chart(schedule="gupta", forms={"fracture": {"si_joint_involved": True}, "ablation": {"modality": "rfa"}}),
     2),
    ("T7", filled("operation", ebl_ml=5001), 1),
    ("E2", chart(forms={"death": {"clavien_dindo": "II"}}), 1),
    ("E2", chart(forms={"death": {"happened_on": "2022-06-02"}, "vital_status": DEAD}), 1),
    ("C2", chart(forms={"comorbidity": {"history_reviewed": True, "tumour_localised": True}, "malignancy": BREAST,
                        "metastasis": {"place": "lung"}}), 1),
    ("C2", chart(forms={"comorbidity": {"tumour_localised": None}, "malignancy": BREAST}), 0),
    ("C3", chart(forms={"katagiri": {"growth": "slow"}, "malignancy": BREAST}), 0),
]  # fmt: skip
# What another form may yet bring: found by the sweep, and no reason to refuse this one.
AWAITED = [
    ("C1", chart(forms={"comorbidity": {"tumour_metastatic": True}, "malignancy": MYELOMA})),
    ("E2", filled("complication", clavien_dindo="V", happened_on="2022-06-01")),
    ("E3", filled("secondary_procedure", secondary="open_surgery", reason="hardware_problem")),
    ("M2", chart(visits=[{"missed": "deceased"}])),
    ("O2", opioids(ORAL | {"prn": True}, scores={"as": 4})),
    ("R3", filled("fracture", etiology="myeloma_lymphoma")),
    ("T1", cox(kind=PSFS, operation={"cement_used": True}, forms={"cement": CEMENT})),
    ("T3", chart(forms={"operation": {"pdn_sacral_count": 2}, "implant": NAIL})),
    ("T4", filled("operation", cement_used=True)),
    ("T5", filled("operation", ablation_done=True)),
]


def found(code: str, record) -> list:
    return [finding for finding in findings_for(record) if finding.rule.code == code]


@pytest.mark.parametrize(("code", "record", "times"), FOUND)
def test_each_half_of_a_rule_finds_what_it_says_and_no_more(code, record, times):
    assert len(found(code, record)) == times
    assert not any(finding.awaits for finding in found(code, record)) or RULES[code].awaits


@pytest.mark.parametrize(("code", "record"), AWAITED)
def test_what_another_form_may_yet_bring_is_marked_as_such(code, record):
    assert [finding.awaits for finding in found(code, record)] == [True]


def test_a_finding_touches_every_row_that_it_looked_at_and_no_other():
    record = story(9, 1)
    (leap,) = found("P2", record)
    preop, w6 = record.visits
    for visit in (preop, w6):
        assert findings_for(record, touching={("visit", visit.pk)}) == [leap]
    assert findings_for(record, touching={("visit", record.patient.pk)}) == []
