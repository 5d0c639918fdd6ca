"""Runs remake.R as a statistician would: in a folder with the script, the expected numbers and the wide file."""

import csv
import io
import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from outcomes.analyses.run import run
from outcomes.columns import Column, Columns, number_text
from outcomes.stats.documents import canonical
from reports.data import wide_columns
from reports.r import script
from tests.reports import examples

RSCRIPT = shutil.which("Rscript")
# Only the packages that R itself cannot do without, so that nothing from a library on this machine helps.
BARE = {"R_DEFAULT_PACKAGES": "stats,utils,methods", "R_LIBS": "", "R_LIBS_USER": "", "R_LIBS_SITE": ""}


@dataclass(frozen=True)
class Remade:
    status: int
    said: str
    folder: Path

    @property
    def verdict(self) -> tuple[int, int]:
        """(agree, of)."""
        agree, of = re.search(r"^(\d+) of (\d+) numbers agree$", self.said, re.M).groups()
        return int(agree), int(of)


def remake(folder: Path, wide: bytes, manifest: dict, results: list[dict]) -> Remade:
    """Write the files, run the script with R alone, and give back what it said."""
    (folder / "csv").mkdir(parents=True, exist_ok=True)
    (folder / "csv" / "wide.csv").write_bytes(wide)
    for name, content in script(manifest, results).items():
        (folder / name).write_bytes(content)
    return again(folder)


def again(folder: Path, locale: str = "C.UTF-8") -> Remade:
    """Run the script of a folder. Skipped, saying so, where there is no R."""
    if RSCRIPT is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Rscript is not here, and under CI=true it must be (r-base-core).")
        pytest.skip("Rscript is not here: install r-base-core to compute the report's numbers again.")
    ran = subprocess.run(
        [RSCRIPT, "--vanilla", "remake.R"],
        cwd=folder,
        env=os.environ | BARE | {"LC_ALL": locale},
        capture_output=True,
        timeout=600,
    )
    return Remade(ran.returncode, ran.stdout.decode() + ran.stderr.decode(), folder)


def results_of(entries: list[dict], columns: Columns) -> list[dict]:
    """The entries' results as a view hands them over."""
    found = []
    for place, entry in enumerate(entries):
        named = {"id": f"a{place}_{entry['type']}"} | entry
        payload = json.loads(canonical(run(named, columns)))
        keys = {name: part for name, part in named.items() if name not in ("id", "type")}
        found.append(examples.result(named["id"], entry["type"], payload, **keys))
    return found


def manifest_of(columns: Columns) -> dict:
    """What the script reads of a freeze's manifest."""
    shown: dict = {key: {} for key in columns.known_instruments()}
    for key, code in columns.scores:
        shown[key][code] = {}
    return {
        "cohort": {"slug": "small", "name": "A small cohort"},
        "timepoints": [{"code": code, "order": order} for code, order in columns.timepoints.items()],
        "missing": shown,
        "instruments": {key: {"decimals": _decimals(columns, key)} for key in shown},
        "covariates": {name: _covariate(each) for name, each in columns.covariates.items()},
        "survival": {name: {"decimals": time.decimals} for name, (time, _) in columns.survival.items()},
    }


def _decimals(columns: Columns, key: str) -> int:
    return max((each.decimals for (name, _), each in columns.scores.items() if name == key), default=0)


def _covariate(each) -> dict:
    kind = "number" if isinstance(each, Column) else "category"
    return {"kind": kind, "decimals": getattr(each, "decimals", 0), "levels": list(each.as_category().levels)}


def wide_of(columns: Columns) -> bytes:
    """Columns as the wide file has them: one row a procedure, empty where missing."""
    named = {}
    for (kind, *of), name in wide_columns(manifest_of(columns)).items():
        if kind not in ("study", "unit"):
            named[name] = _cells(columns, kind, *of)
    file = io.StringIO()
    csv.writer(file).writerows([[*named], *zip(*named.values(), strict=True)])
    return file.getvalue().encode()


def _cells(columns: Columns, kind: str, *of: str) -> list[str]:
    if kind == "id":
        return [f"p{row}" for row in range(columns.rows)]
    if kind == "missing":
        dead = columns.deceased.get(of, np.zeros(columns.rows, dtype=bool))
        return ["deceased" if each else "" for each in dead]
    if kind in ("time", "event"):
        return _texts(columns.survival[of[0]][kind == "event"])
    return _texts({"site": lambda: columns.sites, "covariate": lambda name: columns.covariates[name],
                   "score": columns.score}[kind](*of))  # fmt: skip


def _texts(each) -> list[str]:
    return _numbers(each) if hasattr(each, "decimals") else _levels(each)


def _numbers(each) -> list[str]:
    pairs = zip(each.values.tolist(), each.present.tolist(), strict=True)
    return [number_text(value, each.decimals) if present else "" for value, present in pairs]


def _levels(each) -> list[str]:
    pairs = zip(each.codes.tolist(), each.present.tolist(), strict=True)
    return [each.levels[code] if present else "" for code, present in pairs]
