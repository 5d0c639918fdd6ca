"""Reading printed figures: what is wrong with a file is said by record, field, value and rule."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from outcomes.consistency.reader import SCHEMA, FiguresError, read_figures
from tests.outcomes.consistency.printed_figures import PUBLISHED


def refused(values: object) -> str:
    record = {"id": "A", "paper": "p", "variable": "v", "values": values}
    with pytest.raises(FiguresError) as error:
        read_figures(json.dumps({"records": [record]}))
    return str(error.value)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"mean": "7,3"}, "A: values.mean = '7,3' is not a number as it is printed"),
        ({"mean": [7.3]}, "A: values.mean = [Decimal('7.3')] is not a number as it is printed"),
        ({"n": 2.5}, "A: values.n = 2.5 is not of type integer"),
        ({"n": -1}, "A: values.n = -1 is below 0"),
        ({"percent": 101}, "A: values.percent = 101 is not within 0 to 100"),
        ({"sd": -1}, "A: values.sd = -1 is below 0"),
        ({"p": {"op": "=", "value": 2}}, "A: values.p = 2 is not within 0 to 1"),
        ({"p": {"op": "about", "value": 0.1}}, "A: values.p"),
        (3, "A: values = 3 is not of type object"),
    ],
)
def test_a_value_that_cannot_be_printed_is_refused_by_name(values, words):
    assert refused(values).startswith(words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "The file: '{' is not JSON"),
        ("[]", "The file: [] is not of type object"),
        ('{"records": [{"id": "A"}]}', "A: {'id': 'A'} lacks a key: 'paper' is a required property"),
        ('{"records": [{}]}', "record number 1: {} lacks a key"),
        ('{"records": [{"id": "A", "paper": "p", "variable": "v", "values": {"mean": NaN}}]}', "The file"),
        ('{"records": [{"id": "A", "paper": "p", "variable": "v", "values": {"mean": 1e999}}]}', "A: values.mean"),
        (
            '{"records": [], "scales": {"kps": {"minimum": 0, "maximum": 100, "step": 0}}}',
            "scale kps: step = 0 needs a step above 0",
        ),
    ],
)
def test_a_file_that_is_none_is_refused_in_words(text, words):
    with pytest.raises(FiguresError) as error:
        read_figures(text)
    assert str(error.value).startswith(words)


def test_two_records_of_one_id_are_refused():
    record = {"id": "A", "paper": "p", "variable": "v", "values": {}}
    with pytest.raises(FiguresError, match="A: id = 'A' stands more than once"):
        read_figures(json.dumps({"records": [record, record]}))


def test_digits_are_kept_and_inferred_fields_dropped():
    values = '{"mean": 28.0, "n": 5, "denominator": 8, "denominator_status": "inferred", "percent": "62.5"}'
    figures = read_figures(f'{{"records": [{{"id": "A", "paper": "p", "variable": "v", "values": {values}}}]}}')
    (figure,) = figures.figures
    assert {name: str(number) for name, number in figure.numbers.items()} == {"percent": "62.5", "mean": "28.0"}
    assert figure.counts == {"n": 5}
    assert figures.left_out == {"inferred denominator": 1}


def test_the_text_of_a_p_gives_its_digits():
    p = {"op": "=", "value": 0.3, "text": "0.30"}
    record = {"id": "A", "paper": "p", "variable": "v", "values": {"p": p}}
    assert str(read_figures(json.dumps({"records": [record]})).figures[0].p) == "p = 0.30"


def test_every_field_that_is_read_is_in_the_schema():
    assert {"mean", "sd", "q1", "q3", "n", "denominator", "p", "comparator"} <= set(
        SCHEMA["$defs"]["values"]["properties"]
    )


def command(*args) -> str:
    out = StringIO()
    call_command("check_figures", *args, stdout=out)
    return out.getvalue()


def test_the_command_prints_the_findings_and_writes_them(tmp_path):
    out = tmp_path / "findings.json"
    said = command(PUBLISHED, "--json", out, "--paper", "cox2025")
    assert "IMPOSSIBLE cox2025 grim [COX-0071]" in said
    assert "28.57 (200/7)" in said and "GUPTA" not in said
    assert json.loads(out.read_text("utf-8"))["counts"] == {"impossible": 1, "disagrees": 2, "note": 3}


def test_the_command_says_what_it_cannot_do(tmp_path):
    broken = tmp_path / "broken.json"
    broken.write_text('{"records": 3}', "utf-8")
    for args, words in (
        ((broken,), "records = 3 is not of type array"),
        ((tmp_path / "none.json",), "cannot be read"),
        ((PUBLISHED, "--paper", "mine"), "There is no paper mine"),
        ((PUBLISHED, "--json", tmp_path / "none" / "out.json"), "cannot be written"),
    ):
        with pytest.raises(CommandError, match=words):
            command(*args)
