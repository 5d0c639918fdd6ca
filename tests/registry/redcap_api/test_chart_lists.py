"""What of the chart's forms leaves by REDCap's programs is what its lists name; what nobody listed stays."""

import pytest

from registry.access import Profile
from registry.chart import FORMS
from registry.profiles import chart_lists
from registry.profiles.chart_lists import DATED, KEPT, TOLD
from registry.redcap_api.fields import UNAVAILABLE, computed, of_chart_form

PULLED = (Profile.SAFE_HARBOR, Profile.LIMITED)
LISTS = (TOLD, DATED, KEPT)


def columns_of(form) -> list[str]:
    return [column.name for column in (*form.fields, *computed(form))]


def unlisted() -> list[str]:
    """The columns that are in none of the lists, or in two."""
    return [
        f"{form.key}.{name}"
        for form in FORMS.values()
        for name in columns_of(form)
        if sum(name in each.get(form.key, ()) for each in LISTS) != 1
    ]


def sources(form, profile: Profile) -> set[str]:
    return {one.source for one in of_chart_form(form, profile)}


def test_every_column_of_the_chart_is_told_dated_or_kept_by_name():
    assert unlisted() == []


def test_a_column_that_nobody_listed_is_found_by_its_name(monkeypatch):
    monkeypatch.setitem(TOLD, "implant", TOLD["implant"][1:])
    assert unlisted() == ["implant.type"]


def test_the_lists_name_no_form_and_no_column_that_is_none():
    for each in LISTS:
        assert [key for key in each if key not in FORMS] == []
        assert [(key, name) for key, names in each.items() for name in names
                if name not in columns_of(FORMS[key])] == []  # fmt: skip


@pytest.mark.parametrize("profile", PULLED)
@pytest.mark.parametrize("form", FORMS.values(), ids=lambda form: form.key)
def test_a_form_leaves_with_what_its_lists_name(form, profile):
    dated = DATED.get(form.key, ())
    precisions = {f"{name.removesuffix('_on')}_precision" for name in dated} if profile == Profile.LIMITED else set()
    assert sources(form, profile) == {*TOLD[form.key], *dated, *precisions, UNAVAILABLE}
    assert set(columns_of(form)) <= sources(form, Profile.IDENTIFIED)


@pytest.mark.parametrize("profile", PULLED)
@pytest.mark.parametrize(("which", "form", "name"), [("TOLD", "implant", "type"), ("TOLD", "katagiri", "total"),
                                                     ("DATED", "malignancy", "diagnosed_on")])  # fmt: skip
def test_a_code_a_sum_or_a_date_that_is_taken_from_its_list_stays(monkeypatch, profile, which, form, name):
    lists = getattr(chart_lists, which)
    assert name in sources(FORMS[form], profile)
    monkeypatch.setitem(lists, form, tuple(each for each in lists[form] if each != name))
    assert name not in sources(FORMS[form], profile)
