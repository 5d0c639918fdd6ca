"""What says who somebody is leaves by no door without identifiers: in no body, header, tag, cursor or error."""

import json
import re
from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from registry.access import Profile
from registry.actions import events, patients, people, studies
from registry.models import Event, FollowUpVisit, Patient, Procedure, RadiationCourse, SystemicTherapy
from registry.profiles import whitelist
from tests.builders import build_patient, build_procedure, build_study, build_visit
from tests.doors import DOORS, address
from tests.programs import bearer

NUMBER, SERIAL, WORD = "zq-4711-canary", "sn99887766", "kanarienvogel"
BORN, DONE, SEEN, SAID = date(1926, 2, 17), date(2019, 11, 23), date(2019, 12, 29), date(2019, 12, 5)
DATES = (BORN, DONE, SEEN, SAID)
# What identifies, and how it would be found in what leaves.
CANARIES = {
    "study number": re.escape(NUMBER),
    "device serial": SERIAL,
    "free text": WORD,
    "full date": "|".join(f"{d:%Y-%m-%d}|{d:%d.%m.%Y}|{d:%d/%m/%Y}|{d:%Y%m%d}" for d in DATES),
    "year of an old person": r"\b(1926|2019)\b",
    # The dictionary lists 93 among the levels of a scale.
    "age": r'"93(\.0+)?"(?!, ?"label")|: ?93\b|,93\b',
}
ROWS = ("patient", "procedure", "visit", "score", "event", "treatment")


@pytest.fixture
def seeded(north):
    """A patient of 93 with each of them in every place that could hold it, and another without."""
    by = people.system_user()
    study = build_study(slug="hips", site=north, arm="arm")
    for name, kind in (("age", "integer"), ("device", "category"), ("arm", "category"), ("seen", "category")):
        studies.add_covariate(study=study, name=name, label=name, kind=kind, by=by)
    patient = build_patient(study=study, site=north, study_number=NUMBER, born_on=BORN, born_precision="day", sex="F")
    build_procedure(patient=build_patient(study=study, site=north, study_number="other-1", born_on=date(1960, 1, 1),
                                          born_precision="day"), performed_on=date(2021, 1, 1))  # fmt: skip
    said = {"age": Decimal(93), "device": SERIAL, "arm": "wired", "seen": f"{DONE:%d.%m.%Y}"}
    known = {covariate.name: covariate for covariate in study.covariates.all()}
    values = [patients.covariate_value(patient=patient, covariate=known[name], value=value)
              for name, value in said.items()]  # fmt: skip
    patients.record_covariates(values, by=by)
    procedure = build_procedure(patient=patient, performed_on=DONE)
    visit = build_visit(procedure=procedure, timepoint="w6", visited_on=SEEN, scores={"pain": 3})
    about = {"happened_on": SAID, "happened_precision": "day", "description": WORD, "sequelae": WORD}
    event = events.record_event(Event(procedure=procedure, kind="complication", **about), by=by)
    started = {"site": north, "patient": patient, "started_on": SAID, "started_precision": "day"}
    treatment = RadiationCourse.objects.create(**started, field_site=WORD, intent=WORD)
    SystemicTherapy.objects.create(**started, drug_class="chemo", agent=SERIAL)
    FollowUpVisit.objects.filter(pk=visit.pk).update(window_reason=WORD, missed_comment=WORD, source_document=NUMBER)
    Patient.objects.filter(pk=patient.pk).update(error_reason=WORD)
    Procedure.objects.filter(pk=procedure.pk).update(error_reason=WORD)
    return {"patient": patient, "procedure": procedure, "visit": visit, "score": visit.scores.get(), "event": event,
            "treatment": treatment, "study": study}  # fmt: skip


def pulled_by(client, header: dict, rows: dict, profile: Profile) -> dict[str, str]:
    """Everything that a token gets to read: every list, page, single row, stream and refusal, with its headers."""
    token = header["Authorization"].split()[1]
    got = {}

    def keep(name: str, answer) -> dict:
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        said = {name: value for name, value in answer.headers.items() if name != "Content-Length"}  # how long, not what
        got[f"{name} {answer.status_code}"] = body.decode() + "\n".join(f"{k}: {v}" for k, v in said.items())
        return json.loads(body) if "json" in answer.headers["Content-Type"] and b"\n{" not in body else {}

    for what in ROWS:
        name = f"api-{what}"
        found = keep(f"{name}-list", client.get(reverse(f"{name}-list"), {"page_size": 1}, headers=header))
        if found["next"]:
            keep(f"{name} next", client.get(found["next"], headers=header))
        for row in found["results"]:
            keep(f"{name} one", client.get(reverse(f"{name}-detail", args=[row["id"]]), headers=header))
        keep(f"{name} stream", client.get(reverse(f"{name}-list"), {"format": "ndjson"}, headers=header))
        keep(f"{name} own id", client.get(reverse(f"{name}-detail", args=[rows[what].pk]), headers=header))
        keep(f"{name} laxer", client.get(reverse(f"{name}-list"), {"profile": "identified"}, headers=header))
        for asked in ({"page_size": 0}, {"cursor": "nothing"}, {"nothing": 1}, {"profile": "nothing"}):
            keep(f"{name} {asked}", client.get(reverse(f"{name}-list"), asked, headers=header))
    for door in DOORS:
        if door.startswith("api-") and not DOORS[door].row and not door.endswith(("docs", "schema")):
            keep(door, client.get(address(door, rows), headers=header))
    for form in ("json", "csv"):
        for content in ("record", "metadata", "exportFieldNames", "event", "project"):
            asked = {"token": token, "content": content, "format": form}
            keep(f"redcap {content} {form}", client.post(reverse("redcap-api"), asked))
    for name in ("dateRangeBegin", "dateRangeEnd"):
        asked = {"token": token, "content": "record", "format": "json", name: f"{SEEN} 12:00:00"}
        keep(f"redcap {name}", client.post(reverse("redcap-api"), asked))
    return got


