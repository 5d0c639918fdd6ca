"""What of each table may leave under each profile: lists of what may, so that what is new stays until it is listed.

safe_harbor has no date but days from the index procedure and its year, no age over 89, no free text, no serial, no
study number, and ids that no other recipient has. limited has dates and ages beside them.
"""

from registry.access import Profile

IDENTIFIED, LIMITED, SAFE_HARBOR = Profile

# What a chart's form says of itself.
OF_FORM = ("missing", "unavailable")
EVENT = (
    "complication", "secondary", "intraoperative", "clavien_dindo", "lasting_disability", "needed_surgery", "related",
    "reason", "same_site", "newly_started", "linked_procedure",
)  # fmt: skip
RADIATION = ("field_includes_sacrum", "modality", "dose_gy", "fractions")
STARTED = ("started_on", "started_precision")
ENDED = ("ended_on", "ended_precision")
HAPPENED = ("happened_on", "happened_precision", "resolved_on", "resolved_precision")
SCORE = (
    "id", "site", "study", "patient", "procedure", "visit", "timepoint", "instrument", "instrument_version", "value",
    "missing", "derived",
)  # fmt: skip
VISIT = ("id", "site", "study", "patient", "procedure", "timepoint", "timepoint_asserted")
DATED = ("visited_on", "visited_precision")

WHITELIST: dict[str, dict[Profile, tuple[str, ...]]] = {
    "patients": {
        SAFE_HARBOR: ("id", "site", "study", "sex", "age", "index_year", "covariates"),
        LIMITED: ("id", "site", "study", "sex", "born_on", "born_precision", "age", "index_year", "covariates"),
        IDENTIFIED: ("id", "site", "study", "study_number", "sex", "born_on", "born_precision", "withdrawn_on",
                     "withdrawn_reason", "covariates", "version"),
    },
    "procedures": {
        SAFE_HARBOR: ("id", "site", "study", "patient", "kind", "is_index", "day"),
        LIMITED: ("id", "site", "study", "patient", "kind", "is_index", "day", "performed_on", "performed_precision"),
        IDENTIFIED: ("id", "site", "study", "patient", "kind", "performed_on", "performed_precision", "is_index",
                     "version"),
    },
    "visits": {
        SAFE_HARBOR: (*VISIT, "day", "window", "missed"),
        LIMITED: (*VISIT, *DATED, "day", "window", "missed"),
        IDENTIFIED: (*VISIT, *DATED, "day", "window", "window_reason", "missed", "recorded_at", "version"),
    },
    "scores": {SAFE_HARBOR: SCORE, LIMITED: SCORE, IDENTIFIED: (*SCORE, "version")},
    "events": {
        SAFE_HARBOR: ("id", "site", "study", "patient", "procedure", "kind", "day", "resolved_day", *EVENT, *OF_FORM),
        LIMITED: ("id", "site", "study", "patient", "procedure", "kind", "day", "resolved_day", *HAPPENED, *EVENT,
                  *OF_FORM),
        IDENTIFIED: ("id", "site", "study", "patient", "procedure", "kind", *HAPPENED, *EVENT, "description",
                     "sequelae", *OF_FORM, "version"),
    },
    "radiation": {
        SAFE_HARBOR: ("id", "site", "study", "patient", "kind", "day", "end_day", *RADIATION, *OF_FORM),
        LIMITED: ("id", "site", "study", "patient", "kind", "day", "end_day", *STARTED, *ENDED, *RADIATION, *OF_FORM),
        IDENTIFIED: ("id", "site", "study", "patient", "kind", *STARTED, *ENDED, *RADIATION, "field_site", "intent",
                     *OF_FORM, "version"),
    },
    "systemic": {
        SAFE_HARBOR: ("id", "site", "study", "patient", "kind", "day", "end_day", "drug_class", *OF_FORM),
        LIMITED: ("id", "site", "study", "patient", "kind", "day", "end_day", *STARTED, *ENDED, "drug_class",
                  *OF_FORM),
        IDENTIFIED: ("id", "site", "study", "patient", "kind", *STARTED, *ENDED, "drug_class", "agent", *OF_FORM,
                     "version"),
    },
}  # fmt: skip
