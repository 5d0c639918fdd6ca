"""Each refusal is of a kind that has a page, and each page is of a kind that somebody is told."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

from config.problems import MEANINGS
from registry.problem_types import BY_STATUS, OF_TOKENS, type_of_refusal
from tests.programs import bearer

NAMED = re.compile(r'problem_type(?:: ClassVar\[str\])? = "([a-z-]+)"')


def sources() -> str:
    """The program's text, without the pages themselves."""
    root = Path(settings.BASE_DIR)
    found = (path for app in ("config", "registry", "outcomes", "reports") for path in (root / app).rglob("*.py"))
    return "\n".join(path.read_text() for path in found if path != root / "config" / "problems.py")


def test_each_kind_that_an_error_names_has_a_page():
    named = set(NAMED.findall(sources()))
    assert {"rate-limited", "scope-missing", "cursor-expired", "validation"} <= named
    assert sorted({*named, *BY_STATUS.values(), *OF_TOKENS.values()} - set(MEANINGS)) == []


def test_each_page_is_of_a_kind_that_is_raised():
    text = sources()
    assert [name for name in MEANINGS if f'"{name}"' not in text] == []


def test_a_refusal_without_a_name_has_that_of_its_status_and_our_own_mistake_none():
    assert type_of_refusal(404) == "/problems/not-found/"
    assert type_of_refusal(404, named="spec-unknown") == "/problems/spec-unknown/"
    assert [type_of_refusal(403, by_token=each) for each in (True, False)] == [
        "/problems/scope-missing/", "/problems/permission-denied/"]  # fmt: skip
    assert type_of_refusal(500) == "about:blank"


@pytest.mark.django_db
def test_what_a_refusal_names_can_be_read_at_its_address(client, surgeon, north, nobody):
    header = bearer(surgeon, north, scopes=["pull:rows"])
    visits = reverse("api-visit-list")
    told = {
        "not-found": client.get("/api/v1/nothing/", headers=header),
        "validation": client.get(visits, {"page_size": 0}, headers=header),
        "not-logged-in": client.get(visits),
        "method-not-allowed": client.delete(visits, headers=header),
        "not-acceptable": client.get(visits, headers=header | {"Accept": "text/html"}),
    }
    for name, answer in told.items():
        assert answer.json()["type"] == f"/problems/{name}/"
        assert MEANINGS[name][0].split("`")[0] in client.get(answer.json()["type"]).content.decode()
