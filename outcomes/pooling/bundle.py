"""What a site sends: integer tables of one spec over one release, signed. Its bytes are canonical JSON.

trusted: every table of every analysis, whole. suppressed and coarsened: leaf tables with cells hidden, as the choke
point of outcomes.disclosure lets them out.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from django.conf import settings
from jsonschema import Draft202012Validator

from outcomes.disclosure.choke import choke, looked_through
from outcomes.disclosure.leaves import leaf_tables
from outcomes.disclosure.ledger import Earlier, gate
from outcomes.disclosure.policy import Policy
from outcomes.freeze import Frozen
from outcomes.pooling.framing import NotHere, counted
from outcomes.pooling.jcs import NotCanonical, jcs
from outcomes.pooling.named_covariates import as_the_spec_says
from outcomes.pooling.signing import Signer, bundle_id, sign
from outcomes.pooling.spec import Spec
from outcomes.pooling.whole_numbers import as_counted, portable
from outcomes.stats.documents import NotATable
from outcomes.stats.tables import Tables
from registry.strict_json import NotStrictJSON, read_json

FORMAT = "promontory-summary/1"
TRUSTED, SUPPRESSED, COARSENED = LEVELS = ("trusted", "suppressed", "coarsened")
OVERLAPS = {
    "none_known": "No patient is known to be at another site too",
    "possible": "Some patients may be at another site too",
    "deduplicated": "Patients of another site were taken out",
}
COMPLETE, NOT_HERE = "complete", "not_here"
KERNEL = "integer-tables/1"
LARGEST = 16_000_000
PUBLISHED = Path(__file__).with_name("bundle.schema.json")
SCHEMA = json.loads(PUBLISHED.read_text("utf-8"))
_BUNDLE = Draft202012Validator(SCHEMA)
# A freeze's manifest without who asked and where its rows lie: a spec says the former, nobody needs the latter.
STAYS = ("cohort", "tables")


class NotABundle(ValueError):
    """A document that is no bundle, in words: where, and which rule it breaks."""


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """A bundle that has been read strictly. Who signed it is not checked by reading."""

    document: Mapping[str, Any]
    content: bytes
    id: str

    @property
    def level(self) -> str:
        return self.document["level"]

    @property
    def site(self) -> str:
        return self.document["site"]

    @property
    def study(self) -> str:
        return self.document["study"]

    @property
    def spec_hash(self) -> str:
        return self.document["spec_hash"]

    @property
    def release(self) -> Mapping[str, Any]:
        return self.document["release"]

    @property
    def about(self) -> Mapping[str, Any]:
        return self.document["about"]

    @property
    def kid(self) -> str:
        return self.document["signature"]["kid"]

    @property
    def is_trusted(self) -> bool:
        return self.level == TRUSTED

    @cached_property
    def tables(self) -> dict[str, Mapping]:
        """id -> the table as it was sent: an analysis's, or a leaf's."""
        return {table["id"]: table for table in self.document["tables"]}

    @property
    def leaves(self) -> list[Mapping]:
        """The leaf tables of a level at which cells are hidden; none of a trusted bundle."""
        return [] if self.is_trusted else list(self.document["tables"])

    def has(self, entry_id: str) -> bool:
        """Whether the site counted this analysis."""
        return self.is_trusted and self.tables.get(entry_id, {}).get("status") == COMPLETE

    def tables_of(self, entry_id: str) -> Tables:
        """One analysis's tables of a trusted bundle; NotABundle where they are not here."""
        if not self.has(entry_id):
            raise NotABundle(f"tables: there is no table of {entry_id} in this bundle")
        return tables_in(self.tables[entry_id])


def make_bundle(
    spec: Spec, frozen: Frozen, *, level: str, site: str, release: Mapping, key: Signer, overlap: str,
    created: datetime, ledger: Sequence[Earlier] = (),
) -> dict:  # fmt: skip
    """A site's bundle, signed: the spec counted over a freeze, as much of it as may leave at this level."""
    content, _ = content_of(spec, frozen, level, ledger)
    return sealed_bundle(
        spec, content, level=level, site=site, release=release, key=key, overlap=overlap, created=created
    )


def content_of(spec: Spec, frozen: Frozen, level: str, ledger: Sequence[Earlier] = ()) -> tuple[dict, list[str]]:
    """What leaves, and for the coordinator what stays here and why. Withheld where nothing may leave.

    ledger: what this site has sent before at a level with hidden cells.
    """
    if level == TRUSTED:
        return trusted_content(spec, frozen), []
    raw = leaf_tables(frozen, spec, level)
    gate(spec, frozen, ledger)
    leaves, told = choke(raw, spec, ledger)
    about = {
        "synthetic": all(study["synthetic"] for study in frozen.manifest["studies"]),
        "n": frozen.procedures.num_rows,
    }
    return looked_through({"tables": leaves, "about": about}, Policy.of(spec.policy)), told


