"""A freeze's manifest as reports read it: what a code is called, how it is scaled, which way is better."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from reports import wording

MOST_LEVELS_STACKED = 6
MOST_PLACES = 3
# A name that ends in its unit says both: blood_loss_ml is blood loss, in mL.
STEMS = {"operative": "Operative time", "stay": "Length of stay", "follow_up": "Follow-up"}
SEXES = {"F": "female", "M": "male"}
ADVERBS = {"preoperative": "preoperatively", "preop": "preoperatively", "postoperative": "postoperatively",
           "pre-procedure": "before the procedure", "pre_op": "preoperatively", "short term": "in the short term",
           "post-procedure": "after the procedure", "final": "at the last visit"}  # fmt: skip
UNITS = {"ml": "mL", "minutes": "min", "days": "days", "months": "months", "years": "years", "mm": "mm", "kg": "kg"}


@dataclass(frozen=True, kw_only=True)
class Instrument:
    """One score: its name, range and direction. `decimals` is how many its values have."""

    key: str
    name: str
    version: str = ""
    unit: str = ""
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    step: Decimal | None = None
    direction: str = ""
    mcid: Decimal | None = None
    decimals: int = 0
    status: str = ""
    levels: Mapping[str, str] = field(default_factory=dict)
    part_of: str | None = None

    @property
    def places(self) -> int:
        """Decimals printed for a mean or a quartile: one more than the data while those are coarse."""
        finest = max(0, -self.step.normalize().as_tuple().exponent) if self.step else self.decimals
        return finest + 1 if finest < 2 else min(finest, MOST_PLACES)

    @property
    def is_undirected(self) -> bool:
        """Whether nobody has said which way is better."""
        return self.direction not in wording.DIRECTIONS

    @property
    def level_values(self) -> list[str]:
        """The values a scale of whole numbers can take ('0', '1', ...), lowest first; empty for any other."""
        if self.step != 1 or self.minimum is None or self.maximum is None or self.minimum % 1:
            return []
        return [str(value) for value in range(int(self.minimum), int(self.maximum) + 1)]

    @property
    def is_yes_no(self) -> bool:
        return self.level_values == ["0", "1"]

    @property
    def is_stacked(self) -> bool:
        """Few enough levels to show each of them."""
        return 2 < len(self.level_values) <= MOST_LEVELS_STACKED

    def level_name(self, level: str) -> str:
        """'2: walking with assistance' where the level has a text, else '2'."""
        text = self.levels.get(level, "")
        return f"{level}: {text}" if text and text != level else level

    @property
    def scale(self) -> str:
        """'0 to 10 points, in steps of 0.1'; what is not known is left out."""
        if self.is_yes_no:
            return "yes or no"
        if self.minimum is None or self.maximum is None:
            return self.unit or "range not stated"
        unit = f" {self.unit}" if self.unit else ""
        steps = f", in steps of {wording.short(self.step, 6)}" if self.step else ""
        return f"{wording.value_range(self.minimum, self.maximum, 6)}{unit}{steps}"


@dataclass(frozen=True)
class Manifest:
    """The manifest's JSON, asked by code."""

    raw: Mapping

    @cached_property
    def timepoints(self) -> dict[str, str]:
        """Timepoint code -> label, in order."""
        ordered = sorted(self.raw.get("timepoints", []), key=lambda timepoint: timepoint["order"])
        return {timepoint["code"]: timepoint["label"] for timepoint in ordered}

    def timepoint(self, code: str) -> str:
        return self.timepoints.get(code, wording.plain(code))

    def at(self, code: str) -> str:
        """When, in a sentence: 'preoperatively', 'before the procedure', 'at 6 weeks'."""
        label = self.timepoint(code)
        if label.lower() in ADVERBS:
            return ADVERBS[label.lower()]
        small = wording.within_text(label)
        return small if small.startswith(("before ", "after ", "during ")) else f"at {article(small)}{small}"

    def in_order(self, codes) -> list[str]:
        """Codes in the schedule's order; unknown ones keep theirs, at the end."""
        place = {code: index for index, code in enumerate(self.timepoints)}
        return sorted(codes, key=lambda code: place.get(code, len(place)))

    @cached_property
    def instruments(self) -> dict[str, Instrument]:
        return {key: read_instrument(key, raw) for key, raw in self.raw.get("instruments", {}).items()}

    def instrument(self, key: str) -> Instrument:
        return self.instruments.get(key) or Instrument(key=key, name=wording.heading(key))

    def variable(self, name: str) -> str:
        """A covariate in running text: its label, as 'operative time', else its name as words."""
        label = self.raw.get("covariates", {}).get(name, {}).get("label")
        if not label and name.rpartition("_")[2] in UNITS:
            return wording.within_text(self.variable_heading(name))
        return wording.within_text(label) if label else wording.plain(name)

    def variable_heading(self, name: str) -> str:
        """The same as a heading, with its unit: 'Operative time (min)'."""
        about = self.raw.get("covariates", {}).get(name, {})
        *stem, last = name.split("_")
        if stem and not about.get("label") and last in UNITS:
            return f"{STEMS.get('_'.join(stem)) or wording.heading('_'.join(stem))} ({UNITS[last]})"
        unit, words = about.get("unit"), capital(self.variable(name))
        return f"{words} ({unit})" if unit and f"({unit})" not in words else words

    def level(self, name: str | None, level: str) -> str:
        """What a covariate's level is called: 'multiple myeloma' of multiple_myeloma."""
        label = self.raw.get("covariates", {}).get(name or "", {}).get("labels", {}).get(str(level))
        if not label and name == "sex":
            return SEXES.get(level, wording.plain(level))
        return wording.within_text(label) if label else wording.plain(level)

    def level_heading(self, name: str | None, level: str) -> str:
        return capital(self.level(name, level))

    def subset(self, conditions: Mapping | None) -> str:
        """'procedure = hip, group = complex'; empty for the whole cohort."""
        told = ((self.variable(name), self.level(name, level)) for name, level in (conditions or {}).items())
        return ", ".join(f"{name} = {level}" for name, level in told)

    def missing(self, instrument: str, timepoint: str) -> dict[str, int]:
        """Missing reason code -> n, of the whole cohort."""
        return self.raw.get("missing", {}).get(instrument, {}).get(timepoint, {})

    def missing_by_timepoint(self, instrument: str) -> dict[str, dict[str, int]]:
        """Timepoint -> missing reason -> n, in order; timepoints at which nobody was asked are left away."""
        named = self.raw.get("missing", {}).get(instrument, {})
        asked = [code for code in self.in_order(named) if named[code].get("no_record", 0) < self.procedures]
        return {code: named[code] for code in asked}

    @property
    def arm(self) -> str | None:
        return self.raw.get("arm")

    @property
    def procedures(self) -> int:
        return self.raw.get("flow", {}).get("procedures", 0)

    @property
    def is_synthetic(self) -> bool:
        return any(study.get("synthetic") for study in self.raw.get("studies", []))


def article(words: str) -> str:
    """'the ' before an encounter or a visit, which English gives an article."""
    return "the " if words.split()[-1:] and words.split()[-1] in ("encounter", "visit", "follow-up") else ""


def capital(name: str) -> str:
    return name[:1].upper() + name[1:]


def read_instrument(key: str, raw: Mapping) -> Instrument:
    """One entry of the manifest's `instruments`; numbers come as text."""
    numbers = {
        name: Decimal(str(raw[name])) if raw.get(name) is not None else None
        for name in ("minimum", "maximum", "step", "mcid")
    }
    texts = {name: str(raw.get(name) or "") for name in ("version", "unit", "direction", "status")}
    return Instrument(
        key=key,
        name=capital(raw["name"]) if raw.get("name") else wording.heading(key),
        decimals=raw.get("decimals") or 0,
        levels=raw.get("levels") or {},
        part_of=raw.get("part_of"),
        **numbers,
        **texts,
    )
