"""Real files: one trial in four shapes gives one record; raw questionnaires whose 9, 999 and "*" are no answers."""

import csv
from decimal import Decimal

import pytest

from registry.actions.studies import add_covariate, add_schedule, ask_instrument
from registry.models import Instrument, Score
from tests.builders import build_study
from tests.registry.imports.staged import committed, lines, previewed, uploaded

TIMEPOINTS = [
    {"code": "baseline", "label": "Baseline", "order": 1, "kind": "baseline"},
    {"code": "3_months", "label": "3 months", "order": 2, "kind": "follow_up", "target_day": 91},
    {"code": "12_months", "label": "12 months", "order": 3, "kind": "follow_up", "target_day": 365},
]
SEX = {"target": "patient.sex", "values": {"0": "M", "1": "F"}}
AGE = {"target": "covariate.age"}
OF_COLUMNS = {"pk1": ("headache_score", "baseline"), "pk2": ("headache_score", "3_months"),
              "pk5": ("headache_score", "12_months"), "f1": ("headache_days", "baseline"),
              "f2": ("headache_days", "3_months"), "f5": ("headache_days", "12_months")}  # fmt: skip
WIDE = {
    "columns": {"id": {"target": "patient"}, "age": AGE, "sex": SEX}
    | {name: {"target": f"score.{key}", "timepoint": at} for name, (key, at) in OF_COLUMNS.items()}
}
EVENTS = {"baseline_arm_1": "baseline", "month_3_arm_1": "3_months", "month_12_arm_1": "12_months"}
REDCAP = {
    "columns": {
        "record_id": {"target": "patient"}, "redcap_event_name": {"target": "timepoint", "values": EVENTS},
        "age": AGE, "sex": SEX, "headache_score": {"target": "score.headache_score"},
        "headache_days": {"target": "score.headache_days"},
    }
}  # fmt: skip


@pytest.fixture
def studies(north, nurse):
    """A study for each shape of the trial's file."""
    schedule = add_schedule(slug="headache", name="Headache", timepoints=TIMEPOINTS, by=nurse)
    instruments = [
        Instrument.objects.create(site=north, key=key, name=key, minimum=0, maximum=1000, step=Decimal("0.00000001"))
        for key in ("headache_score", "headache_days")
    ]

    def study(slug: str):
        made = build_study(slug=slug, site=north, schedule=schedule.slug, instruments=())
        add_covariate(study=made, name="age", label="Age", kind="integer", by=nurse)
        for instrument in instruments:
            ask_instrument(study=made, instrument=instrument, by=nurse)
        return made

    return study


def in_record(study) -> dict:
    rows = Score.objects.filter(visit__procedure__patient__study=study).values_list(
        "visit__procedure__patient__study_number", "visit__timepoint__code", "instrument__key", "value"
    )
    return {(number, at, key): value for number, at, key, value in rows if value is not None}


def independent(folder) -> dict:
    """The trial's scores as the shared long table has them."""
    codes = {"baseline": "baseline", "3m": "3_months", "12m": "12_months"}
    with (folder / "outcomes_long.csv").open(newline="") as file:
        return {
            (row["patient_id"], codes[row["timepoint"]], row["instrument"].removesuffix("_28d")): eight(row["value"])
            for row in csv.DictReader(file)
            if row["value"]
        }


def eight(number) -> Decimal:
    return round(Decimal(number), 8)


