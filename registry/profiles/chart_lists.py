"""What of each form of the chart may leave without identifiers, column by column, as REDCap's programs read it.

TOLD leave as they are recorded: codes, numbers, yes and no. DATED leave as dates in limited, and as days from the index
procedure in safe_harbor. KEPT are typed words and what leads to another row: they leave in no form but the identified.
A column that is new leaves nothing until it stands in one of them.
"""

TOLD: dict[str, tuple[str, ...]] = {
    "malignancy": ("primary_cancer", "hormone_sensitive", "targeted_therapy", "lesion_matrix"),
    "metastasis": ("place",),
    "fracture": (
        "etiology", "status", "impending_definition", "side", "levels", "si_joint_involved", "foramen_breach",
        "neural_compression", "soft_tissue_component", "additional_pelvic_fracture", "additional_sites",
        "confirmed_by", "failed_conservative_care", "ffp", "bakker_left", "bakker_right", "denis", "sins_location",
        "sins_pain", "sins_matrix", "sins_alignment", "sins_collapse", "sins_posterolateral",
    ),
    "comorbidity": (
        "height_cm", "weight_kg", "smoking", "asa_class", "asa_emergency", "history_reviewed",
        "myocardial_infarction", "heart_failure", "peripheral_vascular", "cerebrovascular", "dementia",
        "chronic_pulmonary", "connective_tissue", "peptic_ulcer", "liver_mild", "liver_severe", "diabetes",
        "diabetes_organ_damage", "hemiplegia", "renal", "leukaemia", "lymphoma", "tumour_localised",
        "tumour_metastatic", "aids", "aacci_reported", "charlson_base", "charlson_age", "aacci",
    ),
    "katagiri": (
        "growth", "visceral", "crp_mg_dl", "ldh_iu_l", "albumin_g_dl", "platelets_1000_ul", "calcium_mg_dl",
        "bilirubin_mg_dl", "ecog", "previous_chemotherapy", "multiple_skeletal", "total_reported", "total",
    ),
    "operation": (
        "pdn_sacral_count", "additional_hardware", "complexity_reported", "cement_used", "ablation_done",
        "sedation", "guidance", "position", "operative_time_min", "time_definition", "ebl_ml", "icu_admission",
        "surgeon_specialty", "complexity", "los_days",
    ),
    "implant": (
        "type", "level", "side", "screw_path", "diameter_mm", "length_mm", "thread", "cannulated", "washer",
        "iliac_cortices_spanned",
    ),
    "cement": (
        "side", "level", "approach", "balloon_assisted", "needle_gauge", "needles_n", "material", "volume_ml",
        "viscosity", "leak", "leak_sites", "leak_symptomatic",
    ),
    "ablation": ("modality", "sessions", "before_cement"),
    "radiation": ("field_includes_sacrum", "modality", "dose_gy", "fractions"),
    "systemic": ("drug_class",),
    "bone_drug": ("drug",),
    "bone_health": ("osteoporosis", "steroid_use", "t_score_lowest", "vitamin_d_25oh", "vitamin_d_unit"),
    "complication": (
        "complication", "intraoperative", "clavien_dindo", "lasting_disability", "needed_surgery", "related",
    ),
    "secondary_procedure": ("secondary", "reason", "same_site", "newly_started"),
    "vital_status": ("status", "death_date_unknown", "death_cause", "lost_to_follow_up", "lost_reason"),
    "visit_details": (
        "pain_scale_type", "pain_raw", "pain_raw_high", "pain_raw_max", "pain_context", "pain_site",
        "cpaf_assigned_by", "msts_total_reported", "odi_version", "rmdq_version", "rmdq_form_complete",
        "opioid_chronic", "opioid_chronic_rule", "opioid_source", "opioid_change", "opioid_change_method",
        "mme_reported", "after_reintervention",
    ),
    "opioid_line": ("drug", "route", "strength", "units_per_day", "prn", "taken_per_day"),
}  # fmt: skip
DATED: dict[str, tuple[str, ...]] = {
    "malignancy": ("diagnosed_on",),
    "metastasis": ("found_on",),
    "fracture": ("symptoms_since_on",),
    "operation": ("admitted_on", "discharged_on"),
    "radiation": ("started_on", "ended_on"),
    "systemic": ("started_on", "ended_on"),
    "bone_drug": ("started_on", "ended_on"),
    "bone_health": ("dxa_on",),
    "complication": ("happened_on", "resolved_on"),
    "secondary_procedure": ("happened_on",),
    "vital_status": ("last_known_alive_on", "died_on", "lost_on", "reviewed_through_on"),
    "opioid_line": ("started_on", "ended_on"),
}  # fmt: skip
KEPT: dict[str, tuple[str, ...]] = {
    "malignancy": ("primary_other",),
    "metastasis": ("place_other",),
    "fracture": ("etiology_other",),
    "operation": ("hardware_other", "los_definition"),
    "implant": ("type_other", "manufacturer"),
    "cement": ("material_other", "leak_action", "leak_detected_by"),
    "ablation": ("modality_other",),
    "radiation": ("field_site", "intent"),
    "systemic": ("agent",),
    "bone_drug": ("drug_other",),
    "complication": ("description", "sequelae", "linked_procedure"),
    "secondary_procedure": ("description", "linked_procedure"),
    "visit_details": ("cpaf_version", "mme_table_version"),
    "opioid_line": ("drug_other",),
}  # fmt: skip
