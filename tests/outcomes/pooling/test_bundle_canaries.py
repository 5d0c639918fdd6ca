"""What says who somebody is stands in no byte of a spec or of a bundle, whatever a study's own columns hold."""

import json
import re

import pyarrow as pa
import pytest

from outcomes.pooling.bundle import trusted_content
from outcomes.pooling.jcs import jcs
from outcomes.pooling.spec import as_file
from tests.outcomes.cohorts import columns
from tests.outcomes.pooling.specs import bundle_document, frozen_of, instrument, spec_of
from tests.registry.test_pull_canaries import CANARIES, DONE, NUMBER, SERIAL, WORD

MANY = 60
ENTRIES = [
    {"id": "pain", "type": "describe_by_timepoint", "instrument": "pain", "by": "arm"},
    {"id": "sex", "type": "share_patient_var", "var": "sex", "by": "arm"},
]
TYPED = ("device", "seen", "remark", "record", "age")


@pytest.fixture(scope="module")
def seeded():
    """Sixty patients; the first has each canary in a column of the study's own."""

    def first(said, *others):
        return [said, *(others[row % len(others)] for row in range(MANY - 1))]

    rows = columns(
        scores={("pain", code): [str(row % 2 + 3) for row in range(MANY)] for code in ("pre", "6w")},
        covariates={
            "arm": first("wired", "wired", "plain"), "sex": first("F", "M", "F"), "age": first("93", "61", "70"),
            "device": first(SERIAL, None), "seen": first(f"{DONE:%d.%m.%Y}", None), "remark": first(WORD, None),
            "record": first(NUMBER, None),
        },
    )  # fmt: skip
    frozen = frozen_of(rows, {"pain": instrument()}, arm="arm")
    place = frozen.procedures.column_names.index("|study_number")
    numbers = pa.array([NUMBER, *(f"other-{row}" for row in range(MANY - 1))])
    table = frozen.procedures.set_column(place, "|study_number", numbers)
    return type(frozen)(**{**vars(frozen), "procedures": table})


def found_in(content: bytes) -> set[str]:
    text = content.decode().lower()
    return {name for name, pattern in CANARIES.items() if re.search(pattern, text)}


def test_no_canary_stands_in_a_spec_or_a_bundle(seeded):
    spec = spec_of(seeded, ENTRIES)
    suppressed = bundle_document(spec, seeded, level="suppressed")
    assert any(cell for leaf in suppressed["tables"] for cell in leaf["cells"])
    for content in (as_file(spec.document), jcs(bundle_document(spec, seeded)), jcs(suppressed)):
        assert found_in(content) == set()


def test_the_search_finds_every_canary_in_what_the_site_keeps(seeded):
    assert found_in(json.dumps(seeded.manifest).encode()) == set(CANARIES)


@pytest.mark.parametrize("name", TYPED)
def test_a_variable_more_in_what_a_bundle_says_of_itself_is_found(seeded, name):
    """The control: what the manifest says of a variable, told of it as it stands there."""
    content = trusted_content(spec_of(seeded, ENTRIES), seeded)
    assert found_in(jcs(content)) == set()
    content["about"]["covariates"][name] = seeded.manifest["covariates"][name]
    assert found_in(jcs(content))
