"""The published schema of a plan, made from the analysis types: a type's fields are the keys of its entries."""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from outcomes.analyses import TYPES
from outcomes.analyses.conditions import COMPARISONS

# The schema as a file, for editors and other programs; `manage.py plan_schema` writes it.
PUBLISHED = Path(__file__).with_name("plan.schema.json")

NAME = {"$ref": "#/$defs/name"}
LEVEL = {"$ref": "#/$defs/level"}
NAMES = {"type": "array", "items": NAME, "uniqueItems": True}
# No score, time or dose is larger; a number of hundreds of digits could neither be computed with nor shown.
LARGEST = 1_000_000_000
NUMBER = {"type": "number", "minimum": -LARGEST, "maximum": LARGEST}
END = NUMBER | {"type": ["number", "null"]}
ABOVE_ZERO = {"type": "number", "exclusiveMinimum": 0, "maximum": LARGEST}
SHARE = {"type": "number", "exclusiveMinimum": 0, "maximum": 1}

# What a key means wherever it stands. A type that means something else by it says so in its own KEYS.
KEYS: dict[str, dict] = {
    **dict.fromkeys(("instrument", "pre", "post", "timepoint", "baseline", "by", "group", "row", "var"), NAME),
    **dict.fromkeys(("survival", "competing"), NAME),
    **dict.fromkeys(("group_level", "group_ref"), LEVEL),
    **dict.fromkeys(COMPARISONS, NUMBER),
    "covariates": NAMES,
    "timepoints": NAMES | {"minItems": 1},
    "subset": {"$ref": "#/$defs/subset"},
    "col": {"$ref": "#/$defs/condition"},
    "better": {"enum": ["lower", "higher"], "description": "Which direction of the score is better."},
    "improvement_ge": ABOVE_ZERO,
    "relative": SHARE,
    "tau": ABOVE_ZERO,
    "correlation": {"enum": ["independence", "exchangeable"]},
}
# What an entry may say whatever its type.
OF_EVERY_ENTRY = ("id", "type", "beside")

DEFINITIONS: dict[str, dict] = {
    "name": {"type": "string", "minLength": 1, "maxLength": 200},
    "level": NUMBER
    | {
        "type": ["string", "number"],
        "maxLength": 200,
        "description": 'A covariate\'s level; 1, 1.0 and "1" are one level.',
    },
    "subset": {
        "type": "object",
        "additionalProperties": LEVEL,
        "description": "covariate -> level: only procedures with all of these.",
    },
    "condition": {
        "type": "object",
        "description": "A score against a threshold at one timepoint, or its change (post - pre) or relative reduction "
        "((pre - post) / pre) between two. Exactly one comparison.",
        "if": {"required": ["timepoint"]},
        "then": {
            "properties": {"instrument": NAME, "timepoint": NAME, **dict.fromkeys(COMPARISONS, NUMBER)},
            "required": ["instrument"],
            "additionalProperties": False,
            "minProperties": 3,
            "maxProperties": 3,
        },
        "else": {
            "properties": {
                **dict.fromkeys(("instrument", "pre", "post"), NAME),
                **{f"change_{name}": NUMBER for name in COMPARISONS if name != "eq"},
                "relative_reduction_ge": SHARE,
            },
            "required": ["instrument", "pre", "post"],
            "additionalProperties": False,
            "minProperties": 4,
            "maxProperties": 4,
        },
    },
    "printed": {
        "type": "object",
        "description": "A table or a figure of the report: its lines in order, in the words of whoever prints it.",
        "properties": {
            "number": {"type": "string", "description": "What it is called in print, as Table 2.", "maxLength": 200},
            "title": {"type": "string", "maxLength": 500},
            "rows": {"type": "array", "items": {"$ref": "#/$defs/line"}, "maxItems": 1000},
        },
        "required": ["title", "rows"],
        "additionalProperties": False,
    },
    "line": {
        "type": "object",
        "properties": {
            "label": {"type": "string", "maxLength": 500},
            "analysis": NAME | {"description": "The id of the analysis whose numbers stand in this line."},
            "path": NAME
            | {"description": "Which part of its result, dotted, as all.levels.F; without one, the whole."},
            "test": NAME | {"description": "The id of the analysis whose p-value stands in this line."},
            "bands": {
                "type": "array",
                "items": {"type": "array", "items": END, "minItems": 2, "maxItems": 2},
                "minItems": 1,
                "maxItems": 50,
                "description": "Levels that are numbers, as years of age, summed in lines of their own: the first and "
                "the last number of each band, both in it; null is no end.",
            },
        },
        "required": ["label", "analysis"],
        "additionalProperties": False,
    },
}
LISTING = NAMES | {
    "maxItems": 40,
    "description": "The columns of the table that lists each patient: covariates, or scores as pain@preop. Those that "
    "a cohort does not have are left out.",
}
PRINTED = {"type": "array", "items": {"$ref": "#/$defs/printed"}, "maxItems": 200}


def plan_schema(types: Mapping[str, type] = TYPES) -> dict[str, Any]:
    """A JSON Schema (2020-12) of plans over these analysis types."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Analysis plan",
        "description": "Which analyses a report or a study asks for. Each entry has an id of its own and a type; the "
        "type says which other keys it has.",
        "type": "object",
        "properties": {
            "name": NAME,
            "title": {"type": "string", "description": "The plan in words, as people are shown it."},
            "preset": {
                "enum": ["stata", "medcalc", "r", "modern"],
                "description": "Which program's conventions the report shows; every variant is computed whatever the "
                "preset.",
            },
            "analyses": {"type": "array", "items": {"$ref": "#/$defs/analysis"}},
            "tables": PRINTED | {"description": "Which results stand in which table."},
            "figures": PRINTED | {"description": "Which results stand in which figure."},
            "listing": LISTING,
            "beside": {
                "type": "boolean",
                "description": "Whether what a reviewer would ask is computed beside each analysis.",
            },
            "fit": {
                "type": "boolean",
                "description": "Whether entries that name what the cohort does not have are left out, with the reason "
                "on each result; otherwise such a plan is refused.",
            },
            "published": {
                "type": "object",
                "description": "Numbers as printed, to compare with; not read by any analysis.",
            },
        },
        "required": ["name", "analyses"],
        "additionalProperties": False,
        "$defs": DEFINITIONS | {"analysis": _analysis(types)} | {name: _entry(kind) for name, kind in types.items()},
    }


def _analysis(types: Mapping[str, type]) -> dict:
    return {
        "type": "object",
        "properties": {
            "id": NAME,
            "type": {"enum": [*types]},
            "beside": NAME | {"description": "The id of the analysis that this one stands beside."},
        },
        "required": ["id", "type"],
        "allOf": [
            {
                "if": {"properties": {"type": {"const": name}}, "required": ["type"]},
                "then": {"$ref": f"#/$defs/{name}"},
            }
            for name in types
        ],
    }


def _entry(kind: type) -> dict:
    """One type's keys: its fields, each by KEYS or its own; those without a default are required; its own RULES."""
    own = KEYS | getattr(kind, "KEYS", {})
    mine = [field for field in fields(kind) if field.name != "id"]
    required = [field.name for field in mine if field.default is MISSING and field.default_factory is MISSING]
    return {
        "description": (kind.__doc__ or "").strip().split("\n")[0],
        "properties": dict.fromkeys(OF_EVERY_ENTRY, True) | {field.name: own[field.name] for field in mine},
        "required": required,
        "additionalProperties": False,
    } | getattr(kind, "RULES", {})
