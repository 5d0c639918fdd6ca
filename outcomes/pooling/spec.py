"""What many sites agree to count, written out in full: its hash is its identity, so that all of them count alike."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from outcomes.analyses import TYPES
from outcomes.disclosure.policy import NotAPolicy, Policy
from outcomes.freeze import Frozen, load
from outcomes.models import Freeze, in_order
from outcomes.plans.beside import with_beside
from outcomes.plans.check import check_plan
from outcomes.plans.errors import PlanError
from outcomes.plans.fit import fit
from outcomes.pooling.jcs import NotCanonical, hash_of, jcs
from outcomes.pooling.named_covariates import TellingLevel, named_covariates
from registry.models import MissingReason
from registry.strict_json import NotStrictJSON, read_json

FORMAT = "promontory-spec/1"
PUBLISHED = Path(__file__).with_name("spec.schema.json")
SCHEMA = json.loads(PUBLISHED.read_text("utf-8"))
_SPEC = Draft202012Validator(SCHEMA)
LARGEST = 4_000_000

POLICY = {
    "id": "consortium-5", "min_cell": 5, "min_width": 2, "hide_zeros": True, "min_delta": 10, "min_group": 5,
    "rounding": "none",
}  # fmt: skip
ROWS_STAY = "it reads each patient's rows, and rows do not leave their site"
NO_TIMES = "the cohort has no time to an event, or more than one and the plan names none"
# What two sites must understand alike of an instrument; of a draft's range only what was observed is known.
MEANING = ("version", "unit", "minimum", "maximum", "step", "direction", "status", "levels")


class NotASpec(ValueError):
    """A document that is no spec, in words: where, and which rule it breaks."""


@dataclass(frozen=True, kw_only=True)
class Spec:
    """A spec that has been checked. entries: the analyses as written; specs: what computes them, in the same order."""

    document: Mapping[str, Any]
    hash: str
    entries: tuple[Mapping[str, Any], ...]
    specs: tuple[Any, ...]

    @property
    def name(self) -> str:
        return self.document["name"]

    @property
    def title(self) -> str:
        return self.document["title"] or self.name

    @property
    def preset(self) -> str:
        return self.document["preset"]

    @property
    def policy(self) -> Mapping[str, Any]:
        return self.document["policy"]

    @property
    def instruments(self) -> Mapping[str, Mapping]:
        return self.document["instruments"]

    @cached_property
    def analyses(self) -> dict[str, tuple[Mapping, Any]]:
        """id -> the entry and what computes it."""
        return {entry["id"]: (entry, spec) for entry, spec in zip(self.entries, self.specs, strict=True)}

    @cached_property
    def dictionary_version(self) -> str:
        """The name of what the instruments mean: two sites with another one do not count the same thing."""
        return hash_of({key: meaning(about) for key, about in self.instruments.items()})

    @property
    def plan(self) -> dict:
        """The spec as a plan, as check_plan takes it."""
        return {key: self.document[key] for key in ("name", "title", "preset", "analyses", "tables", "figures")}

    def manifest_frame(self) -> dict:
        """What a freeze's manifest says of its columns, as every site of the spec has them: nobody's rows are in it."""
        cohort = {"slug": self.name, "name": self.title, "version": 1, "rule": self.document["cohort"]["rule"]}
        frame = {key: self.document[key] for key in ("unit", "arm", "timepoints", "covariates", "survival")}
        return in_order(
            frame | {"cohort": cohort, "preset": self.document["cohort"]["preset"], "instruments": self.instruments}
        )


def meaning(about: Mapping) -> dict:
    """What an instrument means, whoever has it: all that two sites must agree on."""
    observed = ("minimum", "maximum", "step") if about["status"] == "draft" else ()
    return {name: about[name] for name in MEANING if name not in observed}


def spec_hash(document: Mapping) -> str:
    """A spec's identity."""
    return hash_of(document)


def spec_from(
    plan: Mapping, frozen: Frozen | Freeze, *, name: str, policy: Mapping = POLICY, coarsening: Mapping | None = None
) -> dict:
    """A plan (as check_plan takes it) over a freeze's columns as a spec's document, without its fixture.

    Entries that the cohort has nothing for, or whose tables do not add up, are listed with the reason. PlanError where
    what stands beside the plan's entries cannot be asked; NotASpec where it would tell who a patient is.
    """
    manifest = in_order(frozen.manifest)
    fitted = fit(plan, manifest)
    whole = with_beside(fitted.plan, manifest)
    check_plan(whole)
    kept, dropped = sorted_out([written_out(entry, manifest) for entry in whole["analyses"]])
    return {
        "format": FORMAT,
        "name": name,
        "title": plan.get("title", ""),
        "preset": plan.get("preset", "modern"),
        "cohort": {"rule": manifest["cohort"]["rule"], "preset": manifest["preset"]},
        **{key: manifest[key] for key in ("unit", "arm", "instruments", "timepoints", "survival")},
        "covariates": told_of(frozen, kept),
        "missing": list(MissingReason.values),
        "analyses": kept,
        "not_poolable": [*fitted.left_out, *dropped],
        "tables": list(plan.get("tables", [])),
        "figures": list(plan.get("figures", [])),
        "coarsening": dict(coarsening or {}),
        "policy": dict(policy),
        "fixture": {"rows": [], "tables": {}, "digest": hash_of({})},
    }


