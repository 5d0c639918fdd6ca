"""The API against its own schema: what Schemathesis makes up is answered as the schema says, by everybody's rights."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from registry.access import Role
from registry.actions import people
from tests.builders import build_member, build_site
from tests.cast import build_one
from tests.doors import rows_of
from tests.once import made_once
from tests.schemathesis_rows import addresses, asked_with

EXAMPLES = 6
PROBLEM = "application/problem+json"
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
          response_headers_conformance]  # fmt: skip
SCOPES = {
    "coordinator": (Role.COORDINATOR, ["read:rows", "write:rows", "read:results", "read:summaries"]),
    "investigator": (Role.INVESTIGATOR, ["read:rows", "read:results", "ask:analyses", "read:summaries"]),
    "pooling": (Role.POOLING_CLIENT, ["pull:rows", "read:results", "read:summaries", "send:bundles"]),
}
HANDLER = WSGIHandler()
# For whom the release of the doors was made.
RECIPIENT = "recipient"
WHO = (*SCOPES, "site admin")
SCOPES[RECIPIENT] = (Role.SITE_ADMIN, ["pull:rows"])


def application(environ, start_response) -> list[bytes]:
    """The WSGI application in this process; what a request changes is taken back, so that each finds the same rows."""
    with transaction.atomic():
        answer = HANDLER(environ, start_response)
        try:
            return [b"".join(answer)]
        finally:
            answer.close()
            transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def one_connection():
    """The server closes what a request leaves open: here it is the test's own, as with Django's test client."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def schema() -> schemathesis.BaseSchema:
    """The API's schema as it is, on the application itself."""
    made = SchemaGenerator().get_schema(request=None, public=True)
    document = json.loads(OpenApiJsonRenderer().render(made, renderer_context={}))
    found = schemathesis.openapi.from_dict(document)
    found.app = application
    return found


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker) -> Iterator[dict]:
    """A site, its admin, and a row of each kind there."""
    with made_once(django_db_blocker):
        north = build_site("north")
        admin = build_one("admin", north)
        yield {"north": north, "admin": admin, "rows": rows_of(north, "hips", admin)}


@pytest.fixture
def rows(db, world) -> dict:
    return world["rows"]


@pytest.fixture
def credentials(db, world) -> Callable[[str], dict[str, dict]]:
    """How each of WHO says who is asking: by token; the site admin in a session."""

    north, admin = world["north"], world["admin"]

    def of(who: str) -> dict[str, str]:
        if who == "site admin":
            return in_session(admin)
        role, scopes = SCOPES[who]
        user = admin if who == RECIPIENT else build_member(who, north, role)
        _, text = people.issue_token(
            user=user,
            name=who,
            scopes=scopes,
            sites=[north],
            life=timedelta(days=1),
            by=people.system_user(),
            profile="limited" if who == RECIPIENT else "",
            agreement="DUA 1",
        )
        return {"headers": {"Authorization": f"Bearer {text}"}}

    return of


def in_session(user) -> dict[str, dict]:
    """The cookies of a session, and the token against forged requests."""
    client = Client()
    client.force_login(user)
    secret = "a" * 32
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    return {"cookies": cookies | {"csrftoken": secret}, "headers": {"X-CSRFToken": secret}}


def operations(schema) -> Iterator:
    for found in schema.get_all_operations():
        yield found.ok()


def named(operation) -> str:
    return operation.definition.raw["operationId"]


def faults(case, response) -> list[str]:
    """What is wrong with an answer, in words."""
    found = []
    try:
        case.validate_response(response, checks=CHECKS)
    except FailureGroup as group:
        found += [f"{type(each).__name__}: {each}"[:600] for each in group.exceptions]
    except Failure as failure:
        found.append(f"{type(failure).__name__}: {failure}"[:600])
    if response.status_code >= 400 and response.headers["content-type"] != [PROBLEM]:
        found.append(f"{response.status_code} as {response.headers['content-type']}, not as a problem")
    return found


