"""What stands at the door of the zip, in plain words. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from string import Template

from outcomes.freeze import Frozen
from reports.data.missing import REASON_LABELS, STATA_LETTERS, spss_codes
from reports.data.variables import NUMBER, Table, Variable
from reports.wording import counted, listed

TEXT = Template((Path(__file__).parent / "readme.txt").read_text("utf-8"))
BESIDE = {
    "remake.R": "Computes the report's numbers again from csv/wide.csv, with R alone: Rscript remake.R",
    "expected.csv": "The numbers of the report, which remake.R compares its own with.",
}
SCORE = Variable(name="score", label="", kind=NUMBER)
IDENTIFIED = """\
IDENTIFIED. `id` and `patient` are the study numbers as the sites gave them. Treat these files as patient data."""
DEIDENTIFIED = """\
DE-IDENTIFIED. No study number, no date and no free text is in any file.
- `id` and `patient` are pseudonyms: the same for a patient in every file of this zip, another in the next freeze. Who
  they are cannot be worked out from the files; rows stand in the order of the pseudonyms, not in that of the sites.
- Ages of 90 and more stand as 90.
- Sites stay, as codes. Days and months between events are as they were.
- Columns that a study typed itself and that may say who somebody is are empty. The codebook says so, and why, under
  `note`; here they are:
$changes"""


def readme(
    frozen: Frozen, profile: str, clock: datetime, tables: Sequence[Table], beside: Iterable[str], program: str
) -> str:
    """The text for this freeze and profile. beside: the names of files that were put in as they are."""
    manifest, digest = frozen.manifest, frozen.digest
    about = manifest["cohort"]
    codes = spss_codes(SCORE)
    synthetic = any(study.get("synthetic") for study in manifest["studies"])
    return TEXT.substitute(
        name=about["name"],
        banner="\nSYNTHETIC DATA. No row is of a person.\n" if synthetic else "",
        citation=citation(manifest, digest, clock, program),
        digest=digest,
        moment=f"{clock.astimezone(UTC):%Y-%m-%d}",
        unit=manifest["unit"],
        rows=counted(frozen.procedures.num_rows, "row"),
        privacy=privacy(manifest, profile),
        tables="\n".join(f"{table.name:<12}{table.title}; key: {', '.join(table.key)}" for table in tables),
        beside="".join(f"{name:<14}{BESIDE[name]}\n" for name in sorted(beside) if name in BESIDE)
        + "\n" * bool(beside),
        reasons="\n".join(
            f"{code:<16}{words:<28}.{STATA_LETTERS[code]:<8}{codes[code]}" for code, words in REASON_LABELS.items()
        ),
        program=program,
    )


def privacy(manifest: Mapping, profile: str) -> str:
    """What the files say of who somebody is."""
    if profile == "identified":
        return IDENTIFIED
    notes = {name: about["note"] for name, about in sorted(manifest["covariates"].items()) if about.get("note")}
    changes = "\n".join(f"  - {name}: {note}" for name, note in notes.items()) or "  - none"
    return Template(DEIDENTIFIED).substitute(changes=changes)


def citation(manifest: Mapping, digest: str, clock: datetime, program: str) -> str:
    """The sentence by which a paper names its data."""
    about, flow, sites = manifest["cohort"], manifest["flow"], manifest["sites"]
    where = f"{'site' if len(sites) == 1 else 'sites'} {listed(sites)}" if sites else "no site"
    size = f"{counted(flow['patients'], 'patient')}, {counted(flow['procedures'], 'procedure')}"
    made = f"{clock.astimezone(UTC):%-d %B %Y}"
    return (
        f"{about['name']} ({about['slug']}), version {about['version']}, freeze of {made}, {where}, {size}. "
        f"SHA-256 {digest}. Promontory {program}."
    )