def told_of(frozen: Frozen | Freeze, entries: list[dict]) -> dict[str, dict]:
    """What the spec says of the covariates. NotASpec where a level may say who somebody is."""
    whole = load(frozen) if isinstance(frozen, Freeze) else frozen
    try:
        return named_covariates(whole, entries)
    except TellingLevel as error:
        raise NotASpec(str(error)) from error


def written_out(entry: Mapping, manifest: Mapping) -> dict:
    """An entry that names no time to an event means the cohort's only one, whatever else another site has."""
    if not lacks_a_time(entry) or len(manifest["survival"]) != 1:
        return dict(entry)
    return dict(entry) | {"survival": next(iter(manifest["survival"]))}


def sorted_out(entries: list[dict]) -> tuple[list[dict], list[dict]]:
    """The entries whose tables add up over sites, and the others with the reason."""
    kept, dropped = [], []
    for entry in entries:
        reason = why_not(entry)
        if reason is None:
            kept.append(entry)
        else:
            dropped.append({"id": entry["id"], "type": entry["type"], "reason": reason})
    return kept, dropped


def why_not(entry: Mapping) -> str | None:
    """Why an entry's tables cannot be added over sites; None where they can."""
    if not getattr(TYPES[entry["type"]], "poolable", True):
        return ROWS_STAY
    return NO_TIMES if lacks_a_time(entry) else None


def lacks_a_time(entry: Mapping) -> bool:
    """Whether an entry asks for a time to an event and does not name it; a curve's `times` may name it too."""
    asks = "survival" in TYPES[entry["type"]].__dataclass_fields__
    return asks and entry.get("survival") is None and not isinstance(entry.get("times"), str)


def read_spec(source: bytes | str | Mapping) -> Spec:
    """A spec from its file or its document, checked. NotASpec, in words, where it is none."""
    document = source if isinstance(source, Mapping) else parsed(source)
    error = next(_SPEC.iter_errors(document), None)
    if error:
        where = ".".join(map(str, error.absolute_path)) or "the document"
        raise NotASpec(f"{where}: {in_words(error)}")
    try:
        checked = check_plan({key: document[key] for key in ("name", "preset", "analyses", "tables", "figures")})
        named = hash_of(document)
    except PlanError as refused:
        raise NotASpec(f"analyses: {refused}") from refused
    except NotCanonical as refused:
        raise NotASpec(f"the document has no canonical form: {refused}") from refused
    found = Spec(document=document, hash=named, entries=checked.entries, specs=checked.analyses)
    check_names(found)
    return found


def parsed(source: bytes | str) -> object:
    """The document in a spec's file."""
    if len(source) > LARGEST:
        raise NotASpec(f"the document: it has more than {LARGEST:,} bytes")
    try:
        return read_json(source if isinstance(source, str) else source.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise NotASpec("the document: it is not written in UTF-8") from error
    except NotStrictJSON as error:
        raise NotASpec(f"the document: it is no JSON that can be read: {error}") from error


def in_words(error) -> str:
    """What breaks the schema, short enough to be read."""
    return error.message if len(error.message) < 300 else f"{error.message[:300]} ..."


def check_names(spec: Spec) -> None:
    """NotASpec where an analysis cannot be pooled, or names what the spec does not say what it is."""
    left_out = fit(spec.plan, spec.document).left_out
    if left_out:
        raise NotASpec(f"analyses: {left_out[0]['id']} cannot be counted: {left_out[0]['reason']}")
    for entry in spec.entries:
        reason = why_not(entry)
        if reason:
            raise NotASpec(f"analyses: {entry['id']} cannot be pooled: {reason}")
    for key, bands in spec.document["coarsening"].items():
        if key not in spec.instruments:
            raise NotASpec(f"coarsening: {key} is no instrument of the spec")
        check_bands(key, spec.instruments[key], bands)
    try:
        Policy.of(spec.policy)
    except NotAPolicy as refused:
        raise NotASpec(f"policy: {refused}") from refused


def check_bands(key: str, about: Mapping, bands: list[Mapping]) -> None:
    """NotASpec where the bands do not hold each value of an instrument once, in order."""
    if None in (about["minimum"], about["maximum"], about["step"]):
        raise NotASpec(f"coarsening.{key}: the instrument has no range, so no bands can hold its values")
    low, high, step = (Decimal(about[name]) for name in ("minimum", "maximum", "step"))
    for band in bands:
        first, last = Decimal(band["from"]), Decimal(band["to"])
        if first != low or last < first:
            raise NotASpec(f"coarsening.{key}: the band {band['label']} has to begin at {low} and end there or later")
        low = last + step
    if low != high + step:
        raise NotASpec(f"coarsening.{key}: the last band has to end at {high}, where the instrument does")
    if len({band["label"] for band in bands}) != len(bands):
        raise NotASpec(f"coarsening.{key}: two bands have the same label")


def as_file(document: Mapping) -> bytes:
    """The bytes of a spec's file: canonical, so that the file's own hash is the spec's."""
    return jcs(document)
