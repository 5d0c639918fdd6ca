"""A study as a project: its forms, their fields, and its events. They come from the study, never from its rows."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from registry.access import Permission, Profile, sites_for
from registry.chart import FORMS
from registry.models import Covariate, FollowUpVisit, Instrument, Patient, Procedure, Site, Study, Timepoint, User
from registry.profiles.whitelist import WHITELIST
from registry.redcap_api.fields import (
    CODE,
    PRECISIONS,
    REASONS,
    RedcapField,
    each_once,
    of_chart_form,
    of_covariate,
    of_instrument,
)

RECORD = "record_id"
CHART, UNSCHEDULED = "Chart", "Unscheduled"
LONGEST_EVENT = 18
KINDS = {code: str(label) for code, label in Procedure.Kind.choices}
SEXES = {code: str(label) for code, label in Patient.Sex.choices}
WINDOWS = {code: str(label) for code, label in FollowUpVisit.Window.choices}


@dataclass(frozen=True, kw_only=True)
class RedcapForm:
    """A form (REDCap: an instrument). `parent`: what its rows are about; `own`: it has no rows of its own."""

    key: str
    label: str
    parent: str
    repeats: bool = False
    own: bool = False


@dataclass(frozen=True, kw_only=True)
class RedcapEvent:
    """An event: the chart, a planned moment, or the visits that were not planned, each of which repeats it."""

    name: str
    label: str
    timepoint: Timepoint | None = None
    repeats: bool = False

    @property
    def is_chart(self) -> bool:
        return self.timepoint is None and not self.repeats


# By which list the fields of our own forms leave.
TABLE_OF = {"patient": "patients", "procedure": "procedures", "further_procedure": "procedures", "visit": "visits"}
OWN = (
    RedcapForm(key="patient", label="Patient", parent="patient", own=True),
    RedcapForm(key="covariates", label="Attributes", parent="patient", own=True),
    RedcapForm(key="procedure", label="Procedure", parent="procedure", own=True),
    RedcapForm(key="further_procedure", label="Further procedure", parent="patient", repeats=True, own=True),
    RedcapForm(key="visit", label="Visit", parent="visit", own=True),
    RedcapForm(key="scores", label="Scores", parent="visit", own=True),
)
OF_CHART = tuple(
    RedcapForm(key=form.key, label=form.title, parent=form.parent, repeats=form.repeats) for form in FORMS.values()
)


def date(form: str, name: str, label: str) -> tuple[RedcapField, RedcapField]:
    """A date and its precision."""
    stem = name.removesuffix("_on")
    return (
        RedcapField(name=f"{form}_{name}", form=form, label=label, source=name, validation="date_ymd", identifies=True),
        RedcapField(name=f"{form}_{stem}_precision", form=form, label=f"{label}: known", source=f"{stem}_precision",
                    type=CODE, choices=PRECISIONS),
    )  # fmt: skip


def coded(form: str, name: str, label: str, choices: dict[str, str]) -> RedcapField:
    return RedcapField(name=f"{form}_{name}", form=form, label=label, source=name, type=CODE, choices=choices)


def typed(form: str, name: str, label: str) -> RedcapField:
    return RedcapField(name=f"{form}_{name}", form=form, label=label, source=name, identifies=True)


def of_procedure(form: str) -> list[RedcapField]:
    return [
        coded(form, "kind", "Procedure", KINDS),
        *date(form, "performed_on", "Performed on"),
        counted(form, "day", "Days from the index procedure"),
    ]


def counted(form: str, name: str, label: str) -> RedcapField:
    return RedcapField(name=f"{form}_{name}", form=form, label=label, source=name, validation="integer")


OWN_FIELDS = [
    RedcapField(name=RECORD, form="patient", label="Study number", source=RECORD, identifies=True),
    coded("patient", "sex", "Sex", SEXES),
    *date("patient", "born_on", "Born on"),
    typed("patient", "age", "Age at the procedure (years)"),
    counted("patient", "index_year", "Year of the procedure"),
    RedcapField(name="patient_withdrawn_on", form="patient", label="Withdrawn on", source="withdrawn_on",
                validation="date_ymd", identifies=True),
    typed("patient", "withdrawn_reason", "Withdrawn because"),
    *of_procedure("procedure"),
    *of_procedure("further_procedure"),
    *date("visit", "visited_on", "Visited on"),
    counted("visit", "day", "Days from the procedure"),
    coded("visit", "window", "Window", WINDOWS),
    typed("visit", "window_reason", "Outside its window because"),
    coded("visit", "missed", "Did not take place because", REASONS),
]  # fmt: skip
# Opioids of an unscheduled visit stand in rows of their own: this field says which of the visits they are of.
OPIOID_VISIT = RedcapField(
    name="opioid_line_visit", form="opioid_line", label="Number of the unscheduled visit", source="",
    validation="integer",
)  # fmt: skip


class Project:
    """A study in one profile: what of it is asked, shown, and when."""

    def __init__(self, study: Study, profile: Profile, *, user: User, permission: Permission):
        self.study, self.profile, self.user, self.permission = study, profile, user, permission
        sites = Site.objects.filter(enrolments__study=study)
        self.sites: list[Site] = list(sites if user.is_system else sites.filter(pk__in=sites_for(user, permission)))
        self.instruments: list[Instrument] = [
            link.instrument for link in study.asked.select_related("instrument").order_by("order", "instrument__key")
        ]
        self.covariates: list[Covariate] = list(study.covariates.order_by("order", "name"))
        self.timepoints: list[Timepoint] = list(study.schedule.timepoints.order_by("order"))
        self.forms: tuple[RedcapForm, ...] = (*OWN, *OF_CHART)

    @cached_property
    def fields(self) -> list[RedcapField]:
        """Every field, form by form, the record id first."""
        moments = {timepoint.code: timepoint.label for timepoint in self.timepoints}
        own = [*OWN_FIELDS, coded("visit", "timepoint", "Planned moment", moments)]
        found = [one for one in own if self.tells(one)]
        found += [*map(of_covariate, self.covariates), *map(of_instrument, self.instruments)]
        found += [one for form in FORMS.values() for one in of_chart_form(form, self.profile)] + [OPIOID_VISIT]
        place = {form.key: number for number, form in enumerate(self.forms)}
        ordered = sorted(found, key=lambda one: place[one.form])
        return list(each_once(ordered, [status_of(form.key) for form in self.forms]))

    def tells(self, one: RedcapField) -> bool:
        """Whether the field of the patient, the procedure or the visit leaves in this profile."""
        return one.name == RECORD or one.source in WHITELIST[TABLE_OF[one.form]][self.profile]

    @cached_property
    def by_name(self) -> dict[str, RedcapField]:
        return {one.name: one for one in self.fields}

    @cached_property
    def by_form(self) -> dict[str, list[RedcapField]]:
        found: dict[str, list[RedcapField]] = {form.key: [] for form in self.forms}
        for one in self.fields:
            found[one.form].append(one)
        return found

    def names_in(self, form: str) -> list[str]:
        """The fields of a form, and the one that says whether it is complete."""
        return [*(one.name for one in self.by_form[form]), status_of(form)]

    @cached_property
    def events(self) -> list[RedcapEvent]:
        """The chart, the planned moments in their order, and what was not planned."""
        labels = [CHART, *(timepoint.label for timepoint in self.timepoints), UNSCHEDULED]
        planned = [None, *self.timepoints, None]
        names = unique_names(labels)
        return [
            RedcapEvent(name=name, label=label, timepoint=timepoint, repeats=number == len(labels) - 1)
            for number, (name, label, timepoint) in enumerate(zip(names, labels, planned, strict=True))
        ]

    @property
    def chart(self) -> RedcapEvent:
        return self.events[0]

    @property
    def unscheduled(self) -> RedcapEvent:
        return self.events[-1]

    @property
    def shows_identifiers(self) -> bool:
        """Whether rows leave as they are recorded."""
        return self.profile is Profile.IDENTIFIED

    def forms_at(self, event: RedcapEvent) -> list[RedcapForm]:
        """The forms of an event."""
        return [form for form in self.forms if (form.parent == "visit") != event.is_chart]


def status_of(form: str) -> str:
    """The field that says whether a form is complete."""
    return f"{form}_complete"


def unique_names(labels: Iterable[str]) -> list[str]:
    """Labels as REDCap names its events: six_weeks_arm_1; a second of the same name gets a letter."""
    names: list[str] = []
    for label in labels:
        stem = re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_") or "event"
        name, letter = stem[:LONGEST_EVENT], "b"
        while name in names:
            name, letter = f"{stem[: LONGEST_EVENT - 1]}{letter}", chr(ord(letter) + 1)
        names.append(name)
    return [f"{name}_arm_1" for name in names]
