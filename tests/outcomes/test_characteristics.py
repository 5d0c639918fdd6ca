"""What a report without a plan asks of patients: all are described, only what was done and came of it is tested."""

from outcomes.plans.characteristics import characteristics, is_surgical

COVARIATES = {
    "arm": {"kind": "category", "levels": ["a", "b"]},
    "age": {"kind": "number", "levels": None},
    "female": {"kind": "number", "levels": ["0", "1"]},
    "primary_cancer": {"kind": "category", "levels": ["breast", "lung"]},
    "operative_minutes": {"kind": "number", "levels": None},
    "vte": {"kind": "category", "levels": ["no", "yes"]},
    "readmission": {"kind": "category", "levels": ["no"]},
    "practice_id": {"kind": "number", "levels": None},
    "surgeon": {"kind": "category", "levels": [str(number) for number in range(30)]},
}


def asked(arm="arm", covariates=COVARIATES):
    entries = characteristics({"arm": arm, "covariates": covariates})
    return {entry["id"]: (entry["type"], entry.get("by") or entry.get("col")) for entry in entries}


def test_each_covariate_is_described_by_arm_and_only_surgery_and_outcomes_are_tested():
    assert asked() == {
        "age_described": ("describe_patient_var", "arm"),
        "female_described": ("share_patient_var", "arm"),
        "primary_cancer_described": ("share_patient_var", "arm"),
        "operative_minutes_described": ("describe_patient_var", "arm"),
        "vte_described": ("share_patient_var", "arm"),
        "readmission_described": ("share_patient_var", "arm"),
        "operative_minutes_compared": ("mannwhitney_patient_var", "arm"),
        "vte_compared": ("crosstab_patient", "arm"),
    }


def test_without_an_arm_nothing_is_by_group_and_nothing_is_tested():
    assert {by for _, by in asked(arm=None).values()} == {None}
    assert not [name for name in asked(arm=None) if name.endswith("_compared")]


def test_three_arms_are_described_and_not_compared():
    three = COVARIATES | {"arm": {"kind": "category", "levels": ["a", "b", "c"]}}
    assert not [name for name in asked(covariates=three) if name.endswith("_compared")]


def test_what_a_patient_brings_is_not_what_is_done():
    assert [name for name in ("age", "sex", "aacci", "prior_radiation", "follow_up_years") if is_surgical(name)] == []
    assert all(map(is_surgical, ("cement_ml", "pdn_failure", "secondary_procedure", "stay_days", "compl_wound")))
