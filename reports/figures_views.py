"""The page that checks printed figures: pasted or uploaded, answered at once, and nothing of it is kept."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from outcomes.consistency.check import Report, check_figures
from outcomes.consistency.reader import Figures, FiguresError, read_figures

LARGEST = 400_000  # characters; the published figures of three papers are half of it
EXAMPLE = """{
 "records": [
  {"id": "T1-1", "paper": "mine", "location": "Table 1", "variable": "n_patients",
   "subgroup": "all", "values": {"n": 12}},
  {"id": "T1-2", "paper": "mine", "location": "Table 1", "variable": "sex.female",
   "subgroup": "all", "values": {"n": 5, "percent": 43}},
  {"id": "T2-1", "paper": "mine", "location": "Table 2", "variable": "msts_total",
   "subgroup": "all", "timepoint": "final", "values": {"mean": 18.14, "n": 12}}
 ]
}"""
SEVERAL = {"disagrees": "disagree", "note": "notes"}
BADGES = {"impossible": "is-bad", "disagrees": "is-warn", "note": "is-off"}


class FiguresForm(forms.Form):
    """JSON in the form of docs/consistency.md. A file takes the place of what is in the field."""

    file = forms.FileField(
        label="JSON file", required=False,
        help_text=f"Up to {LARGEST:,} characters; it takes the place of the text below.",
    )  # fmt: skip
    figures = forms.CharField(
        label="Printed figures", required=False, max_length=LARGEST, strip=False,
        widget=forms.Textarea(attrs={"rows": 16, "class": "mono", "spellcheck": "false", "autocomplete": "off"}),
        help_text="Numbers with the digits that the paper prints: 28.0 is not 28.",
    )  # fmt: skip

    def clean(self) -> dict:
        """Reads the figures; what cannot be read is said at the field."""
        values = super().clean()
        if self.errors:
            return values
        try:
            values["read"] = self.read(values)
        except (FiguresError, UnicodeDecodeError) as error:
            words = "is not UTF-8 text." if isinstance(error, UnicodeDecodeError) else str(error)
            self.add_error("figures", f"The file {words}" if isinstance(error, UnicodeDecodeError) else words)
        return values

    def read(self, values: dict) -> Figures:
        """Raises FiguresError and UnicodeDecodeError."""
        if values.get("file"):
            text = values["file"].read(LARGEST * 4 + 1).decode("utf-8")
            if len(text) <= LARGEST:
                self.data = self.data.copy()
                self.data["figures"] = text  # so that it can be seen and corrected
        else:
            text = values.get("figures", "")
        if len(text) > LARGEST:
            rule = f"is longer than {LARGEST:,} characters; check one paper at a time"
            raise FiguresError(record="The file", field="", value=f"{len(text):,} characters", rule=rule)
        if not text.strip():
            raise FiguresError(record="Nothing to check", field="", value="", rule="paste the figures or choose a file")
        return read_figures(text)


@require_http_methods(["GET", "HEAD", "POST"])
def figures_check(request: HttpRequest) -> HttpResponse:
    """What is impossible or disagrees in the figures that were sent; they stay in the form."""
    sent = request.method == "POST"
    form = FiguresForm(request.POST, request.FILES) if sent else FiguresForm(initial={"figures": EXAMPLE})
    report = check_figures(form.cleaned_data["read"]) if sent and form.is_valid() else None
    context = {"form": form, "report": report, "section": "figures"} | (shown(report) if report else {})
    return render(request, "reports/figures_check.html", context, status=400 if sent and form.errors else 200)


def shown(report: Report) -> dict:
    """The report as the page's lists, with the words of each severity beside its badge."""
    return {
        "findings": [{"finding": one, "badge": BADGES[one.severity]} for one in report.findings],
        "counts": [
            (BADGES[name], SEVERAL.get(name, name) if times > 1 else name, times)
            for name, times in report.counts.items()
            if times
        ],
        "left_out": list(report.left_out.items()),
    }