def tell(wrong: list[str]) -> None:
    """Fail with every line once, where there is one."""
    if wrong:
        pytest.fail("\n".join(dict.fromkeys(wrong)), pytrace=False)


def asked(operation, case, who: dict[str, dict]) -> tuple[int, list[str]]:
    """The status of the answer, and what is wrong with it."""
    response = case.call(**who)
    where = f"{operation.label} {case.path_parameters} {case.query} {str(case.body)[:300]}"
    return response.status_code, [f"{where}: {fault}" for fault in faults(case, response)]


def test_every_operation_is_answered_with_a_2xx_to_somebody_and_refuses_a_parameter_that_nobody_knows(
    schema, rows, credentials
):
    cast, places = {who: credentials(who) for who in (*WHO, RECIPIENT)}, addresses(rows)
    wrong, without = [], []
    for operation in operations(schema):
        prepared = asked_with(named(operation), operation.path, rows, places)
        statuses = []
        if set(re.findall(r"{(\w+)}", operation.path)) - set(prepared["path_parameters"]):
            without.append(f"{named(operation)} ({operation.label}): no row for its path")
            continue
        for who in cast.values():
            status, said = asked(operation, operation.Case(**prepared), who)
            statuses.append(status)
            wrong += said
            prepared["query"] = prepared["query"] | {"nobody_knows": "1"}
            status, said = asked(operation, operation.Case(**prepared), who)
            del prepared["query"]["nobody_knows"]
            wrong += said
            if statuses[-1] < 300 and status != 400:
                wrong.append(f"{operation.label}: an unknown parameter is answered with {status}")
        if not any(200 <= status < 300 for status in statuses):
            without.append(f"{named(operation)} ({operation.label}): {dict(zip(cast, statuses, strict=True))}")
    tell([*without, *wrong])


@pytest.mark.parametrize("who", WHO)
def test_whatever_is_asked_is_answered_as_the_schema_says(schema, rows, credentials, who):
    places = addresses(rows)
    wrong = []
    for operation in operations(schema):
        prepared = asked_with(named(operation), operation.path, rows, places)
        found = fuzzed(operation, prepared, credentials(who))
        wrong += found
    tell(wrong)


def fuzzed(operation, prepared: dict, who: dict[str, dict]) -> list[str]:
    """What is wrong with the answers to cases that Schemathesis makes up, every other one at a real row."""
    found: dict[str, None] = {}
    cases = st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode))

    @given(case=cases, is_real=st.booleans())
    @settings(
        max_examples=EXAMPLES, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    def one(case, is_real):
        if is_real and prepared["path_parameters"]:
            case.path_parameters = dict(prepared["path_parameters"])
        found.update(dict.fromkeys(asked(operation, case, who)[1]))

    one()
    return list(found)


@pytest.mark.parametrize("fault", ["crash", "shape"])
def test_an_operation_that_is_broken_on_purpose_is_found(schema, rows, credentials, monkeypatch, fault):
    """The same look at an operation whose view crashes, and at one whose rows lack a field of the schema."""
    who = credentials("coordinator")
    operation = next(each for each in operations(schema) if named(each) == "cohorts_list")
    prepared = {"path_parameters": {}, "headers": {}, "query": {}}
    assert asked(operation, operation.Case(**prepared), who) == (200, [])
    break_on_purpose(monkeypatch, fault)
    status, said = asked(operation, operation.Case(**prepared), who)
    assert status == (500 if fault == "crash" else 200)
    assert said
    assert fuzzed(operation, prepared, who)


def break_on_purpose(monkeypatch, fault: str) -> None:
    if fault == "crash":
        monkeypatch.setattr("outcomes.api.CohortEndpoint.get_queryset", lambda view: 1 / 0)
    else:
        monkeypatch.setattr("outcomes.api.CohortSerializer.to_representation", lambda serializer, row: {"id": 7})
