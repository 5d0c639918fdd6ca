"""One chart from enrolment to the last form with the keyboard alone; what a person sees on the way."""

import re
from datetime import date

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from registry.actions.chart import save_form
from registry.chart import FORMS
from registry.models import Operation, Patient
from tests.browser.keyboard import focused, tab_to
from tests.builders import build_patient, build_procedure, build_study, build_visit

# What each form is told, by field: a key that answers, keys that tick, or a text. What is not here is not recorded.
CLUNK = {
    "malignancy": {"primary_cancer": "Br", "diagnosed_on": "2019-03", "hormone_sensitive": "1", "lesion_matrix": "1"},
    "metastasis": {"place": "1", "found_on": "2021"},
    "fracture": {
        "etiology": "1", "status": "1", "impending_definition": "1", "side": "1", "levels": ["1", "2"],
        "additional_pelvic_fracture": "n", "confirmed_by": ["1"],
    },
    "comorbidity": {
        "height_cm": "165", "weight_kg": "60", "asa_class": "3", "history_reviewed": "y", "tumour_metastatic": "y",
        "tumour_localised": "n",
    },
    "katagiri": {"growth": "1", "visceral": "1"},
    "operation": {
        "pdn_sacral_count": "1", "additional_hardware": ["0"], "cement_used": "y", "ablation_done": "y",
        "sedation": "2", "operative_time_min": "95", "time_definition": "1", "icu_admission": "n",
        "discharged_on": "2022-03-03",
    },
    "implant": {"type": "1", "level": "1", "side": "1", "diameter_mm": "9"},
    "cement": {"side": "1", "level": "1", "approach": "1", "volume_ml": "4.5", "leak": "n"},
    "ablation": {"modality": "1", "sessions": "1", "before_cement": "y"},
    "radiation": {"started_on": "2021-05", "field_includes_sacrum": "y", "modality": "2", "dose_gy": "24"},
    "systemic": {"drug_class": "2", "started_on": "2019-04"},
    "bone_drug": {"drug": "Z", "started_on": "2020"},
    "bone_health": {"osteoporosis": "n"},
    "complication": {"complication": "W", "happened_on": "2022-03-20", "clavien_dindo": "1", "related": "2"},
    "secondary_procedure": {"secondary": "Neu", "happened_on": "2022-09-02", "reason": "1"},
    "vital_status": {"status": "1", "last_known_alive_on": "2023-02-01", "lost_to_follow_up": "n"},
    "visit_details": {"pain_scale_type": "3"},
    "opioid_line": {"drug": "Ox", "route": "1", "strength": "10", "units_per_day": "2", "prn": "n"},
}  # fmt: skip
WHERE = "() => { const at = document.activeElement.closest('.answer'); return at && [at.dataset.name, at.className]; }"


def fill(page: Page, answers: dict[str, object]) -> None:
    """Answer a form with keys until the focus is on the button that saves it."""
    for _ in range(60):
        place = page.evaluate(WHERE)
        if place is None:
            return
        name, kind = place[0], re.search(r"is-(\w+)", place[1])[1]
        answer = answers.get(name)
        if isinstance(answer, list):
            for key in answer:
                page.keyboard.press(key)
            page.keyboard.press("Enter")
        elif answer is None:
            page.keyboard.press("Enter" if kind in ("text", "list") else "r")
        else:
            page.keyboard.type(answer)
            if kind not in ("yes_no", "codes"):
                page.keyboard.press("Enter")
    raise AssertionError("60 answers do not end the form.")


@pytest.fixture
def study(transactional_db, north):
    return build_study(slug="nails", site=north, name="Nails of the sacrum", instruments=("pain", "opioid"))


def enrol(page: Page) -> Patient:
    """A patient and her procedure, from the list of patients, by key."""
    tab_to(page, page.get_by_role("link", name="Enrol a patient"))
    page.keyboard.press("Enter")
    expect(focused(page)).to_have_id("id_study_number")
    page.wait_for_load_state()  # the field has the focus before the page's keys are known
    page.keyboard.type("N-017")
    page.keyboard.press("Tab")
    page.keyboard.press("f")
    page.keyboard.type("1951-05-17")
    page.keyboard.press("Tab")
    page.keyboard.press("1")
    expect(focused(page)).to_have_id("id_performed")
    page.keyboard.type("2022-03-01")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The patient is enrolled.")).to_be_visible()
    return Patient.objects.get()


def test_a_patient_is_enrolled_and_every_form_filled_with_the_keyboard_alone(visit, study, nurse):
    page = visit(nurse).open(f"{reverse('patient-list')}?study=nails")
    patient = enrol(page)
    tab_to(page, page.get_by_role("link", name="Malignancy"))
    page.keyboard.press("Enter")

    for form in [each for each in FORMS.values() if each.parent != "visit"]:
        expect(page.get_by_role("heading", level=1)).to_contain_text(form.title)
        page.wait_for_load_state()
        fill(page, CLUNK[form.key])
        expect(focused(page)).to_have_text("Save")
        following = page.get_by_role("button", name="Save, then")
        if following.count():
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_text(f"{form.title}: complete.")).to_be_visible()

    seen = build_visit(procedure=patient.procedures.get(), timepoint="w6", visited_on=date(2022, 4, 12),
                       scores={"pain": 3, "opioid": 1})  # fmt: skip
    for key in ("visit_details", "opioid_line"):
        page.goto(f"{reverse('chart-form', args=[patient.pk, key])}?of={seen.pk}")
        fill(page, CLUNK[key])
        page.keyboard.press("Control+Enter")
        expect(page.get_by_text(f"{FORMS[key].title}: complete.")).to_be_visible()
    page.goto(reverse("patient-detail", args=[patient.pk]))
    expect(page.get_by_text("never opened")).to_have_count(0)
    expect(page.get_by_text("incomplete")).to_have_count(0)
    expect(page.locator("dl.facts.inline")).to_contain_text("Forms still open0")


