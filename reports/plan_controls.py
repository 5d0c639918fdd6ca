"""The keys of a plan's entry as controls of a form: what there is to choose from, what was chosen, and back again."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django import forms

from outcomes.analyses.conditions import COMPARISONS
from registry.forms import NumberField
from reports import wording
from reports.manifest import Manifest

COMPARED = {"gt": "above", "ge": "or more", "lt": "below", "le": "or less", "eq": "equal to"}
Options = list[tuple]


@dataclass(frozen=True)
class Offer:
    """What a cohort offers to choose from, and the label of a key."""

    manifest: Manifest

    @property
    def instruments(self) -> Options:
        return [(key, each.name) for key, each in self.manifest.instruments.items()]

    @property
    def timepoints(self) -> Options:
        return [*self.manifest.timepoints.items()]

    @property
    def covariates(self) -> Options:
        return [(name, wording.heading(name)) for name in self.manifest.raw.get("covariates", {})]

    @property
    def numbers(self) -> Options:
        """The covariates that are numbers."""
        covariates = self.manifest.raw.get("covariates", {})
        return [(name, words) for name, words in self.covariates if covariates[name].get("kind") == "number"]

    @property
    def survival(self) -> Options:
        return [(name, wording.heading(name)) for name in self.manifest.raw.get("survival", {})]

    @property
    def levels(self) -> Options:
        """Each covariate's levels under its name; the value says of which covariate the level is."""
        covariates = self.manifest.raw.get("covariates", {})
        return [
            (wording.heading(name), [(json.dumps([name, level]), wording.heading(level)) for level in about["levels"]])
            for name, about in covariates.items()
            if about.get("levels")
        ]

    @property
    def spans(self) -> Options:
        """One timepoint, or a change from one to a later one."""
        points = self.timepoints
        pairs = [((a, b), f"{first} to {later}") for i, (a, first) in enumerate(points) for b, later in points[i + 1 :]]
        return [
            ("At a timepoint", [(json.dumps([code]), label) for code, label in points]),
            ("Change between two", [(json.dumps(pair), label) for pair, label in pairs]),
        ]


class Separate(forms.CheckboxSelectMultiple):
    """Checkboxes each with a name of its own: no field of a form is sent twice."""

    def value_from_datadict(self, data, files, name):
        return [value for value, _ in self.choices if f"{name}.{value}" in data]

    def create_option(self, name, value, *args, **kwargs):
        return super().create_option(f"{name}.{value}", value, *args, **kwargs)


@dataclass(frozen=True)
class Control:
    """One key of an entry: the form's fields for it; the part of an entry that they mean; an entry as they show it."""

    fields: Mapping[str, forms.Field]
    read: Callable[[Mapping], dict]
    show: Callable[[Mapping], dict]


def options(found: Options, *, required: bool, none: str = "") -> Options:
    """With an empty choice first; a required one asks for it."""
    return [("", "choose" if required else none or "none"), *found]


def picked(key: str, label: str, found: Options, *, required: bool, help_text: str = "") -> Control:
    """One of some."""
    field = forms.ChoiceField(
        label=label, choices=options(found, required=required), required=required, help_text=help_text
    )
    return Control({key: field}, lambda typed: {key: typed[key]} if typed.get(key) else {}, lambda entry: entry)


def several(key: str, label: str, found: Options, *, required: bool, help_text: str = "") -> Control:
    """Any number of some, in the order in which they are offered."""
    field = forms.MultipleChoiceField(
        label=label, choices=found, required=required, widget=Separate, help_text=help_text
    )
    return Control({key: field}, lambda typed: {key: typed[key]} if typed.get(key) else {}, lambda entry: entry)


def number(key: str, label: str, *, required: bool, help_text: str = "") -> Control:
    field = NumberField(label=label, required=required, max_length=20, help_text=help_text,
                        widget=forms.TextInput({"inputmode": "decimal", "autocomplete": "off"}))  # fmt: skip
    return Control({key: field}, lambda typed: {} if typed.get(key) is None else {key: json_number(typed[key])},
                   lambda entry: {key: str(entry[key])} if entry.get(key) is not None else {})  # fmt: skip


def json_number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


class NumbersField(forms.CharField):
    """Numbers with blanks or semicolons between them; or one of the names."""

    def __init__(self, *, names: Sequence[str] = (), **options):
        self.names = names
        super().__init__(**options)

    def clean(self, value):
        typed = super().clean(value)
        texts = typed.replace(";", " ").replace(", ", " ").split()
        if typed in self.names:
            return typed
        try:
            return [json_number(NumberField().clean(text)) for text in texts]
        except forms.ValidationError as error:
            raise forms.ValidationError(f"{error.message} Put blanks between the numbers.") from error


def numbers(key: str, label: str, *, required: bool, names: Sequence[str] = (), help_text: str = "") -> Control:
    field = NumbersField(names=names, label=label, required=required, max_length=300, help_text=help_text)

    def show(entry: Mapping) -> dict:
        found = entry.get(key, "")
        return {key: " ".join(map(str, found)) if isinstance(found, list) else found}

    return Control({key: field}, lambda typed: {key: typed[key]} if typed.get(key) else {}, show)


