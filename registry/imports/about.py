"""Reads study.json: what a study folder says of itself, checked against its published schema."""

import json
from decimal import Decimal
from pathlib import Path

from jsonschema import Draft202012Validator

from registry.errors import Problem, Refused
from registry.imports.limits import refuse
from registry.imports.tables import text_of
from registry.strict_json import NotStrictJSON, read_json

SCHEMA = json.loads((Path(__file__).parent / "study.schema.json").read_text("utf-8"))
LONGEST_MESSAGE = 500


def is_there(path: Path) -> bool:
    """Whether a file that may be left out is named in the folder; a link to nowhere is, and is then refused."""
    return path.exists() or path.is_symlink()


def read_about(path: Path) -> dict:
    """study.json, checked against its published schema; {} where there is none."""
    if not is_there(path):
        return {}
    try:
        about = read_json(text_of(path), parse_float=Decimal)
    except NotStrictJSON as error:
        raise refuse(path.name, f"This is not JSON: {error}.") from error
    wrong = sorted(
        Draft202012Validator(SCHEMA).iter_errors(about), key=lambda error: list(map(str, error.absolute_path))
    )
    if wrong:
        raise Refused(
            [
                Problem(
                    rule="I3",
                    where=path.name,
                    field=".".join(map(str, error.absolute_path)),
                    value="" if isinstance(error.instance, (dict, list)) else str(error.instance),
                    message=error.message[:LONGEST_MESSAGE],
                )
                for error in wrong
            ]
        )
    return about
