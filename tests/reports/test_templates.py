"""What the pages promise to the keyboard, to a screen reader and to the content security policy."""

import re
from collections import Counter

import pytest
from django.template.loader import render_to_string

from reports.report import build, build_one
from tests.reports import examples


@pytest.fixture(scope="module")
def page():
    return render_to_string("reports/report.html", {"report": build(examples.manifest(), examples.everything())})


def test_a_synthetic_cohort_says_so_on_the_report_and_on_each_result(page):
    result = build_one(examples.manifest(), examples.changed())
    assert "Synthetic demonstration data - no patients" in page
    assert "Synthetic demonstration data - no patients" in render_to_string("reports/result.html", {"page": result})


def test_real_data_carry_no_such_banner():
    manifest = examples.manifest(studies=[{"slug": "nails", "name": "Nails", "synthetic": False}])
    assert "Synthetic" not in render_to_string(
        "reports/report.html", {"report": build(manifest, examples.everything())}
    )


def test_no_script_style_or_handler_is_written_into_the_page(page):
    assert re.findall(r"<script(?![^>]*(?:src=|type=\"application/json\"))", page) == []
    assert re.findall(r"<[^>]+\s(?:style|on[a-z]+)=", page) == []


def test_every_id_is_there_once_and_every_link_within_the_page_has_its_target(page):
    ids = Counter(re.findall(r'\sid="([^"]+)"', page))
    assert [name for name, n in ids.items() if n > 1] == []
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)


def test_every_figure_is_described_in_words_and_every_table_has_a_caption(page):
    assert page.count("data-figure=") == len(re.findall(r'role="img" aria-label="[^"]{40,}"', page)) > 0
    report = build(examples.manifest(), examples.everything())
    captions = re.findall(r"<caption", page)
    assert len(captions) == 2 + sum(len(section.tables) for section in report.sections)


def test_every_table_links_the_page_and_the_json_of_its_results(page):
    assert 'href="/results/pain_change/"' in page
    assert 'href="/api/v1/results/pain_change/"' in page


def test_the_digest_stands_whole_on_the_page(page):
    assert "ab" * 32 in page
