"""What a profile may tell: no column that says who somebody is, no age above the oldest, in any of the files."""

import json
from datetime import UTC, datetime

from outcomes.analyses.run import run
from outcomes.freeze import columns_of
from outcomes.stats.documents import canonical
from reports.documents.files import Source, files_of
from reports.documents.told import told
from reports.models import Document
from tests.document_text import text_of
from tests.reports import examples
from tests.reports.data.frozen import frozen

CLOCK = datetime(2026, 1, 1, tzinfo=UTC)
WHO = [f"S-{number}" for number in range(6)]
ENTRIES = [
    {"id": "age_described", "type": "describe_patient_var", "var": "age"},
    {"id": "remark_described", "type": "share_patient_var", "var": "remark"},
    {"id": "pain", "type": "describe_by_timepoint", "instrument": "pain"},
]
IDENTIFIED, *OTHERS = (
    Document.Profile.IDENTIFIED,
    Document.Profile.TABLES,
    Document.Profile.DEIDENTIFIED,
)


def cohort():
    return frozen(
        who=WHO,
        covariates={"age": ["61", "72", "97", "80", "55", "66"], "remark": ["fine"] * 5 + ["seen by Dr Kanarie"]},
        scores={("pain", "w6"): ["1", "2", "3", "4", "5", "6"]},
    )


def results_of(made) -> list[dict]:
    columns = columns_of(made)
    return [
        examples.result(each["id"], each["type"], json.loads(canonical(run(each, columns)))) | {"entry": each}
        for each in ENTRIES
    ]


def test_a_profile_without_names_has_ages_cut_at_90_and_nothing_of_a_typed_text():
    made = cohort()
    for profile in OTHERS:
        found = told(results_of(made), made, profile)
        assert [each["analysis_id"] for each in found.results] == ["age_described", "pain"]
        assert (found.results[0]["payload"]["all"]["max"], found.results[0]["payload"]["all"]["n"]) == (90, 6)
        assert "Ages of 90 and more stand as 90." in found.notes[0]
        assert "1 analysis of remark is not in these files" in found.notes[1]


def test_who_sees_the_rows_is_told_everything():
    made = cohort()
    found = told(results_of(made), made, IDENTIFIED)
    assert (len(found.results), found.notes) == (3, ())
    assert found.results[0]["payload"]["all"]["max"] == 97


def test_no_file_of_such_a_profile_holds_the_typed_text_or_the_age_and_the_identified_ones_do():
    made = cohort()
    texts = {profile: spelled(made, profile) for profile in (IDENTIFIED, *OTHERS)}
    assert {profile: "Kanarie" in text for profile, text in texts.items()} == {
        IDENTIFIED: True, OTHERS[0]: False, OTHERS[1]: False
    }  # fmt: skip
    assert '"max",97' in texts[IDENTIFIED] or "/max,97" in texts[IDENTIFIED]
    assert not [profile for profile in OTHERS if "max,97" in texts[profile]]


def spelled(made, profile) -> str:
    """Every file of a profile as text."""
    about = {"frozen": made, "manifest": made.manifest, "results": results_of(made), "plan": None, "clock": CLOCK}
    files = files_of(Source(profile=profile, **about), lambda *step: None)
    return "\n".join(text_of(file.media_type, file.content) for file in files)
