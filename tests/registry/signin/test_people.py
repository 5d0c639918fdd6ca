"""A site's admin and her people: what is done to somebody holds from the next request on, and at no other site."""

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from registry.access import Role
from registry.actions import staff
from registry.actions.people import add_member
from registry.errors import Refused
from registry.models import ApiToken, Membership, Site, User
from tests.builders import PASSWORD, build_member, build_patient, build_site
from tests.programs import bearer
from tests.registry.signin.steps import logged_in, set_up_app

pytestmark = pytest.mark.django_db
WHY = {"reason": "as agreed"}


@pytest.fixture
def boss(admin) -> Client:
    """The browser of north's admin."""
    client = Client()
    client.force_login(admin)
    return client


def done(client: Client, person: User, do: str, **said):
    return client.post(reverse("person-detail", args=[person.pk]), {"do": do} | WHY | said)


def session_of(user) -> Client:
    client = Client()
    client.force_login(user)
    assert client.get(reverse("home")).status_code == 200
    return client


def reads(client: Client, headers=None) -> int:
    return client.get(reverse("api-patient-list"), headers=headers).status_code


def rows(client: Client, headers=None) -> int:
    return len(client.get(reverse("api-patient-list"), headers=headers).json()["results"])


def test_disabling_ends_sessions_and_tokens_at_the_next_request_and_enabling_revives_neither(boss, nurse, north, admin):
    pages, token = session_of(nurse), bearer(nurse, north, scopes=["read:rows"])
    assert (reads(pages), reads(Client(), token)) == (200, 200), "the search would find them alive"
    assert done(boss, nurse, "disable").status_code == 302
    assert (reads(pages), reads(Client(), token)) == (401, 401)
    assert Client().post(reverse("login"), {"login": "nurse", "password": PASSWORD}).status_code == 200
    assert done(boss, nurse, "enable").status_code == 302
    assert (reads(pages), reads(Client(), token)) == (401, 401)
    assert logged_in(nurse).get(reverse("home")).status_code == 200
    assert [event.pgh_context.metadata["actor"] for event in nurse.history.filter(is_active=False)] == [str(admin.pk)]


def test_a_token_that_is_revoked_is_unknown_at_its_next_call_and_its_person_is_not(boss, nurse, north):
    pages, token = session_of(nurse), bearer(nurse, north, scopes=["read:rows"])
    other = bearer(nurse, north, scopes=["read:rows"])
    first = ApiToken.objects.filter(user=nurse).order_by("created_at").first()
    assert boss.post(reverse("token-revoke", args=[first.pk]), WHY).status_code == 302
    assert (reads(Client(), token), reads(Client(), other), reads(pages)) == (401, 200, 200)


def test_a_role_that_is_taken_is_gone_at_the_next_request_for_pages_and_tokens(boss, nurse, north):
    pages, token = session_of(nurse), bearer(nurse, north, scopes=["read:rows"])
    patient, held = build_patient(site=north), nurse.memberships.get()
    assert (rows(pages), rows(Client(), token)) == (1, 1)
    assert pages.get(reverse("patient-detail", args=[patient.pk])).status_code == 200
    assert done(boss, nurse, "take", membership=held.pk).status_code == 302
    assert (rows(pages), rows(Client(), token)) == (0, 0)
    assert pages.get(reverse("patient-detail", args=[patient.pk])).status_code == 404
    event = held.history.model.objects.filter(pgh_label="delete").get()
    assert event.pgh_context.metadata["reason"] == "as agreed"


def test_who_is_added_changes_the_first_password_and_sees_nothing_before(boss, north):
    said = {"username": "newcomer", "site": north.code, "role": Role.COORDINATOR} | WHY
    page = boss.post(reverse("person-new"), said)
    password = page.context["password"]
    assert page.status_code == 200 and "no-store" in page.headers["Cache-Control"]
    newcomer = User.objects.get(username="newcomer")
    client = logged_in(newcomer, password)
    assert client.get(reverse("patient-list")).url == reverse("account_change_password")
    assert reads(client) == 403
    words = {"oldpassword": password, "password1": "four words of my own", "password2": "four words of my own"}
    short = {"oldpassword": password, "password1": "short", "password2": "short"}
    assert client.post(reverse("account_change_password"), short).status_code == 200
    assert client.post(reverse("account_change_password"), words).status_code == 302
    assert client.get(reverse("patient-list")).status_code == 200
    assert Client().post(reverse("login"), {"login": "newcomer", "password": password}).status_code == 200


def test_who_lost_the_second_factor_begins_anew(boss, nurse):
    client = logged_in(nurse)
    set_up_app(client)
    password = done(boss, nurse, "anew").context["password"]
    assert client.get(reverse("home")).status_code == 302
    assert logged_in(nurse, password).get(reverse("home")).url == reverse("account_change_password")


def test_another_sites_people_tokens_and_site_do_not_exist_for_an_admin(boss, neighbour, south):
    bearer(neighbour, south, scopes=["read:rows"])
    token = ApiToken.objects.get(user=neighbour)
    for path in (
        reverse("person-detail", args=[neighbour.pk]),
        reverse("token-new", args=[neighbour.pk]),
        reverse("token-revoke", args=[token.pk]),
        reverse("site-rename", args=[south.pk]),
    ):
        assert (boss.get(path).status_code, boss.post(path, WHY).status_code) == (404, 404)
    for name in ("people-list", "token-list", "site-list"):
        assert "neighbour" not in boss.get(reverse(name)).content.decode()
        assert "south" not in boss.get(reverse(name)).content.decode()


