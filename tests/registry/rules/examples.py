"""For each rule a record that it passes, and one that it finds fault with."""

from decimal import Decimal

from tests.registry.rules.charts import chart

MSTS = ("msts_pain", "msts_function", "msts_emotional", "msts_supports", "msts_walking", "msts_gait")
SIX = dict(zip(MSTS, (5, 4, 3, 2, 1, 0), strict=True))


def visit(**fields) -> dict:
    return {"visits": [{"day": 42, **fields}]}


def scores(**values):
    """A record with one visit with these scores."""
    return chart(**visit(scores=values))


def filled(key: str, **fields):
    """A record with one filled form."""
    return chart(forms={key: fields})


def details(*, scores=None, **fields):
    """A record with a visit with details."""
    return chart(**visit(scores=scores or {}, forms={"visit_details": fields}))


def opioids(*lines: dict, **fields):
    """A record with a visit with opioid lines."""
    return chart(**visit(forms={"opioid_line": list(lines)}, **fields))


def story(before, after, **further):
    """A record with pain before and after, and further scores after."""
    return chart(visits=[
        {"timepoint": "preop", "day": -1, "scores": {"pain": before}},
        {"timepoint": "w6", "day": 42, "scores": {"pain": after, **further}},
    ])  # fmt: skip


def cox(**kind):
    """A procedure with an operation form."""
    forms = {"operation": kind.pop("operation", {}), **kind.pop("forms", {})}
    return chart(schedule="cox", procedure=kind, forms=forms)


ORAL = {"drug": "oxycodone", "route": "oral", "strength": 10.0}
PSFS = "sacroplasty_with_screws"
SCREW, NAIL = {"type": "screw", "level": "s1"}, {"type": "pdn", "level": "s1"}
CEMENT, BREAST = {"volume_ml": 5.0}, {"primary_cancer": "breast"}
DEAD = {"status": "deceased", "died_on": "2022-06-01"}
DIED_V = {"clavien_dindo": "V", "happened_on": "2022-06-01"}

