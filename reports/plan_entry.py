"""One analysis of a plan as a form: its type's keys, from the published schema, filled from what the cohort has."""

import re
from collections.abc import Mapping
from functools import cached_property

from django import forms

from outcomes.analyses import TYPES
from outcomes.analyses.conditions import COMPARISONS
from outcomes.plans.check import SCHEMA, specified
from outcomes.plans.errors import PlanError
from outcomes.plans.schema import OF_EVERY_ENTRY
from reports import plan_controls as controls
from reports import wording
from reports.manifest import Manifest
from reports.phrases import instrument_of

# What the types are called where one is chosen, in the order of a paper: who, how they did, whether it differs.
NAMES = {
    "describe_patient_var": "Describe a patient variable",
    "share_patient_var": "Shares of a patient variable's levels",
    "crosstab_patient": "Compare shares of a patient variable between groups",
    "mannwhitney_patient_var": "Compare a patient number between two groups (Mann-Whitney)",
    "describe_by_timepoint": "Describe a score over time",
    "wilcoxon_paired": "Change between two timepoints (Wilcoxon signed-rank)",
    "contrasts_from_baseline": "Change from baseline at every later timepoint (signed-rank, Holm)",
    "kruskal_dunn": "Compare timepoints as groups (Kruskal-Wallis, Dunn)",
    "deaths_apart": "A score over time with deaths counted apart",
    "responders": "Who got better by enough (responders)",
    "change_direction": "Decreased, stable or increased",
    "mannwhitney": "Compare a score between two groups (Mann-Whitney)",
    "mannwhitney_change": "Compare a change between two groups (Mann-Whitney)",
    "kruskal_groups": "Compare a score between any number of groups (Kruskal-Wallis, Dunn)",
    "ancova": "Difference between groups given the earlier value (ANCOVA)",
    "proportion": "Share with a yes/no outcome of a score",
    "crosstab": "Compare a yes/no outcome of a score between groups",
    "mcnemar": "The same yes/no outcome twice (McNemar)",
    "trend": "Trend of a yes/no outcome over ordered levels (Cochran-Armitage)",
    "km": "Time to an event (Kaplan-Meier)",
    "cumulative_incidence": "Time to an event with a competing one (cumulative incidence)",
    "logrank_by_site": "Time to an event by groups, within sites (log-rank)",
    "van_elteren": "Compare a score between two groups, within sites (van Elteren)",
    "cmh": "Compare a yes/no outcome between groups, within sites (Cochran-Mantel-Haenszel)",
    "mixed_model": "Linear mixed model over time",
    "gee": "GEE model over time",
    "normality": "Normality (reported only)",
}
LABELS = {
    "pre": "Earlier timepoint", "post": "Later timepoint", "by": "By groups of", "group": "Groups of",
    "row": "Groups of", "var": "Patient variable", "baseline": "Baseline", "timepoints": "Timepoints",
    "covariates": "Adjusted for",
    "group_level": "The group that is compared", "group_ref": "With the group", "improvement_ge": "Better by (points)",
    "relative_improvement_ge": "or better by (share of the first value)", "relative": "Relative change that counts",
    "survival": "Time to", "competing": "Competing event", "times": "Times at which it is read",
    "tau": "Restricted mean up to", "better": "Better is", "correlation": "Working correlation",
}  # fmt: skip
HELP = {
    "baseline": "Left empty: the first timepoint.",
    "timepoints": "None chosen: all.",
    "relative": "A share: 0.25 is 25 %. Left empty: any change.",
    "times": "Numbers with blanks between them, as 6 12 24; or the name of the time to an event, for the whole curve.",
}
# Where only a number will do.
NUMERIC = {("ancova", "covariates"), ("mannwhitney_patient_var", "var"), ("describe_patient_var", "var"),
           ("normality", "var"), ("trend", "row"), ("mixed_model", "covariates")}  # fmt: skip
TIMEPOINTS = ("timepoint", "pre", "post", "baseline")
COVARIATES = ("by", "group", "row", "var", "col")


def kinds() -> list[tuple[str, str]]:
    """(type, what it is called) of every type that there is."""
    known = [(kind, NAMES[kind]) for kind in NAMES if kind in TYPES]
    return known + [(kind, wording.heading(kind)) for kind in TYPES if kind not in NAMES]


