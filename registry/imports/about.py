"""Reads study.json: what a study folder says of itself, checked against its published schema."""

import json
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path

from jsonschema import Draft202012Validator

from registry.errors import Problem, Refused
from registry.imports.tables import refuse, text_of

SCHEMA = json.loads((Path(__file__).parent / "study.schema.json").read_text("utf-8"))
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
DEEPEST = 20
LONGEST_MESSAGE = 500


def is_there(path: Path) -> bool:
    """Whether a file that may be left out is named in the folder; a link to nowhere is, and is then refused."""
    return path.exists() or path.is_symlink()


def object_with_its_own_keys(pairs: list[tuple[str, object]]) -> dict:
    """A JSON object; ValueError where a key stands twice, because the first would be lost."""
    twice = sorted(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
    if twice:
        raise ValueError(f"the key {twice[0]!r} stands twice in one object")
    return dict(pairs)


def is_storable(value: object, depth: int = 0) -> bool:
    """Whether JSON is of a reasonable depth, and its text without NUL and half surrogate pairs."""
    if isinstance(value, str):
        return not UNSTORABLE.search(value)
    inner = [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else []
    return depth < DEEPEST and all(is_storable(each, depth + 1) for each in inner)


def read_about(path: Path) -> dict:
    """study.json, checked against its published schema; {} where there is none."""
    if not is_there(path):
        return {}
    try:
        about = json.loads(
            text_of(path),
            parse_float=Decimal,
            parse_constant=lambda name: None,
            object_pairs_hook=object_with_its_own_keys,
        )
    except (ValueError, RecursionError) as error:
        raise refuse(path.name, f"This is not JSON: {error}.") from error
    if not is_storable(about):
        raise refuse(path.name, f"A text with NUL or half a surrogate pair, or more than {DEEPEST} levels.")
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