def test_who_works_at_two_sites_is_disabled_by_neither_and_keeps_the_others_role(boss, nurse, south, system):
    add_member(user=nurse, site=south, role=Role.INVESTIGATOR, by=system)
    answer = done(boss, nurse, "disable")
    assert answer.status_code == 400 and "[P4]" in answer.content.decode()
    elsewhere = nurse.memberships.get(site=south)
    assert done(boss, nurse, "take", membership=elsewhere.pk).status_code == 404
    assert done(boss, nurse, "give", site="south", role="site_admin").status_code == 400
    assert set(nurse.memberships.values_list("role", flat=True)) == {"coordinator", "investigator"}
    assert "south" not in boss.get(reverse("person-detail", args=[nurse.pk])).content.decode()


def test_an_admin_does_not_lock_herself_out(boss, admin):
    held = admin.memberships.get()
    for do, said in {"take": {"membership": held.pk}, "disable": {}, "anew": {}}.items():
        answer = done(boss, admin, do, **said)
        assert answer.status_code == 400 and "[P3]" in answer.content.decode()
    assert boss.get(reverse("people-list")).status_code == 200


def test_nothing_is_done_to_rights_without_a_reason_and_nothing_has_changed(boss, nurse, north, admin):
    before = (User.objects.count(), Membership.objects.count(), ApiToken.objects.count())
    for do in ("give", "disable", "anew"):
        assert done(boss, nurse, do, reason="", site=north.code, role="investigator").status_code == 400
    assert done(boss, nurse, "sell").status_code == 400
    said = {"username": "nurse", "site": north.code, "role": "coordinator"}
    assert boss.post(reverse("person-new"), said | WHY).status_code == 400, "the name is taken"
    assert boss.post(reverse("person-new"), said | {"username": "no spaces"} | WHY).status_code == 400
    nurse.refresh_from_db()
    assert nurse.is_active and (User.objects.count(), Membership.objects.count(), ApiToken.objects.count()) == before
    with pytest.raises(Refused, match="P1"):
        staff.enable(user=nurse, reason=" ", by=admin)


def test_a_token_is_shown_once_and_reaches_only_sites_of_the_admin_and_the_person(boss, nurse, north, south):
    said = {"name": "pull", "scopes": ["read:rows"], "sites": ["north"], "days": "30"}
    page = boss.post(reverse("token-new", args=[nurse.pk]), said)
    text = page.context["text"]
    assert page.status_code == 200 and "no-store" in page.headers["Cache-Control"]
    assert reads(Client(), {"Authorization": f"Bearer {text}"}) == 200
    assert text not in boss.get(reverse("person-detail", args=[nurse.pk])).content.decode()
    for wrong in ({"sites": ["south"]}, {"days": "91"}, {"scopes": ["all"]}, {"scopes": ["read:rows", "pull:rows"]}):
        assert boss.post(reverse("token-new", args=[nurse.pk]), said | wrong).status_code == 400
    assert ApiToken.objects.count() == 1


def test_a_site_is_renamed_with_its_code_kept(boss, north):
    path = reverse("site-rename", args=[north.pk])
    assert boss.post(path, {"name": "  "} | WHY).status_code == 400
    assert boss.post(path, {"name": "Hospital of the north"} | WHY).status_code == 302
    assert list(Site.objects.values_list("code", "name")) == [("north", "Hospital of the north")]


@pytest.mark.parametrize("name", ["people-list", "token-list", "site-list"])
def test_the_lists_take_as_many_queries_for_twenty_as_for_two(
    boss, north, name, django_assert_max_num_queries, admin, settings
):
    taken = []
    for more in (2, 18):
        for _ in range(more):
            person = build_member(f"p-{User.objects.count()}", north, Role.COORDINATOR)
            bearer(person, north, scopes=["read:rows"])
        boss.get(reverse(name))
        with django_assert_max_num_queries(40) as queries:
            assert boss.get(reverse(name)).status_code == 200
        taken.append(len(queries))
    assert taken[0] == taken[1]


def test_the_first_admin_is_made_on_the_command_line(capsys):
    build_site("east")
    call_command("add_person", "first", "--site", "east", "--role", "site_admin")
    password = capsys.readouterr().out.strip()
    first = User.objects.get(username="first")
    assert first.password_is_first and first.check_password(password)
    call_command("add_person", "first", "--site", "east", "--role", "coordinator")
    assert set(first.memberships.values_list("role", flat=True)) == {"site_admin", "coordinator"}
    assert first.check_password(password)


def test_a_page_asks_how_long_its_session_lasts_without_using_it(boss):
    first = boss.get(reverse("session")).json()["ends_in"]
    assert 0 < first <= 1800
    assert boss.post(reverse("session")).json()["ends_in"] >= 1799
    assert Client().get(reverse("session")).json() == {"ends_in": 0}
