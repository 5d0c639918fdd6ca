"""Is this a plan? Structure by its schema, then the rules that a schema cannot say."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator, ValidationError

from outcomes.analyses import TYPES
from outcomes.plans.errors import PlanError
from outcomes.plans.schema import OF_EVERY_ENTRY, plan_schema

__all__ = ["Plan", "PlanError", "check_plan", "specified"]

SCHEMA = plan_schema()
_PLAN = Draft202012Validator(SCHEMA)
_ENTRY = Draft202012Validator({"$ref": "#/$defs/analysis", "$defs": SCHEMA["$defs"]})


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A plan that has been checked. entries: as written; analyses: their specs, in the same order."""

    name: str
    preset: str
    entries: tuple[Mapping[str, Any], ...]
    analyses: tuple[Any, ...]


def check_plan(plan: Mapping) -> Plan:
    """The plan, checked. Raises PlanError naming the analysis, the field, what it says and the rule it breaks."""
    error = next(_PLAN.iter_errors(plan), None)  # the first one: a plan of a hundred thousand mistakes takes no hour
    if error:
        raise _in_words(error, plan)
    repeated = [name for name, times in Counter(entry["id"] for entry in plan["analyses"]).items() if times > 1]
    if repeated:
        raise PlanError(analysis=repeated[0], field="id", value=repeated[0], rule="stands more than once in the plan")
    return Plan(
        name=plan["name"],
        preset=plan.get("preset", "modern"),
        entries=tuple(plan["analyses"]),
        analyses=tuple(_spec(entry) for entry in plan["analyses"]),
    )


def specified(entry: Mapping) -> Any:
    """One entry's spec, checked. Raises PlanError."""
    error = next(_ENTRY.iter_errors(entry), None)
    if error:
        raise _in_words(error, {"analyses": [entry]}, above=("analyses", 0))
    return _spec(entry)


def _spec(entry: Mapping) -> Any:
    for prefix, part in (("", entry), ("col.", entry.get("col"))):
        if isinstance(part, Mapping) and "pre" in part and part["pre"] == part["post"]:
            rule = "is also pre; the two must differ"
            raise PlanError(analysis=entry["id"], field=f"{prefix}post", value=part["post"], rule=rule)
    shared = {name for name in OF_EVERY_ENTRY if name != "id"}
    return TYPES[entry["type"]](**{key: value for key, value in entry.items() if key not in shared})


def _in_words(error: ValidationError, plan: Any, above: tuple = ()) -> PlanError:
    path = (*above, *error.absolute_path)
    if len(path) < 2 or path[0] != "analyses":
        return PlanError(analysis="plan", field=_dotted(path), value=error.instance, rule=_rule(error))
    entry = plan["analyses"][path[1]]
    name = entry.get("id") if isinstance(entry, Mapping) else None
    where = name if isinstance(name, str) and name else f"analysis number {path[1] + 1}"
    return PlanError(analysis=where, field=_dotted(path[2:]), value=error.instance, rule=_rule(error))


def _dotted(path: tuple) -> str:
    return ".".join(map(str, path))


def _rule(error: ValidationError) -> str:
    """The rule in words; the value itself is said before it."""
    allowed = error.schema.get("properties", {}) if isinstance(error.schema, Mapping) else {}
    return {
        "additionalProperties": f"may only have the keys {', '.join(allowed)}",
        "required": f"lacks a key: {error.message}",
        "enum": f"is not one of {', '.join(map(str, error.validator_value))}" if error.validator == "enum" else "",
        "type": f"is not of type {error.validator_value}",
        "maxProperties": f"has more than one comparison; one of {', '.join(allowed)} is needed",
        "minProperties": f"has no comparison; one of {', '.join(allowed)} is needed",
        "uniqueItems": "names something twice",
    }.get(error.validator, f"breaks a rule: {error.message}")