def canaries_in(got: dict[str, str], *leave_out: str) -> dict[str, list[str]]:
    """Where each of them was found."""
    found = {
        name: [place for place, text in got.items() if re.search(pattern, text.lower())]
        for name, pattern in CANARIES.items() if name not in leave_out
    }  # fmt: skip
    return {name: places for name, places in found.items() if places}


def token_of(surgeon, north, seeded, profile):
    scope = "read:rows" if profile == Profile.IDENTIFIED else "pull:rows"
    return bearer(surgeon, north, scopes=[scope], profile=profile, study=seeded["study"])


def test_no_canary_leaves_by_any_door_in_safe_harbor(client, surgeon, north, seeded):
    got = pulled_by(client, token_of(surgeon, north, seeded, Profile.SAFE_HARBOR), seeded, Profile.SAFE_HARBOR)
    assert canaries_in(got) == {}
    assert any('"90+"' in text for text in got.values())
    ranges = {place for place in got if place.startswith("redcap dateRange")}
    assert ranges == {"redcap dateRangeBegin 400", "redcap dateRangeEnd 400"}


def test_limited_tells_dates_and_ages_and_nothing_else_of_them(client, surgeon, north, seeded):
    got = pulled_by(client, token_of(surgeon, north, seeded, Profile.LIMITED), seeded, Profile.LIMITED)
    assert canaries_in(got, "full date", "year of an old person", "age") == {}
    assert set(canaries_in(got)) == {"full date", "year of an old person", "age"}


def test_the_search_finds_every_canary_in_the_identified_rows(client, surgeon, north, seeded):
    got = pulled_by(client, token_of(surgeon, north, seeded, Profile.IDENTIFIED), seeded, Profile.IDENTIFIED)
    assert set(canaries_in(got)) == set(CANARIES)


@pytest.mark.parametrize(
    ("table", "field", "canary"),
    [("patients", "study_number", "study number"), ("patients", "born_on", "full date"),
     ("visits", "visited_on", "full date"), ("visits", "window_reason", "free text"),
     ("events", "description", "free text"), ("radiation", "intent", "free text"),
     ("systemic", "agent", "device serial"), ("procedures", "performed_on", "full date")],
)  # fmt: skip
def test_one_entry_more_in_a_whitelist_is_found(client, surgeon, north, seeded, monkeypatch, table, field, canary):
    lists = whitelist.WHITELIST[table]
    monkeypatch.setitem(lists, Profile.SAFE_HARBOR, (*lists[Profile.SAFE_HARBOR], field))
    got = pulled_by(client, token_of(surgeon, north, seeded, Profile.SAFE_HARBOR), seeded, Profile.SAFE_HARBOR)
    assert canary in canaries_in(got)


def test_no_column_of_free_text_is_on_a_list_without_identifiers():
    """The lists themselves: each name is a code, a number, a date or an id."""
    from_words = {"description", "sequelae", "field_site", "intent", "agent", "window_reason", "withdrawn_reason",
                  "missed_comment", "source_document", "study_number", "recorded_at"}  # fmt: skip
    dates = {name for lists in whitelist.WHITELIST.values() for name in lists[Profile.IDENTIFIED] if "_on" in name}
    for lists in whitelist.WHITELIST.values():
        assert from_words.isdisjoint(lists[Profile.LIMITED])
        assert (from_words | dates).isdisjoint(lists[Profile.SAFE_HARBOR])


def test_every_text_of_the_chart_filled_with_the_word_lets_none_of_it_out(client, surgeon, north, seeded):
    study = seeded["study"]
    write_everywhere_of_chart(north)
    header = bearer(surgeon, north, scopes=["pull:rows"], study=study)
    assert canaries_in(pulled_by(client, header, seeded, Profile.SAFE_HARBOR)) == {}


def write_everywhere_of_chart(site) -> None:
    """The word in each text that the four resources' tables have."""
    for model, names in (
        (Event, ("description", "sequelae", "source_document", "unavailable_comment", "error_reason")),
        (RadiationCourse, ("field_site", "intent", "source_document", "unavailable_comment", "error_reason")),
        (SystemicTherapy, ("agent", "source_document", "unavailable_comment", "error_reason")),
    ):
        model.objects.filter(site=site).update(**dict.fromkeys(names, WORD))
