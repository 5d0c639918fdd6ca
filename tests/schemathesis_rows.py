"""What each operation of the API is asked with, so that it is answered with a 2xx by somebody.

Ids come from the rows that the doors are tried on (doors.py); what an operation needs beside them stands here, under
its operationId. An operation that has no 2xx fails the test by its name: give it a row at its door, or a line here.
"""

import hashlib
import json
import re
from collections.abc import Callable

from django.urls import NoReverseMatch

from outcomes.pooling.signing import as_text
from registry.api_visits import etag
from tests.doors import DOORS, address, sent
from tests.outcomes.pooling.studies import bundle_of, signer

Rows = dict


def of_door(door: str) -> Callable[[Rows], dict]:
    """The body that is sent to a door."""

    def body(rows: Rows) -> dict:
        found = sent(DOORS[door].sent, rows, door=door)["data"]
        return json.loads(found) if isinstance(found, str | bytes) else found

    return body


def replaced(rows: Rows) -> dict:
    """A visit as it shall be."""
    return {
        "timepoint": "w6",
        "visited_on": "2024-04-12",
        "visited_precision": "day",
        "scores": {"pain": {"value": "4"}},
        "reason": "typo",
    }


def a_key(rows: Rows) -> dict:
    """Another key of a contributor."""
    return {"contributor": "west", "name": "West", "public": as_text(signer("another").public)}


def a_bundle(rows: Rows) -> bytes:
    """What another contributor sends, by its bytes."""
    return bundle_of("south").content


BODIES: dict[str, Callable[[Rows], object]] = {
    "freezes_create": of_door("api-freeze-list"),
    "jobs_create": of_door("api-job-list"),
    "pool_bundles_put": a_bundle,
    "pool_studies_keys_update": a_key,
    "releases_create": of_door("api-release-list"),
    "specs_create": of_door("api-spec-list"),
    "summaries_create": of_door("api-summary-list"),
    "visits_create": of_door("api-visit-list"),
    "visits_update": replaced,
}
HEADERS: dict[str, Callable[[Rows], dict[str, str]]] = {
    "visits_update": lambda rows: {"If-Match": etag(rows["visit"])},
}
PATHS: dict[str, Callable[[Rows], dict[str, str]]] = {
    "pool_bundles_put": lambda rows: {"sha256": hashlib.sha256(a_bundle(rows)).hexdigest()},
}
QUERIES: dict[str, Callable[[Rows], dict[str, str]]] = {}


def addresses(rows: Rows) -> list[str]:
    """Where the doors of the API are, at their rows."""
    found = []
    for name in DOORS:
        if name.startswith("api-"):
            try:
                found.append(address(name, rows))
            except (KeyError, NoReverseMatch):
                continue
    return found


def path_of(operation_id: str, path: str, rows: Rows, places: list[str]) -> dict[str, str]:
    """The ids in an operation's path: those of the door that is there."""
    if operation_id in PATHS:
        return PATHS[operation_id](rows)
    pattern = re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path)))
    matches = (pattern.fullmatch(place) for place in places)
    return next((match.groupdict() for match in matches if match), {})


def asked_with(operation_id: str, path: str, rows: Rows, places: list[str]) -> dict:
    """The arguments of a prepared case."""
    body = BODIES.get(operation_id)
    found = {
        "path_parameters": path_of(operation_id, path, rows, places),
        "headers": HEADERS.get(operation_id, lambda rows: {})(rows),
        "query": QUERIES.get(operation_id, lambda rows: {})(rows),
    }
    return found | ({"body": body(rows), "media_type": "application/json"} if body else {})
