"""The visit form: what is typed becomes a NewVisit; the rules are those of registry.rules, said beside the field."""

from django import forms
from django.db.models import Q
from django.utils.functional import cached_property

from registry.actions.visits import correct_visit, record_visit
from registry.earlier import EarlierVisit, earlier_visit
from registry.errors import Refused
from registry.forms.numbers import NumberField
from registry.forms.visit_start import BY_DATE, UNSCHEDULED, starting_values
from registry.models import FollowUpVisit, Instrument, MissingReason, Procedure
from registry.partial_dates import PartialDateField
from registry.rules import NewVisit, plain
from registry.schedules import day_of, timepoint_for, window_words


class VisitForm(forms.Form):
    """One visit on one screen. `record` ends in the same actions as an import."""

    timepoint = forms.ChoiceField(label="Visit", help_text="The planned visit that this one is, with its window.")
    visited_on = PartialDateField(label="Date of the visit", required=False)
    missed = forms.ChoiceField(
        label="Did not take place because", required=False,
        help_text="A visit that was missed has no date and no scores.",
    )  # fmt: skip
    window_reason = forms.CharField(
        label="Reason for being out of window", required=False, max_length=300,
        help_text="Only where the date is outside the visit's window; the visit is kept and flagged.",
    )  # fmt: skip
    reason = forms.CharField(label="Reason for the correction", required=False, max_length=300)
    submission_key = forms.UUIDField(widget=forms.HiddenInput)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1, max_value=2_000_000_000)

    def __init__(self, *args, procedure: Procedure, visit: FollowUpVisit | None = None, **kwargs):
        self.procedure, self.visit = procedure, visit
        study = procedure.patient.study
        self.timepoints = list(study.schedule.timepoints.all())
        # Another site's own instrument of the same key is not this site's to fill in.
        mine = Q(instrument__site=None) | Q(instrument__site=procedure.site_id)
        asked = study.asked.filter(mine).select_related("instrument__part_of")
        self.instruments = [link.instrument for link in asked]
        kwargs["initial"] = {**starting_values(visit), **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        planned = [(timepoint.code, self.with_window(timepoint)) for timepoint in self.timepoints]
        self.fields["timepoint"].choices = [*planned, (BY_DATE, "as the date says"), (UNSCHEDULED, "unscheduled")]
        self.fields["missed"].choices = [("", "it took place"), *MissingReason.choices]
        for instrument in self.instruments:
            self.add_score(instrument)
        if not self.is_bound:
            self.fields["timepoint"].widget.attrs["autofocus"] = True
        if visit is None:
            del self.fields["reason"], self.fields["version"]
        else:
            self.fields["version"].required = True

    def with_window(self, timepoint) -> str:
        """A timepoint's label with its window: '6 weeks: 2020-10-02 to 2020-11-16 (day 21 to 66)'."""
        window = window_words(timepoint, self.procedure.performed_on, self.procedure.performed_precision)
        return f"{timepoint.label}: {window}" if window else timepoint.label

    def add_score(self, instrument: Instrument) -> None:
        """A field for the value, and one for the reason why there is none."""
        low, high = plain(instrument.minimum), plain(instrument.maximum)
        legal = f"{low} or {high}" if instrument.is_yes_no else f"{low} to {high}"
        anchors = "; ".join(f"{value} {label}" for value, label in sorted(instrument.levels.items()))
        self.fields[f"score_{instrument.key}"] = NumberField(
            label=instrument.name, required=False, max_length=30, help_text=anchors,
            widget=forms.TextInput({"inputmode": "decimal", "autocomplete": "off", "placeholder": legal}),
        )  # fmt: skip
        self.fields[f"missing_{instrument.key}"] = forms.ChoiceField(
            label=f"{instrument.name} is missing because", required=False,
            choices=[("", "reason if missing"), *MissingReason.choices],
        )  # fmt: skip

    def score_rows(self):
        """(instrument, value field, reason field, value at the visit before) in the order of the form."""
        earlier = self.earlier
        for instrument in self.instruments:
            before = earlier.values.get(instrument.pk, "") if earlier else ""
            yield instrument, self[f"score_{instrument.key}"], self[f"missing_{instrument.key}"], before

    @cached_property
    def earlier(self) -> EarlierVisit | None:
        """The visit before the one that is chosen."""
        chosen = next((each for each in self.timepoints if each.code == self["timepoint"].value()), None)
        before = chosen.target_day if chosen else self.visit and self.visit.day
        return earlier_visit(self.procedure, before=before, other_than=self.visit)

    def clean(self):
        cleaned = super().clean()
        for instrument in self.instruments:
            value, missing = cleaned.get(f"score_{instrument.key}"), cleaned.get(f"missing_{instrument.key}")
            if value is not None and missing:
                message = "Give the score or the reason why it is missing, not both. [M1]"
                self.add_error(f"score_{instrument.key}", message)
        if not self.errors and not cleaned["missed"] and cleaned["visited_on"] == (None, None) and not self.has_day():
            self.add_error("visited_on", "Give the date, or say why the visit did not take place. [V3]")
        if not self.errors and cleaned["timepoint"] == BY_DATE and self.day_typed() is None:
            self.add_error("timepoint", "Only a date to the day says which visit this is: choose the visit. [V12]")
        return cleaned

    def day_typed(self) -> int | None:
        """Days from the procedure to the date that was typed, else those that are recorded."""
        visited_on, precision = self.cleaned_data["visited_on"]
        day = day_of(visited_on, precision, self.procedure.performed_on, self.procedure.performed_precision)
        unchanged = day is None and visited_on is None and not self.cleaned_data["missed"] and self.has_day()
        return self.visit.day if unchanged else day

    def has_day(self) -> bool:
        """A visit from a source without dates is known by its day alone."""
        return self.visit is not None and self.visit.day is not None

    def new_visit(self) -> NewVisit:
        """What was typed, as the actions take it."""
        cleaned = self.cleaned_data
        visited_on, precision = cleaned["visited_on"]
        day = self.day_typed()
        asserted = cleaned["timepoint"] not in (BY_DATE, UNSCHEDULED)
        return NewVisit(
            procedure=self.procedure,
            timepoint=self.chosen_timepoint(cleaned["timepoint"], day),
            timepoint_asserted=asserted,
            visited_on=visited_on,
            visited_precision=precision,
            day=day,
            missed=cleaned["missed"] or None,
            window_reason=cleaned["window_reason"],
            scores=self.scores(),
            submission_key=cleaned["submission_key"],
            fields={instrument.key: f"score_{instrument.key}" for instrument in self.instruments},
        )

    def chosen_timepoint(self, code: str, day: int | None):
        if code == BY_DATE:
            return timepoint_for(self.timepoints, day)
        return next((timepoint for timepoint in self.timepoints if timepoint.code == code), None)

    def scores(self) -> dict:
        """The scores and reasons that were typed; an instrument with neither is left unrecorded."""
        found = {}
        for instrument in self.instruments:
            value = self.cleaned_data[f"score_{instrument.key}"]
            missing = self.cleaned_data[f"missing_{instrument.key}"]
            if value is not None or missing:
                found[instrument] = MissingReason(missing) if value is None else value
        return found

    def in_words(self, name: str, value: str) -> str:
        """A field's value as its reader sees it: the words of a choice, other values as they were typed."""
        words = dict(getattr(self.fields[name], "choices", ()))
        return words.get(value, value) if value or name == "missed" else ""

    def record(self, *, by) -> FollowUpVisit | None:
        """Record or correct the visit; None, with the broken rules beside their fields, where it is refused."""
        try:
            if self.visit is None:
                return record_visit(self.new_visit(), by=by)
            cleaned = self.cleaned_data
            return correct_visit(
                self.visit, self.new_visit(), version=cleaned["version"], reason=cleaned["reason"], by=by
            )
        except Refused as refused:
            for problem in refused.problems:
                field = problem.field if problem.field in self.fields else None
                self.add_error(field, f"{problem.message} [{problem.rule}]")
            return None
