"""What the sites and the centre of ./dev demo --sites do: freeze, sign, send, pool; and whether it comes out right."""

import hashlib
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import psycopg

from config.demo_check import Visitor, all_pages, failed
from config.demo_sites import CENTRE, Instance, at_once
from config.places import CannotRun

# Each study of the demo, and the plan that the sites agree on for it.
STUDIES = (("clunk-demo", "clunk2025"), ("cox-demo", "cox2025"), ("gupta-demo", "gupta2014"))
KEY = "site_key.txt"
# A value that the first study's plan counts.
A_SCORE = """
    SELECT score.id FROM registry_score AS score
    JOIN registry_instrument AS instrument ON instrument.id = score.instrument_id
    JOIN registry_followupvisit AS visit ON visit.id = score.visit_id AND visit.error_marked_at IS NULL
    JOIN registry_timepoint AS timepoint ON timepoint.id = visit.timepoint_id
    JOIN registry_procedure AS procedure ON procedure.id = visit.procedure_id AND procedure.error_marked_at IS NULL
    JOIN registry_patient AS patient ON patient.id = procedure.patient_id AND patient.withdrawn_on IS NULL
    JOIN registry_study AS study ON study.id = patient.study_id
    WHERE study.slug = %s AND timepoint.code = 'preop' AND instrument.key = 'pain' AND score.value BETWEEN 2 AND 8
    ORDER BY score.id LIMIT 1
"""


def token_of(each: Instance, scope: str) -> str:
    """A token of the instance with this scope."""
    logins = json.loads(each.logins.read_text(encoding="utf-8"))
    return next(token["token"] for token in logins["tokens"] if scope in token["scopes"])


def pool_everything(sites: Sequence[Instance], centre: Instance, say: Callable[[str], None]) -> None:
    """Every study: each site freezes, counts and signs, sends over HTTP, and the centre adds up."""
    moment = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"
    for slug, plan in STUDIES:
        frozen = at_once(*(partial(frozen_at, site, slug, f"pooled {moment}") for site in sites))
        spec = agreed_spec(sites[0], plan, frozen[0])
        study = study_of(spec)
        centre.manage("pooling_study", study, "--spec", str(spec), "--site", CENTRE)
        made = [partial(counted_at, site, spec, freeze) for site, freeze in zip(sites, frozen, strict=True)]
        for site, bundle in zip(sites, at_once(*made), strict=True):
            centre.manage("contributor", study, site.name, "--key", str(site.home / KEY))
            send(centre, bundle)
        say(centre.manage("pool", study).partition("\n  ")[0])


def spec_at(site: Instance, plan: str) -> Path:
    """The file of the spec that the first site wrote for a plan."""
    return site.home / f"{plan}.spec.json"


def study_of(spec: Path) -> str:
    """What the centre calls the study that pools by a spec: another version of the program may write another one."""
    return f"{spec.name.partition('.')[0]}-{hashlib.sha256(spec.read_bytes()).hexdigest()[:8]}"


def frozen_at(site: Instance, slug: str, name: str) -> str:
    """The id of a new freeze."""
    return site.manage("freeze_cohort", slug, "--name", name).split()[0]


def agreed_spec(site: Instance, plan: str, freeze: str) -> Path:
    """The spec that the first site writes for all."""
    spec = spec_at(site, plan)
    site.manage("make_spec", plan, "--freeze", freeze, "--out", str(spec))
    return spec


def counted_at(site: Instance, spec: Path, freeze: str) -> bytes:
    """What the site counts by a spec that it approves, signed; its key lies beside."""
    site.manage("approve_spec", str(spec), "--site", site.name, "--level", "trusted")
    (site.home / KEY).write_text(site.manage("site_key", "--site", site.name), encoding="utf-8")
    out = site.home / f"{spec.stem}.bundle.json"
    site.manage("export_bundle", str(spec), "--freeze", freeze, "--out", str(out))
    return out.read_bytes()


