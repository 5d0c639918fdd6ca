"""What a bundle says of the data behind it, read strictly: it was signed, and is still somebody else's words."""

from collections.abc import Mapping
from dataclasses import dataclass

from jsonschema import Draft202012Validator

from outcomes.pooling.bundle import Bundle, NotABundle

MOST = 2**31 - 1
COUNT, TEXT = {"type": "integer", "minimum": 0, "maximum": MOST}, {"type": "string", "maxLength": 500}
NAME_COUNTS = {"type": "object", "additionalProperties": COUNT}
# How many rows there are, by what a row is.
ROWS = {"patient": "patients", "procedure": "procedures", "fracture": "fractures"}
FLOW = {
    "type": "object",
    "required": ["enrolled", "left_out", "patients", "procedures"],
    "properties": {
        **dict.fromkeys(("enrolled", "patients", "procedures", "fractures", "considered"), COUNT),
        "left_out": {
            "type": "array",
            "items": {"type": "object", "required": ["reason", "n"], "properties": {"reason": TEXT, "n": COUNT}},
        },
        "steps": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["criterion", "n"],
                "properties": {"criterion": TEXT, "n": COUNT, "unknown": COUNT, "stayed": COUNT},
            },
        },
        "screening": NAME_COUNTS | {"required": ["screened"]},
    },
}
LABELS = {"type": ["object", "null"], "additionalProperties": TEXT}
COVARIATE = {
    "type": "object",
    "properties": {"labels": LABELS, "levels": {"type": ["array", "null"], "items": TEXT}},
}
STUDY = {
    "type": "object",
    "required": ["slug", "name", "synthetic"],
    "properties": {"slug": TEXT, "name": TEXT, "synthetic": {"type": "boolean"}},
}
SURVIVAL = {"type": "object", "properties": {"units": {"type": "array", "items": TEXT}}}
SCHEMA = {
    "type": "object",
    "properties": {
        "flow": FLOW,
        "missing": {
            "type": "object",
            "additionalProperties": {"type": "object", "additionalProperties": NAME_COUNTS},
        },
        "covariates": {"type": "object", "additionalProperties": COVARIATE},
        "survival": {"type": "object", "additionalProperties": SURVIVAL},
        "studies": {"type": "array", "items": STUDY},
        "unit": {"enum": list(ROWS)},
        "n": COUNT,
    },
}
_ABOUT = Draft202012Validator(SCHEMA)


@dataclass(frozen=True, kw_only=True)
class About:
    """What a bundle says of its data. n: rows counted. raw: the part of a manifest, or what a level leaves of it."""

    site: str
    n: int
    is_whole: bool
    is_synthetic: bool
    raw: Mapping


def about_of(bundle: Bundle) -> About:
    """NotABundle, in words, where it cannot be read."""
    raw = bundle.about
    error = next(_ABOUT.iter_errors(raw), None)
    if error:
        where = ".".join(["about", *map(str, error.absolute_path)])
        raise NotABundle(f"{where}: {error.message[:300]}")
    if not bundle.is_trusted:
        return About(site=bundle.site, n=raw["n"], is_whole=False, is_synthetic=raw["synthetic"], raw=raw)
    n = raw["flow"].get(ROWS[raw["unit"]])
    if n is None:
        raise NotABundle(f"about.flow: it does not say how many {ROWS[raw['unit']]} were counted")
    synthetic = any(study["synthetic"] for study in raw["studies"])
    return About(site=bundle.site, n=n, is_whole=True, is_synthetic=synthetic, raw=raw)
