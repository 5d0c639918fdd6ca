"""Every door, tried by every one of the cast, on real rows of their own site and of another."""

import re
from copy import deepcopy

import pytest
from django.db import transaction
from django.test import Client
from django.urls import get_resolver, path, reverse
from django.views import View

from registry.access import Role
from tests.access_matrix import CSV, HEADER, METHODS, ROLES, lines
from tests.builders import build_member, key
from tests.cast import build_cast
from tests.doors import ABOUT, DOORS, NAMED, WHO, address, rows_of, sent
from tests.every_door import doors_of, methods_of
from tests.figures import figure
from tests.once import made_once
from tests.people_doors import FIRST_STEP

pytestmark = pytest.mark.django_db
CHANGING = tuple(method.lower() for method in METHODS if method != "GET")
NOTHING = {"data": {}, "content_type": "application/json"}


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """The cast, and rows of north and of south; no test changes them."""
    with made_once(django_db_blocker):
        cast = build_cast()
        boss = build_member("boss", cast["south"], Role.SITE_ADMIN)
        rows = {"north": rows_of(cast["north"], "hips", cast["admin"]), "south": rows_of(cast["south"], "knees", boss)}
        yield rows | {"sessions": {who: session_of(cast.get(who)) for who in WHO}}


@pytest.fixture
def north_rows(world):
    return world["north"]


@pytest.fixture
def south_rows(world):
    return world["south"]


def session_of(user):
    """The cookies of somebody who has logged in; none for nobody."""
    client = Client()
    if user is not None:
        client.force_login(user)
    return client.cookies


@pytest.fixture
def visitor(world):
    """A function that gives a new browser of one of the cast."""

    def of(who: str) -> Client:
        client = Client(raise_request_exception=False)
        client.cookies = deepcopy(world["sessions"][who])
        return client

    return of


def routes() -> set[tuple[str, str, str]]:
    """What the table must have a line for: each address by each method, at the sites at which its row can be."""
    return {
        (name, method, site)
        for name, methods in methods_of(get_resolver().url_patterns).items()
        for method in methods
        for site in (("own", "other") if name in ABOUT and ABOUT[name][0] else ("none",))
    }


def test_the_table_has_a_line_for_every_address_method_and_relation_and_for_nothing_else():
    listed = [(line["door"], line["method"], line["site"]) for line in lines()]
    assert listed == sorted(routes())
    assert set(ABOUT) == set(DOORS)
    with CSV.open(encoding="utf-8") as file:
        assert file.readline().strip() == ",".join(HEADER)
    figure(f"addresses: {len(DOORS)}; lines: {len(listed)}; statuses: {len(listed) * len(WHO)}")


def test_an_address_that_is_not_in_the_table_is_missed():
    beside = [*get_resolver().url_patterns, path("secret/door/", lambda request: None, name="secret-door")]
    assert set(doors_of(beside)) - {line["door"] for line in lines()} == {"secret-door"}


def test_by_the_table_no_row_of_another_site_is_there_for_norths_people():
    """404 where something would be found; 405, 401, a page of one's own or the like where nothing is looked for."""
    for line in lines():
        if line["site"] == "other":
            assert {line[role] for role in ROLES[:5]} <= {"404", "405", "401"}, line


@pytest.mark.parametrize("place", range(len(WHO)), ids=WHO)
def test_each_door_opens_for_whom_it_should_and_for_nobody_else(visitor, north_rows, south_rows, place):
    wrong = {}
    for name, door in DOORS.items():
        tries = {"get": visitor(WHO[place]).get(address(name, north_rows))}
        if door.row:
            tries["elsewhere"] = visitor(WHO[place]).get(address(name, south_rows))
        for method in CHANGING:
            if getattr(door, method):
                tries[method] = changed(visitor(WHO[place]), method, name, north_rows)
            if getattr(door, f"{method}_elsewhere"):
                tries[f"{method}_elsewhere"] = changed(visitor(WHO[place]), method, name, south_rows)
        for how, answer in tries.items():
            expected = int(getattr(door, how).split()[place])
            if answer.status_code != expected:
                wrong[name, how] = (answer.status_code, expected)
    assert wrong == {}


def changed(client: Client, method: str, name: str, rows: dict):
    """The answer to what is sent to a door; what it changed is taken back."""
    body = sent(DOORS[name].sent, rows, NAMED.get(name, ""), name) if method == "post" else NOTHING
    with transaction.atomic():
        answer = getattr(client, method)(address(name, rows), **body)
        transaction.set_rollback(True)
    return answer


def test_a_method_that_an_address_takes_and_the_table_does_not_try_is_missed():
    class Beside(View):
        def patch(self, request):
            return request

    taken = methods_of([path("secret/door/", Beside.as_view(), name="secret-door")])
    assert taken == {"secret-door": ("GET", "POST", "PATCH")}


def test_who_is_not_logged_in_is_led_to_the_login_or_told_in_the_apis_shape(north_rows, visitor):
    for name, door in DOORS.items():
        answer = visitor("anonymous").get(address(name, north_rows))
        if name in FIRST_STEP:
            assert answer.url == reverse("login")
        elif answer.status_code == 302:
            assert answer.url == f"{reverse('login')}?next={address(name, north_rows)}"
        elif door.get.endswith("401"):
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert answer.headers["WWW-Authenticate"] == "Bearer"


def without_token(answer) -> str:
    """A body without the token against forged forms, which is another one each time."""
    return re.sub(r"\b\w{64}\b", "", answer.content.decode())


def test_another_sites_row_is_answered_exactly_as_one_that_is_not_there(visitor, south_rows):
    for name, door in DOORS.items():
        if door.row:
            place = address(name, south_rows)
            row = south_rows[door.row]
            nowhere = place.replace(str(row.pk), str(key())).replace("knees/", "elbows/")
            assert nowhere != place
            ask = "post" if door.get.startswith("405") else "get"
            there, not_there = (getattr(visitor("nurse"), ask)(where) for where in (place, nowhere))
            assert there.status_code == not_there.status_code == 404
            assert without_token(there) == without_token(not_there)


SAFE = {"X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin"}  # fmt: skip


def test_every_door_answers_with_the_headers_that_keep_a_browser_safe(north_rows, visitor, settings):
    settings.SECURE_HSTS_SECONDS = 31_536_000
    for who in ("admin", "anonymous"):
        browser, wrong = visitor(who), {}
        for name in DOORS:
            headers = browser.get(address(name, north_rows), secure=True).headers
            policy = dict(part.strip().partition(" ")[::2] for part in headers["Content-Security-Policy"].split(";"))
            kept = SAFE.items() <= headers.items() and "max-age=31536000" in headers["Strict-Transport-Security"]
            scripts = (policy["script-src"], policy["default-src"], policy["frame-ancestors"])
            if not kept or scripts != ("'self'", "'none'", "'none'") or not headers["X-Request-ID"]:
                wrong[name] = dict(headers)
        assert wrong == {}
