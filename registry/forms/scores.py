"""The scores of a visit as a form asks them: one instrument a line, its value or the reason why there is none."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django import forms

from registry.forms.numbers import NumberField, YesNoField
from registry.models import Instrument, MissingReason
from registry.rules import plain

# A scale of so many whole numbers can be shown as a row of them.
LONGEST_ROW = 11
# One letter each for the reasons that a single score can have; no letter means yes or no.
LETTERS = {
    "d": MissingReason.NOT_DONE,
    "r": MissingReason.NOT_RECORDED,
    "u": MissingReason.UNKNOWN,
    "a": MissingReason.NOT_APPLICABLE,
    "f": MissingReason.REFUSED,
    "b": MissingReason.UNABLE,
}
# The same for a whole visit.
VISIT_LETTERS = {
    "v": MissingReason.VISIT_MISSED,
    "x": MissingReason.DECEASED,
    "l": MissingReason.LOST,
    "n": MissingReason.NOT_DUE,
}


@dataclass(frozen=True)
class Level:
    """A legal whole number of a scale; its label is empty where no source gives one."""

    value: str
    label: str


@dataclass(frozen=True)
class ScoreLine:
    """An instrument as the form asks it."""

    instrument: Instrument
    value: forms.BoundField
    missing: forms.BoundField
    before: str
    is_whole: bool

    @property
    def levels(self) -> list[Level]:
        return levels_of(self.instrument)

    @property
    def errors(self) -> list[str]:
        return [*self.value.errors, *self.missing.errors]

    @property
    def control(self) -> str:
        """The value's control, described by the levels, by what the rules say of it and by what was refused."""
        about = [f"levels_{self.instrument.key}"] if self.levels else []
        about += [f"said_score_{self.instrument.key}"] + ([f"{self.value.auto_id}_error"] if self.errors else [])
        return self.value.as_widget(attrs={"aria-describedby": " ".join(about)})


def levels_of(instrument: Instrument) -> list[Level]:
    """The whole numbers of a short scale with the labels that are known; of a long one, its labelled values."""
    low, high, step = instrument.minimum, instrument.maximum, instrument.step
    short = low % 1 == high % 1 == 0 == 1 % step and high - low < LONGEST_ROW
    values = map(str, range(int(low), int(high) + 1)) if short else sorted(instrument.levels, key=Decimal)
    return [Level(value, instrument.levels.get(value, "")) for value in values]


def asks_yes_or_no(instrument: Instrument) -> bool:
    """Whether 0 and 1 are called no and yes here; a site's own scale may call them otherwise."""
    return instrument.is_yes_no and instrument.levels == {"0": "no", "1": "yes"}


def legal_words(instrument: Instrument) -> str:
    """'0 to 10', '0 or 1', 'yes or no': what may be typed."""
    if asks_yes_or_no(instrument):
        return "yes or no"
    return f"{plain(instrument.minimum)} {'or' if instrument.is_yes_no else 'to'} {plain(instrument.maximum)}"


def value_field(instrument: Instrument, *, is_whole: bool) -> NumberField:
    """The control of a score; the script reads from it which texts are finished, and so move on."""
    kind = YesNoField if asks_yes_or_no(instrument) else NumberField
    about = {"data-low": plain(instrument.minimum), "data-high": plain(instrument.maximum),
             "data-decimals": str(instrument.decimals)}  # fmt: skip
    about |= {"data-yes-no": ""} if asks_yes_or_no(instrument) else {}
    about |= {"data-whole": ""} if is_whole else {}
    shown = {"inputmode": "decimal", "autocomplete": "off", "placeholder": legal_words(instrument)}
    return kind(label=instrument.name, required=False, max_length=30, widget=forms.TextInput(shown | about))


def missing_field(instrument: Instrument) -> forms.ChoiceField:
    """The control of the reason why there is no score."""
    return forms.ChoiceField(
        label=f"{instrument.name} is missing because", required=False,
        choices=[("", "reason if missing"), *MissingReason.choices],
    )  # fmt: skip


def score_fields(instruments: list[Instrument]) -> Iterator[tuple[str, forms.Field]]:
    """The two fields of each instrument, by name."""
    wholes = {instrument.part_of_id for instrument in instruments}
    for instrument in instruments:
        yield f"score_{instrument.key}", value_field(instrument, is_whole=instrument.pk in wholes)
        yield f"missing_{instrument.key}", missing_field(instrument)


def as_shown(instrument: Instrument, value: Decimal | None) -> str:
    """A score as somebody would type it."""
    if value is None:
        return ""
    return instrument.levels[plain(value)] if asks_yes_or_no(instrument) else plain(value)


class ScoresForm(forms.Form):
    """What a visit is asked, whoever reads its chart: each instrument has a field for its score and one for the reason.

    `before` holds the values of the visit before, by the id of their instrument.
    """

    instruments: list[Instrument]
    before: dict[UUID, Decimal] = {}

    def ask(self, instruments: list[Instrument]) -> None:
        """Add the fields of the instruments."""
        self.instruments = instruments
        self.fields |= dict(score_fields(instruments))

    def score_lines(self) -> Iterator[ScoreLine]:
        """Each instrument with its fields and its value at the visit before, in the order of the form."""
        wholes = {instrument.part_of_id for instrument in self.instruments}
        for each in self.instruments:
            yield ScoreLine(
                instrument=each, value=self[f"score_{each.key}"], missing=self[f"missing_{each.key}"],
                before=as_shown(each, self.before.get(each.pk)), is_whole=each.pk in wholes,
            )  # fmt: skip

    def clean(self):
        """M1: a score or the reason why there is none."""
        cleaned = super().clean()
        for each in self.instruments:
            if cleaned.get(f"score_{each.key}") is not None and cleaned.get(f"missing_{each.key}"):
                self.add_error(f"score_{each.key}", "Give the score or the reason why it is missing, not both. [M1]")
        return cleaned

    def scores(self) -> dict[Instrument, Decimal | MissingReason]:
        """The scores and reasons that were typed; an instrument with neither is left out."""
        found = {}
        for each in self.instruments:
            value, missing = self.cleaned_data.get(f"score_{each.key}"), self.cleaned_data.get(f"missing_{each.key}")
            if value is not None or missing:
                found[each] = MissingReason(missing) if value is None else value
        return found