class EntryForm(forms.Form):
    """The keys of one type. `entry` is what the plan gets; PlanError's words stand beside the field they are about."""

    def __init__(self, *args, kind: str, manifest: Manifest, taken=(), entry: Mapping | None = None, **kwargs):
        self.kind, self.manifest, self.taken = kind, manifest, set(taken)
        self.was = dict(entry or {})
        self.controls = [control_of(kind, key, self.rules, manifest) for key in self.keys]
        shown: dict = {}
        for control in self.controls:
            shown |= {name: value for name, value in control.show(self.was).items() if name in control.fields}
        kwargs.setdefault("prefix", "entry")
        super().__init__(*args, initial={"id": self.was.get("id", "")} | shown, **kwargs)
        for control in self.controls:
            self.fields.update(control.fields)
        self.fields["id"] = forms.CharField(
            label="Name of the analysis", required=False, max_length=100,
            help_text="How results and addresses call it. Left empty: made from what it asks.",
        )  # fmt: skip
        if not self.is_bound:
            next(iter(self.fields.values())).widget.attrs["autofocus"] = True

    @property
    def rules(self) -> dict:
        return SCHEMA["$defs"][self.kind]

    @cached_property
    def keys(self) -> list[str]:
        """The type's keys; comparisons that stand in the entry itself are one control."""
        named = [key for key in self.rules["properties"] if key not in OF_EVERY_ENTRY and key != "subset"]
        own = [key for key in named if key not in COMPARISONS]
        return [*own, *(["cut"] if len(own) < len(named) else []), "subset"]

    def clean(self):
        typed = super().clean()
        if self.errors:
            return typed
        self.entry = {"id": "", "type": self.kind} | self.read(typed)
        self.entry["id"] = typed.get("id") or free_id(self.entry, self.taken)
        if self.entry["id"] in self.taken:
            self.add_error("id", "Another analysis of this plan has this name.")
        try:
            specified(self.entry)
        except PlanError as error:
            field = error.field.split(".")[0]
            self.add_error(field if field in self.fields else None, f"{error.value!r} {error.rule}.")
        return typed

    def read(self, typed: Mapping) -> dict:
        """The entry's keys; a control's own refusal stands beside its field."""
        entry: dict = {"beside": self.was["beside"]} if "beside" in self.was else {}
        for control in self.controls:
            try:
                entry |= control.read(typed)
            except forms.ValidationError as error:
                self.add_error(None, error)
        return entry


def free_id(entry: Mapping, taken: set[str]) -> str:
    """'pain_preop_to_w6', made of what the entry asks; with a number where that is taken."""
    parts = [instrument_of(entry) or entry.get("var") or entry.get("survival") or "", entry["type"]]
    parts += [str(entry[key]) for key in ("timepoint", "pre", "post", "by") if entry.get(key)]
    base = re.sub(r"[^A-Za-z0-9_-]+", "_", "_".join(filter(None, parts)))[:80]
    return next(name for name in (base, *(f"{base}_{n}" for n in range(2, 10_000))) if name not in taken)


def control_of(kind: str, key: str, rules: Mapping, manifest: Manifest) -> controls.Control:
    """The control of one key: by what it is called, else by what the schema says of it."""
    offer, required = controls.Offer(manifest), key in rules.get("required", [])
    if key == "subset":
        return controls.subset(offer)
    if key == "cut":
        return controls.comparison(required=any("required" in each for each in rules.get("oneOf", [])))
    schema = rules["properties"][key]
    told = {"required": required, "help_text": HELP.get(key, "")}
    label = LABELS.get(key, wording.heading(key))
    if schema == {"$ref": "#/$defs/condition"}:
        return controls.condition(key, offer)
    if key in ("group_level", "group_ref"):
        return controls.level(key, label, offer, of="group", **told)
    if found := offer.numbers if (kind, key) in NUMERIC else offered(key, offer):
        make = controls.several if schema.get("type") == "array" else controls.picked
        return make(key, label, found, **told)
    return plain_control(key, label, schema, told, offer)


def offered(key: str, offer: controls.Offer) -> controls.Options:
    """What a key chooses from."""
    if key == "instrument":
        return offer.instruments
    if key in TIMEPOINTS or key == "timepoints":
        return offer.timepoints
    if key in COVARIATES or key == "covariates":
        return offer.covariates
    return offer.survival if key in ("survival", "competing") else []


def plain_control(key: str, label: str, schema: Mapping, told: dict, offer: controls.Offer) -> controls.Control:
    if "enum" in schema:
        return controls.choice(key, label, schema["enum"], **told)
    if schema.get("type") in ("number", "integer"):
        return controls.number(key, label, **told)
    if key == "times":
        names = [name for name, _ in offer.survival] if "anyOf" in schema else []
        return controls.numbers(key, label, names=names, **told)
    return controls.anything(key, label, **told)
