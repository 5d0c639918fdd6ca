"""The page that checks printed figures: what was typed stays, what is wrong is said, nothing is kept."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from reports.figures_views import EXAMPLE, LARGEST
from tests.outcomes.consistency.printed_figures import PUBLISHED

PAGE = reverse("figures-check")


@pytest.fixture
def page(client, nobody):
    client.force_login(nobody)
    return lambda **sent: client.post(PAGE, sent) if sent else client.get(PAGE)


def test_the_example_on_the_page_can_be_checked_as_it_stands(page):
    assert EXAMPLE in page().context["form"]["figures"].value()
    answer = page(figures=EXAMPLE)
    assert answer.status_code == 200
    found = [(row["finding"].code, row["finding"].records) for row in answer.context["findings"]]
    assert found == [("grim", ("T2-1",)), ("percent", ("T1-2",))]


def test_the_published_figures_are_uploaded_and_their_findings_shown_with_the_record_ids(page):
    answer = page(file=SimpleUploadedFile("published.json", PUBLISHED.read_bytes()))
    text = answer.content.decode()
    assert answer.status_code == 200
    for words in ("GUPTA-0044", "COX-0127", "28.57 (200/7)", "18.14 cannot be the mean of 12", "CLUNK-0055"):
        assert words in text
    assert "14 findings" in text


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Nothing to check"),
        ('{"records": [', "is not JSON"),
        ('{"records": [{"id": "A", "paper": "p", "variable": "v", "values": {"mean": "7,3"}}]}', "A: values.mean"),
        ('{"records": [{"id": "\\ud800", "paper": "p", "variable": "v", "values": {}}]}', "cannot be read"),
        ('{"records": [], "records": []}', "more than once"),
        ("[" * 100_000, "cannot be read"),
        ('{"records": [{"id": "<script>", "paper": "p", "variable": "v", "values": 3}]}', "is not of type object"),
    ],
)
def test_what_cannot_be_read_is_said_and_what_was_typed_stays(page, typed, words):
    answer = page(figures=typed)
    assert answer.status_code == 400
    assert words in str(answer.context["form"].errors["figures"])
    assert answer.context["form"]["figures"].value() == typed
    assert b"<script>" not in answer.content.replace(b"<script src", b"")


def test_a_file_that_is_no_text_or_too_long_is_refused_in_words(page):
    answer = page(file=SimpleUploadedFile("a.json", b"\xff\xfe\x00"), figures="typed before")
    assert answer.status_code == 400
    assert "is not UTF-8 text" in answer.content.decode()
    assert answer.context["form"]["figures"].value() == "typed before"
    for sent in ({"file": SimpleUploadedFile("a.json", b" " * (LARGEST + 1))}, {"figures": " " * (LARGEST + 1)}):
        assert page(**sent).status_code == 400


def test_figures_that_are_right_find_nothing_and_say_what_was_read(page):
    record = {"id": "A", "paper": "p", "variable": "sex.female", "values": {"n": 5, "denominator": 12, "percent": 42}}
    answer = page(figures=json.dumps({"records": [record]}))
    assert "Nothing found" in answer.content.decode()
