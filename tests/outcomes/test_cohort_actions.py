"""A person's own cohorts: what is kept, who may, what a version is, and how a save is refused."""

from io import StringIO

import pytest
from django.core.management import call_command

from outcomes.cohort_actions import change_cohort, is_default, make_cohort, versions_of
from outcomes.cohorts import visible_cohorts
from outcomes.criteria import RuleError
from outcomes.models import Cohort
from registry.access import Role
from registry.errors import Refused, StaleSave
from tests.builders import build_member, build_study

ADULTS = {"procedures": "index", "include": [{"variable": "age", "op": "ge", "value": 18}]}
WOMEN = ADULTS | {"exclude": [{"variable": "sex", "op": "is", "value": "male"}]}


@pytest.fixture
def hips(north):
    return build_study(slug="hips", site=north)


def made(hips, by, **fields) -> Cohort:
    return make_cohort(**{"name": "Adults with a hip", "studies": [hips], "rule": ADULTS, "by": by} | fields)


def changed(cohort, by, **fields) -> Cohort:
    told = {"version": 1, "name": cohort.name, "rule": WOMEN, "by": by}
    return change_cohort(cohort=cohort, **told | fields)


def test_a_cohort_is_kept_under_its_name_as_version_1(hips, surgeon):
    cohort = made(hips, surgeon, description="  For the paper. ")
    assert (cohort.slug, cohort.version, cohort.rule) == ("adults-with-a-hip", 1, ADULTS)
    assert (cohort.description, [*cohort.studies.all()]) == ("For the paper.", [hips])
    assert cohort in visible_cohorts(surgeon)


def test_editing_makes_the_next_version_and_every_one_stays_with_who_made_it(hips, surgeon, admin):
    cohort = changed(made(hips, surgeon), admin, name="Women with a hip")
    assert (cohort.version, cohort.name, cohort.slug) == (2, "Women with a hip", "adults-with-a-hip")
    second, first = versions_of(cohort)
    assert [(each.number, each.who, each.rule) for each in (first, second)] == [
        (1, "surgeon", ADULTS), (2, "admin", WOMEN),
    ]  # fmt: skip


def test_a_stale_save_is_refused_and_changes_nothing(hips, surgeon):
    cohort = made(hips, surgeon)
    changed(cohort, surgeon)
    with pytest.raises(StaleSave, match="Nothing of yours is lost"):
        changed(cohort, surgeon, rule=ADULTS)
    assert Cohort.objects.get(pk=cohort.pk).rule == WOMEN


def test_saving_what_is_kept_already_makes_no_version(hips, surgeon):
    cohort = made(hips, surgeon)
    assert changed(cohort, surgeon, rule=ADULTS).version == 1
    assert len(versions_of(cohort)) == 1


def test_a_rule_that_is_none_is_refused_with_field_value_and_what_to_do(hips, surgeon):
    with pytest.raises(RuleError, match=r"include\[0\].op = 'over' is not known here. Take "):
        made(hips, surgeon, rule={"include": [{"variable": "age", "op": "over", "value": 18}]})
    cohort = made(hips, surgeon)
    with pytest.raises(RuleError):
        changed(cohort, surgeon, rule={"everybody": True})
    assert Cohort.objects.get(pk=cohort.pk).version == 1


@pytest.mark.parametrize(("field", "text"), [("name", "..."), ("name", "x" * 201), ("description", "x" * 2001)])
def test_a_name_or_a_purpose_that_cannot_be_kept_is_refused(hips, surgeon, field, text):
    with pytest.raises(Refused) as refused:
        made(hips, surgeon, **{field: text})
    assert refused.value.problems[0].field == field


def test_a_name_that_is_taken_in_addresses_gets_a_number(hips, surgeon):
    assert [made(hips, surgeon, name=name).slug for name in ("Adults", "Adults", "New", "Hips")] == [
        "adults", "adults-2", "new-2", "hips-2",
    ]  # fmt: skip


def test_who_may_not_ask_at_a_site_of_each_study_makes_and_changes_none(hips, nurse, pool, surgeon, south):
    knees = build_study(slug="knees", site=south)
    for by, studies in ((nurse, [hips]), (pool, [hips]), (surgeon, [hips, knees]), (surgeon, [])):
        with pytest.raises(Refused, match="may ask for analyses"):
            made(hips, by, studies=studies)
    cohort = made(hips, surgeon)
    with pytest.raises(Refused):
        changed(cohort, nurse)
    both = build_member("surgeon", south, Role.INVESTIGATOR)
    assert made(hips, both, studies=[hips, knees]).studies.count() == 2


def test_the_whole_of_a_study_is_not_edited(hips, surgeon):
    whole = visible_cohorts(surgeon).get(slug="hips")
    assert is_default(whole) and not is_default(made(hips, surgeon))
    with pytest.raises(Refused, match="Make a copy"):
        changed(whole, surgeon)


def test_list_cohorts_prints_one_slug_a_line(hips, surgeon):
    made(hips, surgeon)
    out = StringIO()
    call_command("list_cohorts", stdout=out)
    assert out.getvalue() == "adults-with-a-hip\nhips\n"