@pytest.fixture
def procedure(study, north):
    patient = build_patient(study=study, site=north, study_number="N-017", born_on=date(1951, 5, 17),
                            born_precision="day")  # fmt: skip
    return build_procedure(patient=patient, performed_on=date(2022, 3, 1), kind="pdn")


def open_form(visitor, procedure, key: str) -> Page:
    return visitor.open(reverse("chart-form", args=[procedure.patient_id, key]))


def test_the_charlson_index_grows_with_each_condition_that_is_answered(visit, procedure, nurse):
    page = open_form(visit(nurse), procedure, "comorbidity")
    live = page.locator("#live")
    expect(live).to_contain_text("19 conditions are not answered")
    tab_to(page, page.locator("[name=value_history_reviewed]").first)
    page.keyboard.press("y")
    expect(live).to_contain_text(re.compile(r"AACCI\s*3"))  # 70 years at the procedure
    tab_to(page, page.locator("[name=value_tumour_metastatic]").first)
    page.keyboard.press("y")
    expect(live).to_contain_text(re.compile(r"AACCI\s*9"))


def test_a_hidden_field_keeps_what_was_typed_until_its_question_comes_back(visit, procedure, nurse):
    page = open_form(visit(nurse), procedure, "cement")
    action = page.locator("#id_value_leak_action")
    expect(action).to_be_hidden()
    page.locator("[name=value_leak][value=yes]").focus()
    page.keyboard.press("y")
    expect(action).to_be_visible()
    action.fill("watched")
    page.locator("[name=value_leak]").first.focus()
    page.keyboard.press("n")
    expect(action).to_be_hidden()
    page.locator("[name=value_leak]").first.focus()
    page.keyboard.press("y")
    expect(action).to_have_value("watched")


def test_a_hidden_value_is_cleared_only_after_the_page_asked(visit, procedure, nurse):
    page = open_form(visit(nurse), procedure, "cement")
    page.locator("[name=value_leak]").first.focus()
    page.keyboard.press("y")
    page.locator("#id_value_leak_action").fill("watched")
    page.locator("[name=value_leak]").first.focus()
    page.keyboard.press("n")
    page.keyboard.press("Control+Enter")
    expect(focused(page)).to_contain_text("is asked only where “Leakage” is yes")
    page.get_by_label("Clear what is no longer asked").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Cement injection: saved; something is still open.")).to_be_visible()


def test_the_suggested_growth_group_is_taken_with_a_button_and_stays_a_choice(visit, procedure, nurse):
    save_form(form=FORMS["malignancy"], parent=procedure.patient, row=None, overrides=None, by=nurse,
              values={"primary_cancer": "breast", "hormone_sensitive": "no"})  # fmt: skip
    page = open_form(visit(nurse), procedure, "katagiri")
    expect(page.locator("#live")).to_contain_text("hormone-independent")
    page.get_by_role("button", name="Use “Moderate”").click()
    expect(page.locator("[name=value_growth][value=moderate]")).to_be_checked()


def test_two_people_choose_whose_value_stays(visit, procedure, nurse):
    save_form(form=FORMS["operation"], parent=procedure, row=None, values={"ebl_ml": "100"}, overrides=None, by=nurse)
    visitor, address = visit(nurse), reverse("chart-row", args=["operation", Operation.objects.get().pk])
    first, second = visitor.open(address), visitor.open(address)
    for page, text in ((first, "200"), (second, "300")):
        page.locator("#id_value_ebl_ml").fill(text)
        page.keyboard.press("Control+Enter")
        if page is first:
            expect(page.get_by_text("Operation: saved")).to_be_visible()
    expect(focused(second)).to_contain_text("Somebody saved this form after you opened it.")
    expect(second.get_by_role("row", name=re.compile("blood loss"))).to_have_text(re.compile(r"100\s*200\s*300"))
    second.get_by_role("radio", name="200").check()
    second.get_by_role("button", name="Save", exact=True).click()
    expect(second.get_by_text("Operation: saved")).to_be_visible()
    assert Operation.objects.get().ebl_ml == 200


@pytest.mark.parametrize("width", [1280, 390])
def test_no_page_of_the_chart_scrolls_sideways(visit, procedure, nurse, width):
    save_form(form=FORMS["malignancy"], parent=procedure.patient, row=None, overrides=None, by=nurse,
              values={"primary_cancer": "breast"})  # fmt: skip
    patient = procedure.patient_id
    addresses = [
        reverse("patient-detail", args=[patient]), reverse("patient-create", args=["nails"]),
        reverse("patient-correct", args=[patient]), reverse("procedure-correct", args=[procedure.pk]),
        reverse("patient-withdraw", args=[patient]), reverse("screening-log", args=["nails"]),
        reverse("screening-create", args=["nails"]), reverse("chart-unavailable", args=[patient, "radiation"]),
        *(reverse("chart-form", args=[patient, key]) for key in ("malignancy", "fracture", "operation", "comorbidity")),
    ]  # fmt: skip
    page = visit(nurse, width=width).open()
    for address in addresses:
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