EXAMPLES = {
    "B1": (
        filled("comorbidity", height_cm=170.0, weight_kg=70.0),
        filled("comorbidity", height_cm=70.0, weight_kg=170.0),
    ),
    "B2": (
        filled("bone_drug", drug="romosozumab", started_on="2021-01-01", ended_on="2022-01-01"),
        filled("bone_drug", drug="romosozumab", started_on="2021-01-01", ended_on="2022-03-01"),
    ),
    "C1": (
        chart(forms={"comorbidity": {"diabetes": True, "tumour_metastatic": True}, "malignancy": BREAST}),
        filled("comorbidity", diabetes=True, diabetes_organ_damage=True),
    ),
    "C2": (
        chart(forms={"comorbidity": {"history_reviewed": True, "tumour_localised": True}, "malignancy": BREAST}),
        chart(forms={"comorbidity": {"history_reviewed": True}, "malignancy": BREAST}),
    ),
    "C3": (
        chart(forms={"katagiri": {"growth": "slow"}, "malignancy": {"primary_cancer": "thyroid"}}),
        chart(forms={"katagiri": {"growth": "rapid"}, "malignancy": {"primary_cancer": "thyroid"}}),
    ),
    "C3e": (filled("katagiri", growth="slow", total=None), filled("katagiri", growth="slow", total=4)),
    "C4": (
        filled("comorbidity", aacci_reported=9, charlson_base=6, charlson_age=3),
        filled("comorbidity", aacci_reported=8, charlson_base=6, charlson_age=3),
    ),
    "D1": (
        chart(patient={"born_on": "1950"}, forms={"malignancy": {"diagnosed_on": "2022-03"}}),
        chart(patient={"born_on": "1950"}, forms={"malignancy": {"diagnosed_on": "2022-04"}}),
    ),
    "D2": (
        chart(patient={"born_on": "2004-03-01"}, covariates={"age": Decimal(18)}),
        chart(patient={"born_on": "2004-03-02"}),
    ),
    "D3": (chart(visits=[{"visited_on": "2022-03"}]), chart(visits=[{"visited_on": "2022-02"}])),
    "D4": (
        chart(**visit(visited_on="2022-06-01", timepoint="m3"), forms={"vital_status": DEAD}),
        chart(**visit(visited_on="2022-06-02", timepoint="m3"), forms={"vital_status": DEAD}),
    ),
    "D4w": (
        chart(**visit(visited_on="2022-06-01", timepoint=None), forms={"vital_status": DEAD}),
        chart(**visit(visited_on="2022-06-02", timepoint=None), forms={"vital_status": DEAD}),
    ),
    "D5": (
        filled("vital_status", status="deceased", death_date_unknown=True),
        filled("vital_status", status="alive", died_on="2022-06-01"),
    ),
    "D6": (
        filled("vital_status", status="deceased", died_on="2022-06", last_known_alive_on="2022-06-30"),
        filled("vital_status", status="deceased", died_on="2022-06", last_known_alive_on="2022-07-01"),
    ),
    "D7": (
        filled("operation", admitted_on="2022-03-01", discharged_on="2022-03-01"),
        filled("operation", admitted_on="2022-03-02", discharged_on="2022-03-04"),
    ),
    "D7w": (filled("operation", discharged_on="2022-04-30"), filled("operation", discharged_on="2022-05-01")),
    "D8": (chart(**visit(day=67, window_reason="came late")), chart(**visit(day=67))),
    "D9": (
        chart(schedule="gupta", procedure={"performed_on": "2013-09-30"}),
        chart(schedule="gupta", procedure={"performed_on": "2013-10-01"}),
    ),
    "D10": (
        filled("radiation", started_on="2021-05-03", ended_on="2021-05"),
        filled("radiation", started_on="2021-05-03", ended_on="2021-05-02"),
    ),
    "E1": (
        filled("complication", happened_on="2022-03"),
        filled("complication", happened_on="2022-02-28"),
    ),
    "E2": (
        chart(forms={"complication": DIED_V, "vital_status": DEAD}),
        chart(forms={"complication": DIED_V | {"happened_on": "2022-06-02"}, "vital_status": DEAD}),
    ),
    "E3": (
        chart(forms={"complication": {"complication": "reoperation"},
                     "secondary_procedure": {"secondary": "hardware_removal"}}),
        filled("complication", complication="reoperation"),
    ),
    "E4": (
        chart(forms={"complication": {"clavien_dindo": "IVa"}, "operation": {"icu_admission": True}}),
        chart(forms={"complication": {"clavien_dindo": "IVa"}, "operation": {"icu_admission": False}}),
    ),
    "E5": (
        filled("secondary_procedure", happened_on="2022-03-02"),
        filled("secondary_procedure", happened_on="2022-03-01"),
    ),
    "E6": (
        filled("complication", complication="vte_pe"),
        filled("secondary_procedure", complication="vte_pe"),
    ),
    "E7": (
        filled("complication", intraoperative=True, happened_on="2022-03-01"),
        filled("complication", intraoperative=True, happened_on="2022-03-02"),
    ),
    "F1": (scores(**SIX, msts=15), scores(**SIX, msts=14)),
    "F1w": (
        details(scores={"msts": 15}, msts_total_reported=15),
        details(scores={"msts": 15}, msts_total_reported=14),
    ),
    "F2": (scores(cpaf=1), scores(cpaf=0)),
    "F3": (scores(fms=5, ecog=4, msts_walking=0), scores(fms=5, msts_walking=5)),
    "F4": (scores(ecog=0, fms=2), scores(ecog=0, fms=3)),
    "F5": (scores(msts_supports=5, fms=0), scores(msts_supports=5, fms=1)),
    "F6": (scores(msts_pain=5, pain=2.9), scores(msts_pain=5, pain=3)),
    "F7": (
        details(scores={"rmdq": 18}, rmdq_version="18"),
        details(scores={"rmdq": 19}, rmdq_version="18"),
    ),
    "M1": (
        filled("operation", ebl_ml=None, missing={"ebl_ml": "not_recorded"}),
        filled("operation", ebl_ml=0, missing={"ebl_ml": "not_recorded"}),
    ),
    "M2": (
        chart(visits=[{"timepoint": "m6", "missed": "deceased"}], forms={"vital_status": DEAD}),
        chart(visits=[{"timepoint": "w6", "missed": "deceased"}], forms={"vital_status": DEAD}),
    ),
    "O1": (scores(**{"as": 3, "opioid": 1, "opioid_pattern": 1}), scores(**{"as": 3, "opioid": 0})),
    "O2": (
        opioids(ORAL | {"prn": True}, ORAL | {"prn": False}, scores={"as": 4}),
        opioids(ORAL | {"prn": False}, scores={"as": 3}),
    ),
    "O3": (opioids(ORAL, scores={"opioid": 1}), opioids(ORAL, scores={"opioid": 0})),
    "O4": (
        chart(visits=[
            {"timepoint": "preop", "day": -1, "forms": {"visit_details": {"mme_reported": 60.0}}},
            {"day": 42, "forms": {"visit_details": {"mme_reported": 30.0, "opioid_change": "decreased"}}},
        ]),
        chart(visits=[
            {"timepoint": "preop", "day": -1, "forms": {"visit_details": {"mme_reported": 30.0}}},
            {"day": 42, "forms": {"visit_details": {"mme_reported": 60.0, "opioid_change": "decreased"}}},
        ]),
    ),
    "O5": (scores(**{"msts_pain": 3, "as": 3}), scores(**{"msts_pain": 3, "as": 4})),
    "O6": (details(mme_reported=1000.0), details(mme_reported=1000.5)),
    "O7": (
        details(opioid_chronic=True, opioid_chronic_rule="site_defined", scores={"opioid": 1}),
        details(opioid_chronic=True, opioid_chronic_rule="site_defined", scores={"opioid": 0}),
    ),
    "O8": (
        opioids({"drug": "fentanyl", "route": "transdermal", "strength": 25.0}),
        opioids({"drug": "fentanyl", "route": "transdermal", "strength": 25.0, "units_per_day": 0.33}),
    ),
    "P1": (
        details(pain_raw=60.0, pain_raw_max=100, pain_scale_type="vas_0_100"),
        details(pain_raw=60.0, pain_raw_max=10, pain_scale_type="vas_0_10"),
    ),
    "P2": (story(9, 1.1), story(9, 1)),
    "P3": (story(8, 3, fourp=2), story(3, 3, fourp=2)),
    "P4": (
        scores(fourp=2),
        chart(visits=[{"timepoint": "preop", "day": 0, "scores": {"fourp": "unknown"}}]),
    ),
    "P5": (
        details(pain_raw=60.0, pain_raw_max=100, scores={"pain": 6}),
        details(pain_raw=60.0, pain_raw_max=100, scores={"pain": 7}),
    ),
    "P6": (
        details(pain_scale_type="nrs_0_10", pain_raw=6.0, pain_raw_high=7.0, pain_raw_max=10, scores={"pain": 6.5}),
        details(pain_scale_type="nrs_0_10", scores={"pain": 6.5}),
    ),
    "R1": (
        filled("malignancy", primary_cancer="other", primary_other="chordoma"),
        filled("malignancy", primary_cancer="other"),
    ),
    "R2": (
        filled("fracture", additional_pelvic_fracture=True, additional_sites=["ilium"]),
        filled("fracture", additional_pelvic_fracture=False, additional_sites=["ilium"]),
    ),
    "R3": (
        chart(forms={"fracture": {"etiology": "metastatic"}, "malignancy": BREAST}),
        filled("fracture", etiology="metastatic"),
    ),
    "R3w": (
        chart(forms={"fracture": [{"etiology": "osteoporotic"}, {"etiology": "radiation"}], "malignancy": BREAST}),
        chart(forms={"fracture": {"etiology": "osteoporotic"}, "malignancy": BREAST}),
    ),
    "R4": (
        chart(forms={"fracture": {"etiology": "radiation"},
                     "radiation": {"started_on": "2019", "field_includes_sacrum": True}}),
        chart(forms={"fracture": {"etiology": "radiation"},
                     "radiation": {"started_on": "2019", "field_includes_sacrum": False}}),
    ),
    "R5": (filled("fracture", ffp="IIa"), filled("fracture", ffp="Ib")),
    "T1": (
        cox(kind=PSFS, operation={"cement_used": True}, forms={"implant": SCREW, "cement": CEMENT}),
        cox(kind="sacroplasty", operation={"cement_used": True}, forms={"implant": SCREW, "cement": CEMENT}),
    ),
    "T2": (
        chart(procedure={"kind": "pdn"}, forms={
            "operation": {"pdn_sacral_count": 2, "additional_hardware": [], "complexity_reported": "simple"}}),
        chart(procedure={"kind": "pdn"}, forms={
            "operation": {"pdn_sacral_count": 2, "additional_hardware": [], "complexity_reported": "complex"}}),
    ),
    "T3": (
        chart(forms={"operation": {"pdn_sacral_count": 1}, "implant": [NAIL, NAIL | {"level": "periacetabular"}]}),
        chart(forms={"operation": {"pdn_sacral_count": 1}, "implant": [NAIL, NAIL]}),
    ),
    "T4": (
        chart(forms={"operation": {"cement_used": True}, "cement": CEMENT | {"leak": True, "leak_sites": ["venous"]}}),
        chart(forms={"operation": {"cement_used": False}, "cement": CEMENT}),
    ),
    "T5": (
        chart(forms={"operation": {"ablation_done": True}, "ablation": {"modality": "rfa"}}),
        chart(forms={"operation": {"ablation_done": False}, "ablation": {"modality": "rfa"}}),
    ),
    "T6": (
        chart(procedure={"kind": "pdn"}, forms={"fracture": {"status": "impending"}}),
        chart(procedure={"kind": "pdn"}, forms={"fracture": {"status": "pathologic_complete"}}),
    ),
    "T7": (
        filled("operation", operative_time_min=720, ebl_ml=5000),
        filled("operation", operative_time_min=721),
    ),
    "T7e": (filled("operation", ebl_ml=0), filled("operation", ebl_ml=-1)),
    "T8": (
        chart(forms={"cement": [CEMENT | {"leak": False}, CEMENT | {"leak": True, "leak_sites": ["venous"]}],
                     "complication": {"complication": "cement_extravasation"}}),
        chart(forms={"cement": CEMENT | {"leak": False}, "complication": {"complication": "cement_extravasation"}}),
    ),
    "T9": (
        chart(forms={"implant": [SCREW | {"diameter_mm": 12.0}, NAIL | {"diameter_mm": 22.0}]}),
        filled("implant", type="screw", diameter_mm=12.5),
    ),
    "V1": (scores(pain=10), scores(pain=10.1)),
    "V2": (scores(fms=3), scores(fms=3.5)),
    "V3": (
        chart(visits=[{"missed": "lost", "scores": {"pain": "lost"}}]),
        chart(visits=[{"missed": "lost", "day": 42}]),
    ),
    "V4": (
        chart(visits=[{"visited_on": "2022-04-10"}]),
        chart(visits=[{"visited_on": "2022-04-10", "visited_precision": None}]),
    ),
    "V5": (scores(pain="3.10000000"), scores(pain="NaN")),
    "V7": (
        chart(visits=[{"day": 42}, {"day": 43, "timepoint_asserted": False}]),
        chart(visits=[{"day": 42}, {"day": 43}]),
    ),
}  # fmt: skip
