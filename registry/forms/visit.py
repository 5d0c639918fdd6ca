"""The visit form: what is typed becomes a NewVisit; the rules are those of registry.rules, said beside the field."""

import uuid
from decimal import Decimal
from uuid import UUID

from django import forms
from django.utils.functional import cached_property

from registry.actions.visits import correct_visit, record_visit
from registry.asked import asked_instruments, is_complete
from registry.earlier import EarlierVisit, earlier_visit
from registry.errors import Refused
from registry.forms.overrides import PREFIX, asked_overrides, overrides_in, sent_overrides
from registry.forms.provenance import SOURCE_FIELDS, source_fields
from registry.forms.scores import ScoresForm
from registry.forms.visit_start import BY_DATE, UNSCHEDULED, starting_values
from registry.models import FollowUpVisit, MissingReason, Procedure, Timepoint
from registry.partial_dates import PartialDateField
from registry.rules import NewVisit
from registry.schedules import day_of, timepoint_for, window_words


class VisitForm(ScoresForm):
    """One visit on one screen. `record` ends in the same actions as an import."""

    timepoint = forms.ChoiceField(label="Visit")
    visited_on = PartialDateField(label="Date of the visit", required=False)
    missed = forms.ChoiceField(label="Did not take place because", required=False)
    missed_comment = forms.CharField(
        label="Comment on why it did not", required=False, max_length=300, widget=forms.TextInput({"placeholder": " "})
    )
    window_reason = forms.CharField(
        label="Reason for being out of window", required=False, max_length=300,
        help_text="Where the date is outside the visit's window; the visit is kept and flagged.",
        widget=forms.TextInput({"placeholder": " "}),
    )  # fmt: skip
    reason = forms.CharField(
        label="Reason for the change", required=False, max_length=300,
        help_text="This visit is complete: what is recorded is changed only with a reason, which is kept.",
    )  # fmt: skip
    submission_key = forms.UUIDField(widget=forms.HiddenInput)
    opening = forms.CharField(widget=forms.HiddenInput, required=False, max_length=36)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1, max_value=2_000_000_000)

    def __init__(self, *args, procedure: Procedure, visit: FollowUpVisit | None = None, **kwargs):
        self.procedure, self.visit = procedure, visit
        study = procedure.patient.study
        self.timepoints = list(study.schedule.timepoints.all())
        kwargs["initial"] = {"opening": uuid.uuid4(), **starting_values(visit), **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        planned = [(timepoint.code, self.with_window(timepoint)) for timepoint in self.timepoints]
        self.fields["timepoint"].choices = [*planned, (BY_DATE, "as the date says"), (UNSCHEDULED, "unscheduled")]
        self.fields["missed"].choices = [("", "it took place"), *MissingReason.choices]
        self.ask(asked_instruments(study, procedure.site_id))
        self.fields |= source_fields(procedure.patient.site, recorded_reader=visit and visit.abstractor_id)
        self.fields |= sent_overrides(self.data)
        if visit is None:
            del self.fields["version"]
        else:
            self.fields["version"].required = True
        if visit is None or not is_complete(visit, self.instruments):
            del self.fields["reason"]

    def with_window(self, timepoint) -> str:
        """A timepoint's label with its window: '6 weeks: 2020-10-02 to 2020-11-16 (day 21 to 66)'."""
        window = window_words(timepoint, self.procedure.performed_on, self.procedure.performed_precision)
        return f"{timepoint.label}: {window}" if window else timepoint.label

    @property
    def before(self) -> dict[UUID, Decimal]:
        """The values of the visit before."""
        return self.earlier.values if self.earlier else {}

    def source(self) -> list[forms.BoundField]:
        """The fields that say where the values were read."""
        return [self[name] for name in SOURCE_FIELDS]

    def source_words(self) -> str:
        """The source as its folded line says it."""
        said = ((self.fields[name].choices, self[name].value()) for name in ("collection_method", "certainty"))
        return ", ".join(str(dict(choices)[code]) for choices, code in said if code in dict(choices) and code)

    def source_errors(self) -> bool:
        return any(name in self.errors for name in SOURCE_FIELDS)

    def chosen(self) -> Timepoint | None:
        """The planned timepoint that is chosen on the form as it stands."""
        return next((each for each in self.timepoints if each.code == self["timepoint"].value()), None)

    @cached_property
    def earlier(self) -> EarlierVisit | None:
        """The visit before the one that is chosen."""
        chosen = self.chosen()
        before = chosen.target_day if chosen else self.visit and self.visit.day
        return earlier_visit(self.procedure, before=before, other_than=self.visit)

    def clean(self):
        cleaned = super().clean()
        if not self.errors and not cleaned["missed"] and cleaned["visited_on"] == (None, None) and not self.has_day():
            self.add_error("visited_on", "Give the date, or say why the visit did not take place. [V3]")
        if cleaned.get("missed_comment") and not cleaned.get("missed"):
            self.add_error("missed_comment", "Say why the visit did not take place, or take the comment out. [V3]")
        if not self.errors and cleaned["timepoint"] == BY_DATE and self.day_typed() is None:
            self.add_error("timepoint", "Only a date to the day says which visit this is: choose the visit. [V12]")
        return cleaned

    def day_typed(self) -> int | None:
        """Days from the procedure to the date that was typed, else those that are recorded."""
        visited_on, precision = self.cleaned_data.get("visited_on") or (None, None)
        day = day_of(visited_on, precision, self.procedure.performed_on, self.procedure.performed_precision)
        unchanged = day is None and visited_on is None and not self.cleaned_data.get("missed") and self.has_day()
        return self.visit.day if unchanged else day

    def has_day(self) -> bool:
        """A visit from a source without dates is known by its day alone."""
        return self.visit is not None and self.visit.day is not None

    def new_visit(self) -> NewVisit:
        """What was typed, as the actions take it; of a form that is not valid, as much of it as can be read."""
        cleaned = self.cleaned_data
        visited_on, precision = cleaned.get("visited_on") or (None, None)
        code, day = cleaned.get("timepoint"), self.day_typed()
        return NewVisit(
            procedure=self.procedure,
            timepoint=self.chosen_timepoint(code, day),
            timepoint_asserted=code not in (BY_DATE, UNSCHEDULED),
            visited_on=visited_on,
            visited_precision=precision,
            day=day,
            missed=cleaned.get("missed") or None,
            missed_comment=cleaned.get("missed_comment", ""),
            window_reason=cleaned.get("window_reason", ""),
            scores=self.scores(),
            source={name: cleaned.get(name) for name in SOURCE_FIELDS if name in self.data},
            overrides=overrides_in(cleaned),
            submission_key=cleaned.get("submission_key"),
            fields={instrument.key: f"score_{instrument.key}" for instrument in self.instruments},
        )

    def chosen_timepoint(self, code: str | None, day: int | None):
        if code == BY_DATE:
            return timepoint_for(self.timepoints, day)
        return next((timepoint for timepoint in self.timepoints if timepoint.code == code), None)

    def record(self, *, by) -> FollowUpVisit | None:
        """Record or correct the visit; None, with the broken rules beside their fields, where it is refused."""
        try:
            if self.visit is None:
                return record_visit(self.new_visit(), by=by)
            version, reason = self.cleaned_data["version"], self.cleaned_data.get("reason", "")
            return correct_visit(self.visit, self.new_visit(), version=version, reason=reason, by=by)
        except Refused as refused:
            self.fields |= asked_overrides(refused.problems)
            for problem in refused.problems:
                field = problem.field if problem.field in self.fields else None
                self.add_error(field, f"{problem.message} [{problem.rule}]")
            return None

    def warnings(self) -> list[forms.BoundField]:
        """What was warned of, each with its field for the reason why it is right."""
        return [self[name] for name in self.fields if name.startswith(PREFIX)]
