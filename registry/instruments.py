"""The instruments of the published series, shipped as data; a site adds its own without code."""

import json
from decimal import Decimal
from pathlib import Path

DEFINITIONS: list[dict] = json.loads((Path(__file__).parent / "definitions" / "instruments.json").read_text("utf-8"))
NUMBERS = ("minimum", "maximum", "step", "mcid")
WORDS = ("levels", "source", "licence")


def fields_of(definition: dict) -> dict:
    """A definition's fields as the model takes them; `part_of` is left to the caller, who knows the rows."""
    fields = {name: value for name, value in definition.items() if name != "part_of"}
    return fields | {name: None if fields[name] is None else Decimal(fields[name]) for name in NUMBERS}


def install(instrument_model) -> None:
    """Add the shipped instruments that are absent; what is there is left as it is."""
    for definition in DEFINITIONS:
        whole = definition["part_of"]
        fields = fields_of(definition)
        if whole is not None:
            fields["part_of"] = instrument_model.objects.get(site=None, key=whole)
        identity = {"site": None, "key": fields.pop("key"), "instrument_version": fields.pop("instrument_version")}
        instrument_model.objects.get_or_create(**identity, defaults=fields)


def describe(instrument_model) -> None:
    """Give the shipped instruments that are there the labels and sources of their definitions: words, no number."""
    for definition in DEFINITIONS:
        identity = {"site": None, "key": definition["key"], "instrument_version": definition["instrument_version"]}
        words = {name: definition[name] for name in WORDS}
        instrument_model.objects.filter(**identity).update(**words)