def test_the_trial_in_four_shapes_is_one_record(shared_data, studies, north, nurse):
    """But for what its raw files say wrongly, and I12 warns of: dropouts whose headache days were written as 0."""
    folder, found, zeros = shared_data / "acupuncture_vickers2004", {}, {}
    for name in ("raw/acupuncture.csv", "raw/acupuncture.xlsx", "raw/acupuncture.sav", "redcap_shaped/data.csv"):
        study = studies(name.replace("/", "-").replace(".", "-"))
        is_redcap = name.startswith("redcap")
        more = {"dictionary": (folder / "redcap_shaped/dictionary.csv").read_bytes()} if is_redcap else {}
        batch = committed((folder / name).read_bytes(), study=study, site=north, by=nurse, name=name.split("/")[1],
                          mapping=REDCAP if is_redcap else WIDE, **more)  # fmt: skip
        assert batch.state == "committed", (name, batch.problem)
        people = study.patients.values_list("study_number", "sex", "covariate_values__number")
        found[name] = ({place: eight(value) for place, value in in_record(study).items()}, sorted(people))
        zeros[name] = batch.preview["zeros"]
    redcap, raw = found.pop("redcap_shaped/data.csv"), found["raw/acupuncture.csv"]
    assert all(record == raw for record in found.values())
    assert redcap == (independent(folder), raw[1])
    beyond = {place: value for place, value in raw[0].items() if place not in redcap[0]}
    assert {place: value for place, value in raw[0].items() if place not in beyond} == redcap[0]
    assert (len(beyond), set(beyond.values())) == (175, {Decimal(0)})
    assert [zero["instrument"] for zero in zeros["raw/acupuncture.csv"]] == ["headache_days"]


def test_raw_questionnaires_with_codes_for_missing_lose_no_answer_and_gain_none(shared_data, studies, north, nurse):
    raw = (shared_data / "nhs_proms_2018_19" / "raw" / "hip_replacement_provider_RTK.csv").read_text("utf-8-sig")
    table = list(csv.reader(raw.splitlines()))
    header, rows = ["patient_id", *table[0]], [[f"H{place:03}", *row] for place, row in enumerate(table[1:], 1)]
    content = "\n".join(",".join(f'"{cell}"' for cell in row) for row in [header, *rows]).encode()
    study = studies("proms")
    scale = Instrument.objects.create(site=north, key="eqvas", name="EQ VAS", minimum=0, maximum=100, step=1)
    ask_instrument(study=study, instrument=scale, by=nurse)
    batch = uploaded(content, study=study, site=north, by=nurse, name="hips.csv")
    assert batch.state == "read", batch.problem
    mapping = {
        "columns": {
            "patient_id": {"target": "patient"},
            "Gender": {"target": "patient.sex", "values": {"1": "M", "2": "F"}, "missing": {"*": "not_recorded"}},
            "Pre-Op Q EQ VAS": {"target": "score.eqvas", "timepoint": "baseline", "missing": {"999": "not_recorded"}},
            "Post-Op Q EQ VAS": {"target": "score.eqvas", "timepoint": "12_months", "missing": {"999": "not_recorded"}},
        }
    }
    batch = committed(content, study=study, site=north, by=nurse, name="hips.csv", mapping=mapping)
    assert batch.state == "committed", batch.problem
    assert lines(batch, "error") == []
    for column, at in (("Pre-Op Q EQ VAS", "baseline"), ("Post-Op Q EQ VAS", "12_months")):
        place = header.index(column)
        expected = {row[0]: Decimal(row[place]) for row in rows if row[place] not in ("", "999")}
        assert {number: value for (number, code, _), value in in_record(study).items() if code == at} == expected
        missing = Score.objects.filter(visit__timepoint__code=at, missing="not_recorded").count()
        assert missing == sum(row[place] == "999" for row in rows)


def test_without_its_codes_a_999_is_an_error_and_never_a_value(studies, north, nurse):
    study = studies("plain")
    scale = Instrument.objects.create(site=north, key="eqvas", name="EQ VAS", minimum=0, maximum=100, step=1)
    ask_instrument(study=study, instrument=scale, by=nurse)
    mapping = {"columns": {"id": {"target": "patient"}, "v": {"target": "score.eqvas", "timepoint": "baseline"}}}
    batch = previewed(b"id,v\n1,999\n2,50\n", study=study, site=north, by=nurse, mapping=mapping)
    assert [line[3] for line in lines(batch, "error")] == ["V1"]
