"""What each `content` says of a project, as rows with the columns that REDCap gives them."""

from registry.models import MissingReason
from registry.redcap_api.asked import Asked
from registry.redcap_api.columns import refuse_unknown
from registry.redcap_api.fields import CODE, CODES, RedcapField
from registry.redcap_api.layout import CHART, RECORD, UNSCHEDULED, Project

# The version of REDCap whose API this one is shaped after.
VERSION = "14.0.0"
METADATA = (
    "field_name", "form_name", "section_header", "field_type", "field_label", "select_choices_or_calculations",
    "field_note", "text_validation_type_or_show_slider_number", "text_validation_min", "text_validation_max",
    "identifier", "branching_logic", "required_field", "custom_alignment", "question_number", "matrix_group_name",
    "matrix_ranking", "field_annotation",
)  # fmt: skip
NOTES = (
    "Exported by Promontory, read-only. The event Chart holds what is known of the patient and of the index procedure; "
    "each planned visit is an event, visits that were not planned repeat the event Unscheduled. Further procedures "
    "repeat a form of their own, and what was recorded of them is in Promontory's own API."
)
Rows = list[dict[str, str | int]]


def metadata(project: Project, asked: Asked) -> Rows:
    """The data dictionary: 18 columns a field."""
    fields, forms = asked.lists["fields"], asked.lists["forms"]
    refuse_unknown("fields", fields, {name for form in project.forms for name in project.names_in(form.key)})
    refuse_unknown("forms", forms, project.by_form)
    return [
        of_field(one, is_identified=project.shows_identifiers)
        for one in project.fields
        if (fields is None and forms is None) or one.name in (fields or ()) or one.form in (forms or ())
    ]


def of_field(one: RedcapField, *, is_identified: bool) -> dict[str, str]:
    said = {
        "field_name": one.name, "form_name": one.form, "field_type": one.type, "field_label": one.label,
        "select_choices_or_calculations": choices(one) if one.type in (CODE, CODES) else "", "field_note": one.note,
        "text_validation_type_or_show_slider_number": one.validation, "text_validation_min": one.low,
        "text_validation_max": one.high, "identifier": "y" if one.identifies and is_identified else "",
        "branching_logic": one.branching, "required_field": "y" if one.required or one.name == RECORD else "",
    }  # fmt: skip
    return {name: said.get(name, "") for name in METADATA}


def choices(one: RedcapField) -> str:
    """1, Male | 2, Female: bars and line ends of labels would cut them."""
    return " | ".join(f"{code}, {plain_label(label)}" for code, label in one.choices.items())


def plain_label(label: str) -> str:
    return " ".join(label.replace("|", "/").split())


def field_names(project: Project, asked: Asked) -> Rows:
    """The columns of an export, checkboxes choice by choice."""
    wanted = asked.said.get("field")
    names = [name for form in project.forms for name in project.names_in(form.key)]
    if wanted:
        refuse_unknown("field", [wanted], names)
        names = [wanted]
    return [
        {"original_field_name": name, "choice_value": code, "export_field_name": column}
        for name in names
        for code, column in exported(project.by_name.get(name), name).items()
    ]


def exported(one: RedcapField | None, name: str) -> dict[str, str]:
    return one.boxes if one is not None and one.type == CODES else {"": name}


def instruments(project: Project, asked: Asked) -> Rows:
    return [{"instrument_name": form.key, "instrument_label": form.label} for form in project.forms]


def of_arm(asked: Asked) -> bool:
    """Whether the one arm that there is was asked for."""
    arms = asked.lists["arms"]
    refuse_unknown("arms", arms, ("1",))
    return True


def arms(project: Project, asked: Asked) -> Rows:
    of_arm(asked)
    return [{"arm_num": 1, "name": "Arm 1"}]


def events(project: Project, asked: Asked) -> Rows:
    """The chart, the planned moments with their windows, what was not planned."""
    of_arm(asked)
    about = {CHART: "Patient and procedure", UNSCHEDULED: "Visits that were not planned"}
    rows = []
    for event in project.events:
        moment = event.timepoint
        day = 0 if moment is None or moment.target_day is None else moment.target_day
        low, high = (0, 0) if moment is None or not moment.has_window else (
            max(0, day - moment.opens_on_day), max(0, moment.closes_on_day - day))  # fmt: skip
        rows.append({
            "event_name": event.label, "arm_num": 1, "day_offset": day, "offset_min": low, "offset_max": high,
            "unique_event_name": event.name, "custom_event_label": about.get(event.label, "") if moment is None else "",
        })  # fmt: skip
    return rows


def form_events(project: Project, asked: Asked) -> Rows:
    of_arm(asked)
    return [
        {"arm_num": 1, "unique_event_name": event.name, "form": form.key}
        for event in project.events
        for form in project.forms_at(event)
    ]


def repeating(project: Project, asked: Asked) -> Rows:
    """Forms that repeat in an event, and the event that repeats as a whole (its form is blank)."""
    rows = [
        {"event_name": event.name, "form_name": form.key, "custom_form_label": ""}
        for event in project.events
        for form in project.forms_at(event)
        if form.repeats
    ]
    return [*rows, {"event_name": project.unscheduled.name, "form_name": "", "custom_form_label": ""}]


def groups(project: Project, asked: Asked) -> Rows:
    """The sites that the token reads."""
    return [
        {"data_access_group_name": site.name, "unique_group_name": site.code, "data_access_group_id": number}
        for number, site in enumerate(project.sites, start=1)
    ]


def project_info(project: Project, asked: Asked) -> Rows:
    """One row about the study."""
    reasons = " | ".join(f"{code}, {label}" for code, label in MissingReason.choices)
    blank = dict.fromkeys((
        "creation_time", "production_time", "purpose_other", "custom_record_label", "secondary_unique_field",
        "project_irb_number", "project_grant_number", "project_pi_firstname", "project_pi_lastname", "external_modules",
    ), "")  # fmt: skip
    zero = dict.fromkeys((
        "surveys_enabled", "scheduling_enabled", "record_autonumbering_enabled", "randomization_enabled", "ddp_enabled",
        "display_today_now_button", "bypass_branching_erase_field_prompt",
    ), 0)  # fmt: skip
    number = project.study.pk.int % 2_147_483_647
    about = {"project_id": number, "project_title": project.study.name, "in_production": 1, "purpose": 2,
             "project_language": "English", "project_notes": NOTES, "is_longitudinal": 1,
             "has_repeating_instruments_or_events": 1, "missing_data_codes": reasons}  # fmt: skip
    return [about | blank | zero]


CONTENTS = {
    "arm": arms, "dag": groups, "event": events, "exportFieldNames": field_names, "formEventMapping": form_events,
    "instrument": instruments, "metadata": metadata, "project": project_info, "repeatingFormsEvents": repeating,
}  # fmt: skip
