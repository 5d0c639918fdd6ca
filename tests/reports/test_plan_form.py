"""An analysis as a form: what is chosen becomes the entry that the schema knows, and the entry is shown as chosen."""

import pytest

from outcomes.analyses import TYPES
from outcomes.columns import level_text
from reports.manifest import Manifest
from reports.plan_editor import Editor
from reports.plan_entry import EntryForm, free_id, kinds
from tests.outcomes.cohorts import ENTRIES, entry_name
from tests.reports import examples

LEVELS = {"arm": ["a", "b"], "sex": ["F", "M"], "grade": ["1", "2", "10"]}
MANIFEST = Manifest(
    examples.manifest(
        instruments={"pain": examples.PAIN},
        timepoints=[
            {"code": code, "label": f"Timepoint {code}", "order": place}
            for place, code in enumerate(("pre", "6w", "1y"))
        ],
        covariates={name: {"kind": "category", "levels": levels} for name, levels in LEVELS.items()}
        | {"age": {"kind": "number", "levels": None}, "grade": {"kind": "number", "levels": LEVELS["grade"]}},
        survival={"repair": {}, "death": {}},
    )
)


def typed(form: EntryForm) -> dict:
    """What a browser sends of the form as it is shown."""
    sent = {}
    for name, field in form.fields.items():
        shown = form.get_initial_for_field(field, name)
        if isinstance(shown, list):
            sent |= {f"{form.add_prefix(name)}.{each}": "on" for each in shown}
        elif shown is not None:
            sent[form.add_prefix(name)] = str(shown)
    return sent


def form_of(kind: str, **options) -> EntryForm:
    return EntryForm(kind=kind, manifest=MANIFEST, **options)


def same(entry: dict) -> dict:
    """The entry without what says nothing; levels as texts, as the form gives them."""
    kept = {key: value for key, value in entry.items() if value not in ({}, [], ())}
    if "subset" in kept:
        kept["subset"] = {name: level_text(value) for name, value in kept["subset"].items()}
    if "group_level" in kept:
        kept["group_level"] = level_text(kept["group_level"])
    return kept | ({"timepoints": sorted(kept["timepoints"])} if "timepoints" in kept else {})


@pytest.mark.parametrize("entry", ENTRIES, ids=entry_name)
def test_every_entry_that_a_plan_may_hold_can_be_made_with_the_form(entry):
    whole = {"id": "mine", **entry}
    whole |= {"subset": same(whole)["subset"]} if "subset" in whole else {}
    form = form_of(entry["type"], data=typed(form_of(entry["type"], entry=whole)))
    assert form.is_valid(), form.errors
    assert same(form.entry) == same(whole)


def test_every_type_can_be_chosen_by_a_name_in_words():
    assert {kind for kind, _ in kinds()} == {*TYPES}
    assert all("_" not in words for _, words in kinds())


def test_the_choices_are_what_the_cohort_has():
    form = form_of("mannwhitney")
    assert [value for value, _ in form.fields["timepoint"].choices] == ["", "pre", "6w", "1y"]
    assert [value for value, _ in form.fields["by"].choices] == ["", "arm", "sex", "grade", "age"]


def test_a_field_that_is_needed_and_empty_is_named():
    form = form_of("mannwhitney", data={"entry-instrument": "pain"})
    assert not form.is_valid()
    assert {*form.errors} == {"timepoint", "by"}


def test_a_rule_of_the_plan_stands_beside_the_field_that_breaks_it():
    sent = {"entry-instrument": "pain", "entry-pre": "pre", "entry-post": "pre"}
    form = form_of("wilcoxon_paired", data=sent)
    assert not form.is_valid()
    assert form.errors["post"] == ["'pre' is also pre; the two must differ."]


def test_a_level_of_another_covariate_is_refused():
    sent = {"entry-instrument": "pain", "entry-pre": "pre", "entry-post": "6w", "entry-group": "arm",
            "entry-group_level": '["sex", "F"]'}  # fmt: skip
    form = form_of("ancova", data=sent)
    assert not form.is_valid()
    assert form.errors["group_level"] == ["This is a level of sex, not of arm."]


def test_a_change_needs_two_timepoints():
    sent = {"entry-col_instrument": "pain", "entry-col_when": '["6w"]', "entry-col_how": "change_le",
            "entry-col_limit": "-2"}  # fmt: skip
    form = form_of("proportion", data=sent)
    assert not form.is_valid()
    assert "One timepoint goes with the score itself" in form.errors["col_how"][0]


def test_an_analysis_without_a_name_is_named_by_what_it_asks():
    entry = {"type": "mannwhitney", "instrument": "pain", "timepoint": "6w", "by": "arm"}
    assert free_id(entry, set()) == "pain_mannwhitney_6w_arm"
    assert free_id(entry, {"pain_mannwhitney_6w_arm"}) == "pain_mannwhitney_6w_arm_2"


def test_a_name_that_another_analysis_has_is_refused():
    sent = {"entry-instrument": "pain", "entry-id": "taken"}
    assert "id" in form_of("describe_by_timepoint", data=sent, taken={"taken"}).errors


@pytest.mark.parametrize("text", ["\x00", "9" * 40, "' OR 1=1 --", "<script>", "[]", "NaN", "{", "x" * 5000])
@pytest.mark.parametrize("kind", ["mannwhitney", "ancova", "proportion", "mcnemar", "km", "contrasts_from_baseline"])
def test_nonsense_in_any_field_is_refused_in_words(kind, text):
    if kind not in TYPES:
        pytest.skip("not built yet")
    names = form_of(kind).fields
    for name in names:
        form = form_of(kind, data={f"entry-{each}": text if each == name else "" for each in names})
        assert not form.is_valid()


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("wrong", [5, "text", [1], {"a": [1]}, None, True], ids=repr)
def test_an_analysis_of_wrong_types_opens_in_a_form_that_corrects_it(kind, wrong):
    """Somebody may have written it as JSON; what no field can show is left to be chosen."""
    keys = [key for key in form_of(kind).rules["properties"] if key not in ("id", "type")]
    assert str(form_of(kind, entry={"id": "mine", "type": kind, **dict.fromkeys(keys, wrong)}))


def test_analyses_whose_names_are_no_texts_are_listed_with_what_is_wrong():
    written = [{"id": name, "type": "kruskal_dunn", "instrument": "pain"} for name in ([1], {"a": 1}, None)]
    editor = Editor(MANIFEST, document={"analyses": [*written, {"id": "mine", "type": "normality", "var": "age"}]})
    editor.step("change:3", {})
    assert editor.entry.taken == set() and all("is not of type string" in line.problem for line in editor.lines[:3])