def trusted_content(spec: Spec, frozen: Frozen) -> dict:
    """All tables of a level at which the receiver may see whole site tables, and what the freeze says of itself."""
    tables = [table_of(name, found) for name, found in counted(spec, frozen).items()]
    about = {key: value for key, value in frozen.manifest.items() if key not in STAYS}
    about["covariates"] = dict(as_the_spec_says(spec.document, frozen.manifest))
    return {"tables": tables, "about": about}


def table_of(name: str, found: Tables | NotHere) -> dict:
    """One analysis's tables as they are sent."""
    if isinstance(found, NotHere):
        return {"id": name, "status": NOT_HERE, "reason": found.reason}
    written = found.to_json()
    parts = {part: portable(table) for part, table in written["parts"].items()}
    return {"id": name, "status": COMPLETE, "parts": parts, "left_out": written["left_out"]}


def sealed_bundle(
    spec: Spec, content: Mapping, *, level: str, site: str, release: Mapping, key: Signer, overlap: str,
    created: datetime,
) -> dict:  # fmt: skip
    """The document around what is sent, signed."""
    document = {
        "format": FORMAT,
        "level": level,
        "site": site,
        "study": spec.name,
        "spec_hash": spec.hash,
        "dictionary_version": spec.dictionary_version,
        "release": dict(release),
        "engine": engine_of(spec),
        "policy": dict(spec.policy),
        "tables": content["tables"],
        "about": content["about"],
        "overlap_declaration": overlap,
        "created": created.isoformat(timespec="seconds"),
    }
    return sign(document, key)


def engine_of(spec: Spec) -> dict:
    """What counted, and that it counted the spec's fixture as the spec says."""
    return {
        "name": "Promontory",
        "version": settings.PROGRAM_VERSION,
        "kernel": KERNEL,
        "fixture_digest": spec.document["fixture"]["digest"],
    }


def read_bundle(content: bytes) -> Bundle:
    """A bundle from its bytes, however they are spaced and ordered. NotABundle, in words, where they are none."""
    document = parsed(content)
    error = next(_BUNDLE.iter_errors(document), None)
    if error:
        where = ".".join(map(str, error.absolute_path)) or "the document"
        raise NotABundle(f"{where}: {error.message[:300]}")
    try:
        found = Bundle(document=document, content=jcs(document), id=bundle_id(document))
    except NotCanonical as refused:
        raise NotABundle(f"the document has no canonical form: {refused}") from refused
    check_tables(found)
    return found


def parsed(content: bytes) -> object:
    """The document in a bundle's bytes: JSON without a key twice, without a number that is no whole one."""
    if len(content) > LARGEST:
        raise NotABundle(f"the document: it has more than {LARGEST:,} bytes")
    try:
        return read_json(content.decode("utf-8"), parse_float=no_fraction)
    except UnicodeDecodeError as error:
        raise NotABundle("the document: it is not written in UTF-8") from error
    except NotStrictJSON as error:
        raise NotABundle(f"the document: it is no JSON that can be read: {error}") from error


def no_fraction(digits: str) -> float:
    raise NotStrictJSON(f"{digits[:40]} is not a whole number; a bundle holds no others")


def check_tables(bundle: Bundle) -> None:
    """NotABundle where two tables have one name, or a trusted table is not one that can be added."""
    if len(bundle.tables) != len(bundle.document["tables"]):
        raise NotABundle("tables: two tables have the same id")
    for table in bundle.tables.values() if bundle.is_trusted else ():
        if table["status"] == COMPLETE:
            tables_in(table)


def tables_in(table: Mapping) -> Tables:
    """A trusted bundle's table as tables that add up."""
    try:
        parts = {name: as_counted(part) for name, part in table["parts"].items()}
        return Tables.from_json({"parts": parts, "left_out": table["left_out"]})
    except (NotATable, ValueError, TypeError) as error:
        raise NotABundle(f"tables.{table['id']}: {str(error)[:300]}") from error


def check_against(bundle: Bundle, spec: Spec) -> None:
    """NotABundle where a bundle says of itself that it is of this spec and is not as the spec says."""
    stated = {name: bundle.document[name] for name in ("study", "spec_hash", "dictionary_version", "policy")}
    wanted = {
        "study": spec.name, "spec_hash": spec.hash, "dictionary_version": spec.dictionary_version,
        "policy": dict(spec.policy),
    }  # fmt: skip
    for name, value in wanted.items():
        if stated[name] != value:
            raise NotABundle(f"{name}: it is not that of the spec {spec.name}")
    if bundle.document["engine"]["fixture_digest"] != spec.document["fixture"]["digest"]:
        raise NotABundle("engine.fixture_digest: the sender counted another fixture than the spec's")
    if bundle.is_trusted and list(bundle.tables) != list(spec.analyses):
        raise NotABundle("tables: they are not those of the spec's analyses, each once and in their order")
