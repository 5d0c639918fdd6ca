"""What a token reads: its scope, its profile, its sites and its study against what is asked for, one by one."""

from itertools import product

import pytest
from django.urls import reverse

from registry.access import Role
from registry.errors import Refused
from registry.models import Study
from tests.builders import build_member, build_patient, build_procedure, build_study, build_visit
from tests.programs import bearer

LISTS = ("api-patient", "api-procedure", "api-visit", "api-score", "api-event", "api-treatment")
FORMS = ("identified", "limited", "safe_harbor")
# scope, the token's profile: may it be made; whom it lets read rows (nobody: it is refused); in which forms.
TOKENS = {
    ("read:rows", "identified"): ({"coordinator", "investigator", "site_admin"}, FORMS),
    ("read:rows", "limited"): None,
    ("read:rows", "safe_harbor"): None,
    ("write:rows", "identified"): ({"coordinator", "investigator", "site_admin"}, FORMS),
    ("write:rows", "limited"): None,
    ("write:rows", "safe_harbor"): None,
    ("pull:rows", "identified"): None,
    ("pull:rows", "limited"): ({"investigator", "pooling_client", "site_admin"}, FORMS[1:]),
    ("pull:rows", "safe_harbor"): ({"investigator", "pooling_client", "site_admin"}, FORMS[2:]),
    ("read:results", "identified"): (set(), FORMS),
    ("read:results", "limited"): (set(), FORMS[1:]),
    ("read:results", "safe_harbor"): (set(), FORMS[2:]),
    ("read:summaries", "safe_harbor"): (set(), FORMS[2:]),
    ("send:bundles", "safe_harbor"): (set(), FORMS[2:]),
}
MADE = {token: rights for token, rights in TOKENS.items() if rights}
ROLES = ("coordinator", "investigator", "pooling_client", "site_admin")


@pytest.fixture
def places(north, south):
    """A patient in each of two studies at each of two sites."""
    for slug, site in product(("hips", "knees"), (north, south)):
        study = studies_of(slug, site)
        procedure = build_procedure(patient=build_patient(study=study, site=site, study_number=f"{slug}-{site.code}"))
        build_visit(procedure=procedure, timepoint="w6", day=40, scores={"pain": 3})
    return {"north": north, "south": south}


def studies_of(slug: str, site):
    return Study.objects.filter(slug=slug).first() or build_study(slug=slug, site=site)


def read(client, header, **asked) -> tuple[int, set]:
    """The status, and the places of the scores that came."""
    answer = client.get(reverse("api-score-list"), asked, headers=header)
    rows = answer.json().get("results", ())
    return answer.status_code, {(row["study"], row["site"]) for row in rows}


@pytest.mark.parametrize(("scope", "profile"), [token for token, rights in TOKENS.items() if rights is None])
def test_a_token_whose_scope_and_profile_contradict_each_other_is_not_made(north, surgeon, scope, profile):
    with pytest.raises(Refused) as refused:
        bearer(surgeon, north, scopes=[scope], profile=profile)
    assert [problem.rule for problem in refused.value.problems] == ["K3"]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("scope", "profile"), MADE)
def test_scope_profile_and_role_decide_whether_and_in_which_form_rows_are_read(client, places, scope, profile, role):
    readers, forms = MADE[scope, profile]
    user = build_member("somebody", places["north"], role)
    header = bearer(user, places["north"], scopes=[scope], profile=profile)
    theirs = {("hips", "north"), ("knees", "north")} if role in readers else set()
    answer = (200, theirs) if readers else (403, set())
    assert read(client, header) == answer
    for form in FORMS:
        assert read(client, header, profile=form) == (answer if form in forms else (403, set())), form


@pytest.mark.parametrize("name", [*LISTS, "api-change"])
@pytest.mark.parametrize(
    ("scope", "profile", "needed"),
    [("read:results", "identified", "read:rows or write:rows"), ("send:bundles", "safe_harbor", "pull:rows")],
)
def test_a_scope_by_which_nobody_reads_rows_is_told_which_one_is_needed(
    client, north, admin, scope, profile, needed, name
):
    answer = client.get(reverse(f"{name}-list"), headers=bearer(admin, north, scopes=[scope], profile=profile))
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/scope-missing/")
    assert answer.json()["detail"] == f"This token may not read rows: it needs the scope {needed}."


@pytest.mark.parametrize("study", [None, "hips", "knees"])
@pytest.mark.parametrize("sites", [("north",), ("south",), ("north", "south")])
@pytest.mark.parametrize("member_of", [("north",), ("south",), ("north", "south")])
@pytest.mark.parametrize(("scope", "profile"), [("read:rows", "identified"), ("pull:rows", "safe_harbor")])
def test_sites_and_study_of_a_token_can_only_lower_what_its_user_reads(
    client, places, scope, profile, member_of, sites, study
):
    for code in member_of:
        user = build_member("somebody", places[code], Role.INVESTIGATOR)
    only = studies_of(study, None) if study else None
    header = bearer(user, *(places[code] for code in sites), scopes=[scope], profile=profile, study=only)
    expected = product([study] if study else ["hips", "knees"], set(member_of) & set(sites))
    assert read(client, header) == (200, set(expected))


@pytest.mark.parametrize("name", LISTS)
def test_every_list_says_no_to_a_laxer_form_by_the_name_of_what_is_missing(client, north, surgeon, name):
    header = bearer(surgeon, north, scopes=["pull:rows"])
    for form in ("identified", "limited"):
        answer = client.get(reverse(f"{name}-list"), {"profile": form}, headers=header)
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/scope-missing/")
    answer = client.get(reverse(f"{name}-list"), {"profile": "anonymous"}, headers=header)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["profile"])