def send(centre: Instance, content: bytes) -> None:
    """Put the bundle under its own name."""
    name = hashlib.sha256(content).hexdigest()
    headers = {"Authorization": f"Bearer {token_of(centre, 'send:bundles')}", "Content-Type": "application/json"}
    address = f"{centre.address}/api/v1/pool/bundles/{name}/"
    request = urllib.request.Request(address, data=content, headers=headers, method="PUT")
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
            answer.read()
    except urllib.error.HTTPError as refusal:
        raise failed(f"PUT {address}", f"{refusal.code} {refusal.read()[:500].decode()}") from refusal


def check_against(whole: Instance, sites: Sequence[Instance], centre: Instance, say: Callable[[str], None]) -> None:
    """CannotRun where any payload of the centre has other bytes than that of the instance that holds all rows."""
    for slug, plan in STUDIES:
        path = spec_at(sites[0], plan)
        spec, pooled = json.loads(path.read_bytes()), dict(pooled_digests(centre, study_of(path)))
        alone = dict(digests_of_all_rows(whole, slug, spec))
        wrong = sorted(name for name in alone.keys() | pooled.keys() if alone.get(name) != pooled.get(name))
        if wrong or len(alone) != len(spec["analyses"]):
            named = ", ".join(wrong[:5])
            raise CannotRun(f"{plan}: {len(wrong)} of {len(alone)} pooled results are not those of all rows: {named}.")
        say(f"{plan}: all {len(alone)} poolable results of the centre equal, byte for byte, those of all rows.")


def pooled_digests(centre: Instance, study: str) -> Iterator[tuple[str, str]]:
    """(analysis, digest of its payload) of what the centre pooled last."""
    path = f"/api/v1/pool/studies/{study}/results/"
    for row in all_pages(Visitor(centre.address), path, token_of(centre, "read:results")):
        is_whole = row["exact"] and row["level"] == "trusted"
        yield row["analysis_id"], digest_of(row["payload"]) if is_whole else "not exact"


def digest_of(payload: dict) -> str:
    """Of the payload's canonical bytes."""
    text = json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def digests_of_all_rows(whole: Instance, slug: str, spec: dict) -> Iterator[tuple[str, str]]:
    """The same of the spec's analyses, run as a plan where all rows are."""
    plan, out = whole.home / f"{spec['name']}.plan.json", whole.home / f"{spec['name']}.results.json"
    asked = {"name": spec["name"], "preset": spec["preset"], "analyses": spec["analyses"]}
    plan.write_text(json.dumps(asked), encoding="utf-8")
    whole.manage("analyse_study", slug, "--plan", str(plan), "--out", str(out))
    for name, payload in json.loads(out.read_text(encoding="utf-8"))["results"].items():
        yield name, digest_of(payload)


@contextmanager
def one_cell_changed(site: Instance, wanted: bool) -> Iterator[None]:
    """Change one score of a site behind everybody's back, where that is wanted: the check must notice."""
    if not wanted:
        yield
        return
    with psycopg.connect(site.env["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("SET app.sites TO '*'")
        score = connection.execute(A_SCORE, [STUDIES[0][0]]).fetchone()
        move = "UPDATE registry_score SET value = value + %s, version = version + 1 WHERE id = %s"
        connection.execute(move, (1, *score))
        try:
            yield
        finally:
            connection.execute(move, (-1, *score))


def look_at(centre: Instance, studies: Sequence[str], say: Callable[[str], None]) -> None:
    """The centre's pages, as its administrator sees them."""
    visitor = Visitor(centre.address)
    admin = json.loads(centre.logins.read_text(encoding="utf-8"))["users"][0]
    visitor.log_in(admin["username"], admin["password"])
    for path in (f"/pooling/{study}/{part}" for study in studies for part in ("", "report/")):
        page = visitor.get(path)
        if page.status != 200:
            raise failed(f"GET {path}", str(page.status))
        say(f"{centre.address}{path}: {page.status}, {len(page.body)} bytes")


def pooled_studies(site: Instance) -> list[str]:
    """What the centre calls the studies of the specs that this site wrote."""
    return [study_of(spec_at(site, plan)) for _, plan in STUDIES]
