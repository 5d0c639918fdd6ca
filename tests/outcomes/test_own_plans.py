"""A user's own plans: what is kept, who may, and how a save is refused."""

import json

import pytest
from django.db import DatabaseError, transaction

from outcomes.cohorts import visible_cohorts
from outcomes.models import Plan
from outcomes.own_plans import read_document, save_plan
from outcomes.plans.errors import PlanError
from registry.errors import Refused, StaleSave
from tests.builders import build_study

PAIN = {"id": "pain", "type": "describe_by_timepoint", "instrument": "pain"}


def document(**changed) -> dict:
    return {"name": "pain-after", "title": "Pain afterwards", "analyses": [PAIN]} | changed


@pytest.fixture
def cohort(north, surgeon):
    build_study(slug="hips", site=north)
    return visible_cohorts(surgeon).get(slug="hips")


def test_a_plan_is_kept_with_its_name_its_words_and_who_made_it(cohort, surgeon):
    plan = save_plan(cohort=cohort, document=document(), by=surgeon)
    assert (plan.slug, plan.name, plan.version, plan.made_by) == ("pain-after", "Pain afterwards", 1, surgeon)
    assert Plan.objects.get().document == document()


def test_a_plan_without_a_title_is_called_by_its_name(cohort, surgeon):
    assert save_plan(cohort=cohort, document={"name": "pain", "analyses": []}, by=surgeon).name == "pain"


def test_editing_makes_the_next_version_and_the_first_stays_in_the_history(cohort, surgeon, admin):
    plan = save_plan(cohort=cohort, document=document(), by=surgeon)
    edited = save_plan(cohort=cohort, document=document(preset="stata"), by=admin, plan=plan, version=1)
    assert (edited.version, edited.made_by) == (2, admin)
    kept = plan.history.order_by("pgh_id").values_list("version", "document", "made_by", "pgh_context__metadata__actor")
    assert [*kept] == [
        (1, document(), surgeon.pk, str(surgeon.pk)),
        (2, document(preset="stata"), admin.pk, str(admin.pk)),
    ]


def test_a_stale_save_is_refused_and_changes_nothing(cohort, surgeon):
    plan = save_plan(cohort=cohort, document=document(), by=surgeon)
    save_plan(cohort=cohort, document=document(preset="r"), by=surgeon, plan=plan, version=1)
    with pytest.raises(StaleSave):
        save_plan(cohort=cohort, document=document(preset="stata"), by=surgeon, plan=plan, version=1)
    assert Plan.objects.get().document["preset"] == "r"


def test_a_wrong_plan_is_refused_naming_analysis_field_value_and_rule(cohort, surgeon):
    with pytest.raises(PlanError, match="pain: instrument = 3 is not of type string"):
        save_plan(cohort=cohort, document=document(analyses=[PAIN | {"instrument": 3}]), by=surgeon)
    assert not Plan.objects.exists()


@pytest.mark.parametrize(
    "name", ["", "two words", "a/b", "new", "clunk2025", "x" * 101, "\N{GREEK SMALL LETTER ALPHA}", "-a"]
)
def test_a_name_that_could_not_stand_in_an_address_is_refused(cohort, surgeon, name):
    with pytest.raises(PlanError):
        save_plan(cohort=cohort, document=document(name=name), by=surgeon)


def test_a_name_is_taken_once_in_a_cohort_and_free_in_another(cohort, north, surgeon):
    save_plan(cohort=cohort, document=document(), by=surgeon)
    with pytest.raises(Refused, match="has a plan of that name"):
        save_plan(cohort=cohort, document=document(), by=surgeon)
    build_study(slug="knees", site=north)
    assert save_plan(cohort=visible_cohorts(surgeon).get(slug="knees"), document=document(), by=surgeon).version == 1


def test_a_plan_keeps_its_name(cohort, surgeon):
    plan = save_plan(cohort=cohort, document=document(), by=surgeon)
    with pytest.raises(PlanError, match="must stay pain-after"):
        save_plan(cohort=cohort, document=document(name="other"), by=surgeon, plan=plan, version=1)


@pytest.mark.parametrize("who", ["nurse", "pool", "nobody", "neighbour"])
def test_who_may_not_ask_for_analyses_makes_no_plans(cohort, who, request):
    with pytest.raises(Refused, match="may not ask"):
        save_plan(cohort=cohort, document=document(), by=request.getfixturevalue(who))


def test_a_plan_is_seen_by_who_sees_its_cohort(cohort, surgeon, nurse, pool, neighbour, nobody):
    save_plan(cohort=cohort, document=document(), by=surgeon)
    seen = [Plan.objects.visible_to(user).count() for user in (surgeon, nurse, pool, neighbour, nobody)]
    assert seen == [1, 1, 1, 0, 0]


def test_no_plan_is_deleted(cohort, surgeon):
    plan = save_plan(cohort=cohort, document=document(), by=surgeon)
    with pytest.raises(DatabaseError), transaction.atomic():
        plan.delete()


@pytest.mark.parametrize(
    "text",
    ["", "no", "[]", "3", '{"a": NaN}', '{"a": "\\u0000"}', '{"a": "\\ud800"}', "[" * 100_000, '{"a": 1e999}',
     '{"a": 1, "a": 2}', f'{{"a": {"[" * 20}{"]" * 20}}}', f'{{"a": {"[" * 970}{"]" * 970}}}'],
)  # fmt: skip
def test_text_that_is_no_document_is_refused_in_words(text):
    with pytest.raises(PlanError) as refusal:
        read_document(text)
    assert refusal.value.rule


def test_a_document_may_be_as_deep_as_one_that_the_api_takes():
    text = f'{{"a": {"[" * 19}{"]" * 19}}}'
    assert json.dumps(read_document(text)) == text


def test_the_text_of_a_document_is_read_as_it_is():
    assert read_document('{"name": "a\\u00e9", "n": 0.35}') == {
        "name": "a\N{LATIN SMALL LETTER E WITH ACUTE}",
        "n": 0.35,
    }
