"""From a freeze to the files of a release: codes for the patients, what the profile leaves, every format."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

import pyarrow as pa
from django.conf import settings

from outcomes.freeze import Frozen
from outcomes.freezes import cite_as
from outcomes.models import Freeze
from outcomes.pooling.jcs import hash_of
from outcomes.pooling.spec import meaning
from registry.dictionary import VERSION
from registry.models import Procedure, User
from reports.data import tables
from reports.data.deidentified import under
from reports.data.variables import Table
from reports.releases.files import File, files_of
from reports.releases.manifest import manifest_of
from reports.releases.profiles import ReleaseProfile
from reports.releases.rare import Alike, alike
from reports.releases.subjects import names_for, patients_by_name, whose
from reports.wording import counted


@dataclass(frozen=True)
class Content:
    """A freeze under a profile, before anybody gets it."""

    kept: Freeze
    frozen: Frozen
    profile: ReleaseProfile

    @cached_property
    def rows(self) -> list:
        return whose(self.frozen)

    @cached_property
    def patients(self) -> dict:
        return patients_by_name(self.kept, self.rows)

    @cached_property
    def patient_ids(self) -> list[UUID]:
        return sorted({each.pk for each in self.patients.values()})

    @cached_property
    def notes(self) -> dict[str, str]:
        return self.profile.notes(self.frozen)

    @cached_property
    def alike(self) -> Alike:
        """How many patients are alike in what would leave, and in the year of the procedure, which pulls tell."""
        ids = {name: str(patient.pk) for name, patient in self.patients.items()}
        operated = Procedure.objects.valid().filter(patient__in=self.patient_ids, is_index=True)
        years = {str(patient): year for patient, year in operated.values_list("patient", "performed_on__year")}
        names = pa.array([ids[row] for row in self.rows], pa.string())
        return alike(under(self.frozen, names, self.notes), years)

    @property
    def has_left(self) -> int:
        """How many of the patients were withdrawn, or marked as entered in error, since the freeze."""
        gone = {each.pk for each in self.patients.values() if each.withdrawn_on or each.error_marked_at}
        return len(gone)

    def shown_to(self, recipient: User) -> Frozen:
        return under(self.frozen, names_for(recipient, self.rows, self.patients), self.notes)


@dataclass(frozen=True, kw_only=True)
class Made:
    """The files of a release, and what its manifest says beside them."""

    content: Content
    shown: Frozen
    tables: Sequence[Table]
    files: Sequence[File]

    def manifest(self, supersedes: str | None) -> dict:
        kept = self.content.kept
        meanings = {key: meaning(about) for key, about in self.shown.manifest["instruments"].items()}
        versions = {"program_version": settings.PROGRAM_VERSION, "dictionary_version": VERSION}
        versions["instruments_hash"] = hash_of(meanings)
        return manifest_of(
            self.shown, self.content.profile, self.tables, self.files, frozen_at=kept.made_at, versions=versions,
            citation=citation(self.content), supersedes=supersedes,
        )  # fmt: skip


def make(content: Content, recipient: User, formats: Sequence[str], say: Callable[[int, int, str], None]) -> Made:
    """Every file for the recipient, with progress."""
    say(1, 4, "naming the patients")
    shown = content.shown_to(recipient)
    say(2, 4, "writing the files")
    made = tables.every_table(shown)
    about = f"Freeze {content.frozen.digest[:12]}, {content.profile.name}"
    files = files_of(made, formats, about, words_of(content, shown))
    say(3, 4, "keeping the files")
    return Made(content=content, shown=shown, tables=made, files=files)


def citation(content: Content) -> str:
    return f"{cite_as(content.kept)} Released under the profile {content.profile.name}."


def words_of(content: Content, shown: Frozen) -> dict[str, str]:
    """What the README says of this freeze and profile."""
    manifest = shown.manifest
    notes = {name: about["note"] for name, about in sorted(manifest["covariates"].items()) if about.get("note")}
    synthetic = any(study.get("synthetic") for study in manifest["studies"])
    return {
        "name": manifest["cohort"]["name"],
        "banner": "\nSYNTHETIC DATA. No row is of a person.\n" if synthetic else "",
        "citation": citation(content),
        "freeze": shown.digest,
        "moment": f"{content.kept.made_at:%Y-%m-%d}",
        "unit": manifest["unit"],
        "rows": counted(shown.procedures.num_rows, "row"),
        "profile": content.profile.name,
        "does": "\n".join(f"- {words}" for words in content.profile.words),
        "changes": "\n".join(f"- {name}: {note}" for name, note in notes.items()) or "- none",
        "program": settings.PROGRAM_VERSION,
    }
