"""Small forms: a reason, and what goes with it."""

from django import forms

from registry.models import MissingReason


class ReasonForm(forms.Form):
    """Why something is taken out of the record, or comes back."""

    reason = forms.CharField(label="Reason", max_length=300, help_text="It is kept in the history, with your name.")
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2_000_000_000)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not self.is_bound:
            next(iter(self.visible_fields())).field.widget.attrs["autofocus"] = True

    def say(self, problems) -> None:
        """Put each broken rule beside its field."""
        for problem in problems:
            self.add_error(problem.field if problem.field in self.fields else None,
                           f"{problem.message} [{problem.rule}]")  # fmt: skip


class WithdrawForm(ReasonForm):
    """When and why a patient leaves."""

    field_order = ["on", "reason"]
    on = forms.DateField(label="Day of the withdrawal", widget=forms.TextInput({"placeholder": "YYYY-MM-DD"}))


class UnavailableForm(ReasonForm):
    """Why a whole form cannot be filled."""

    field_order = ["reason_code", "reason"]
    reason_code = forms.ChoiceField(label="The form cannot be filled because", choices=MissingReason.choices)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1, max_value=2_000_000_000)

    def __init__(self, *args, repeats: bool = False, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = False
        self.fields["reason"].label = "Comment"
        none = [(MissingReason.NOT_APPLICABLE.value, "There was none")] if repeats else []
        others = [pair for pair in MissingReason.choices if not none or pair[0] != MissingReason.NOT_APPLICABLE]
        self.fields["reason_code"].choices = [*none, *others]