def level(key: str, label: str, offer: Offer, *, of: str, required: bool, help_text: str = "") -> Control:
    """A level of the covariate that another key names; typed where no level is known yet."""
    if not offer.levels:
        field = forms.CharField(label=label, required=required, max_length=200, help_text=help_text)
        return Control({key: field}, lambda typed: {key: typed[key]} if typed.get(key) else {}, lambda entry: entry)
    field = forms.ChoiceField(
        label=label, choices=options(offer.levels, required=required), required=required, help_text=help_text
    )

    def read(typed: Mapping) -> dict:
        if not typed.get(key):
            return {}
        covariate, chosen = json.loads(typed[key])
        if typed.get(of) and covariate != typed[of]:
            words = f"This is a level of {wording.plain(covariate)}, not of {wording.plain(typed[of])}."
            raise forms.ValidationError({key: words})
        return {key: chosen}

    def show(entry: Mapping) -> dict:
        return {key: json.dumps([entry.get(of), str(entry[key])])} if entry.get(key) is not None else {}

    return Control({key: field}, read, show)


SUBSETS = 2


def subset(offer: Offer) -> Control:
    """Only some of the procedures: up to two conditions, all of which must hold."""
    labels = ("Only those with", "and with")
    names = [f"subset_{place}" for place in range(1, SUBSETS + 1)]
    found = options(offer.levels, required=False, none="everyone")
    fields = {name: forms.ChoiceField(label=label, choices=found, required=False)
              for name, label in zip(names, labels, strict=True)}  # fmt: skip

    def read(typed: Mapping) -> dict:
        chosen = dict(json.loads(typed[name]) for name in names if typed.get(name))
        return {"subset": chosen} if chosen else {}

    def show(entry: Mapping) -> dict:
        chosen = entry.get("subset")
        levels = chosen.items() if isinstance(chosen, Mapping) else ()
        return dict(zip(names, (json.dumps([name, str(value)]) for name, value in levels), strict=False))

    return Control(fields if offer.levels else {}, read, show)


CHANGES = {f"change_{name}": f"change {words}" for name, words in COMPARED.items() if name != "eq"}
REDUCTION = {"relative_reduction_ge": "relative reduction (0 to 1) or more"}


def condition(key: str, offer: Offer) -> Control:
    """A yes/no outcome made of a score: which, when, compared how, with what."""
    how = [("The score is", [*COMPARED.items()]), ("Change, later minus earlier", [*(CHANGES | REDUCTION).items()])]
    choose = {"instrument": ("Outcome of", offer.instruments), "when": ("When", offer.spans), "how": ("Yes where", how)}
    fields: dict[str, forms.Field] = {
        f"{key}_{name}": forms.ChoiceField(label=label, choices=options(found, required=True))
        for name, (label, found) in choose.items()
    }
    fields[f"{key}_limit"] = NumberField(label="Limit", max_length=20, help_text="The number compared with.")

    def read(typed: Mapping) -> dict:
        if not all(typed.get(name) not in (None, "") for name in fields):
            return {}
        when = json.loads(typed[f"{key}_when"])
        span = {"timepoint": when[0]} if len(when) == 1 else {"pre": when[0], "post": when[1]}
        if (len(when) == 1) != (typed[f"{key}_how"] in COMPARED):
            words = "One timepoint goes with the score itself, two with a change or a reduction."
            raise forms.ValidationError({f"{key}_how": words})
        limit = {typed[f"{key}_how"]: json_number(typed[f"{key}_limit"])}
        return {key: {"instrument": typed[f"{key}_instrument"], **span, **limit}}

    def show(entry: Mapping) -> dict:
        outcome = entry.get(key)
        if not isinstance(outcome, Mapping):
            return {}
        name = next(iter({*COMPARED, *CHANGES, *REDUCTION} & {*outcome}), "")
        when = [outcome["timepoint"]] if "timepoint" in outcome else [outcome.get("pre"), outcome.get("post")]
        shown = {"instrument": outcome.get("instrument"), "when": json.dumps(when), "how": name}
        return {f"{key}_{each}": value for each, value in shown.items()} | (
            {f"{key}_limit": str(outcome[name])} if name else {}
        )

    return Control(fields, read, show)


def comparison(required: bool) -> Control:
    """The comparisons that stand in the entry itself, of which one is chosen."""
    fields = {
        "cut": forms.ChoiceField(label="Yes where the score is", required=required,
                                 choices=options([*COMPARED.items()], required=required, none="the score itself")),
        "cut_limit": NumberField(label="Limit", required=required, max_length=20),
    }  # fmt: skip

    def read(typed: Mapping) -> dict:
        if not typed.get("cut"):
            return {}
        if typed.get("cut_limit") is None:
            raise forms.ValidationError({"cut_limit": "Give the number that the score is compared with."})
        return {typed["cut"]: json_number(typed["cut_limit"])}

    def show(entry: Mapping) -> dict:
        name = next((name for name in COMPARISONS if entry.get(name) is not None), None)
        return {"cut": name, "cut_limit": str(entry[name])} if name else {}

    return Control(fields, read, show)


def choice(key: str, label: str, values: Sequence, *, required: bool, help_text: str = "") -> Control:
    """One of the values that the schema names."""
    return picked(
        key, label, [(str(each), wording.heading(str(each))) for each in values], required=required, help_text=help_text
    )


def anything(key: str, label: str, *, required: bool, help_text: str = "") -> Control:
    """A key that this form does not know: its value as JSON, or a text as it is."""
    field = forms.CharField(label=label, required=required, max_length=500, help_text=help_text or "JSON, or a text.")

    def read(typed: Mapping) -> dict:
        text = typed.get(key)
        if not text:
            return {}
        try:
            return {key: json.loads(text)}
        except ValueError:
            return {key: text}

    return Control({key: field}, read, lambda entry: {key: json.dumps(entry[key])} if key in entry else {})
