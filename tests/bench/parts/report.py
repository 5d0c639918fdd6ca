"""The table in words, for a terminal of 100 columns, and as JSON."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

from django.conf import settings
from django.db import connection

PACKAGES = ("numpy", "scipy", "pandas", "statsmodels", "pyarrow", "psycopg")
STEPS = {
    "describe": "describe, 3 instruments",
    "kruskal": "Kruskal-Wallis, Dunn, Friedman",
    "friedman": "  of which Friedman",
    "signed rank": "signed rank, first v last",
    "mann-whitney": "Mann-Whitney by arm",
}
PART_OF_ANOTHER = {"friedman"}


def machine() -> dict:
    """Where it ran."""
    model = next((line for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line), ": ?")
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        (server,) = cursor.fetchone()
    return {
        "cores": len(os.sched_getaffinity(0)),
        "processor": model.split(":", 1)[1].strip(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "load_1_min": round(os.getloadavg()[0], 1),
        "system": f"{platform.system()} {platform.machine()}",
        "versions": {
            "promontory": settings.PROGRAM_VERSION,
            "python": platform.python_version(),
            "postgresql": server,
            **{name: version(name) for name in PACKAGES},
        },
    }


def machine_lines(facts: dict) -> list[str]:
    versions = [f"{name} {number}" for name, number in facts["versions"].items()]
    return [
        f"{facts['cores']} cores, {facts['processor']}, {facts['memory_gb']} GB, {facts['system']}, "
        f"load {facts['load_1_min']}",
        ", ".join(versions[:5]) + ",",
        ", ".join(versions[5:]),
    ]


def measured(wanted: int, loaded, load_after: float, ours, peer, compared: list, differ: list) -> dict:
    """One size's numbers, seconds."""
    whole = [step for step in STEPS if step not in PART_OF_ANOTHER]
    return {
        "wanted": wanted,
        "visits": loaded.visits,
        "scores": loaded.scores,
        "load": load_after,
        "digests": sorted(ours.digests),
        "freeze": ours.freeze,
        "read": ours.read,
        "read_sql": peer.read_sql,
        "read_copy": peer.read_copy,
        "columns": ours.columns,
        "prepare": peer.prepare,
        "analyses": {step: {"tables": ours.analyses[step][0], "kernel": ours.analyses[step][1],
                            "peer": peer.analyses[step]} for step in STEPS},
        "total": ours.columns + sum(sum(ours.analyses[step]) for step in whole),
        "peer_total": peer.prepare + sum(peer.analyses[step] for step in whole),
        "agree": len(compared) - len(differ),
        "differ": [{"what": what, "ours": one, "peer": float(other)} for what, one, other in differ],
    }  # fmt: skip


HEADING = f"{'milliseconds':32}{'tables':>10}{'kernel':>10}{'ours':>10}{'peer':>10}{'ours/peer':>12}{'kernel/peer':>13}"


def lines(size: dict) -> list[str]:
    """One size's table."""
    return [
        f"{size['visits']} visits, {size['scores']} scores; loaded in {size['load']:.1f} s",
        "",
        HEADING,
        row("freeze | pandas.read_sql", size["freeze"], size["read_sql"]),
        row("freeze | COPY, pandas.read_csv", size["freeze"], size["read_copy"]),
        row("  of which read from PostgreSQL", size["read"], size["read_copy"]),
        "",
        row("columns of the freeze | pivot", size["columns"], size["prepare"]),
        *(analysis_row(STEPS[step], cells) for step, cells in size["analyses"].items()),
        row("all but the freeze", size["total"], size["peer_total"]),
        row("all | with pandas.read_sql", size["freeze"] + size["total"], size["read_sql"] + size["peer_total"]),
        "",
        *agreement_lines(size),
    ]


def row(name: str, ours: float, peer: float) -> str:
    return f"{name:52}{ours * 1e3:10.2f}{peer * 1e3:10.2f}{ours / peer:12.3f}"


def analysis_row(name: str, cells: dict) -> str:
    tables, kernel, peer = (cells[each] for each in ("tables", "kernel", "peer"))
    return (
        f"{name:32}{tables * 1e3:10.2f}{kernel * 1e3:10.2f}{(tables + kernel) * 1e3:10.2f}{peer * 1e3:10.2f}"
        f"{(tables + kernel) / peer:12.3f}{kernel / peer:13.3f}"
    )


def agreement_lines(size: dict) -> list[str]:
    found = [f"agree: {size['agree']} values to 1e-9"]
    found += [f"DIFFERS: {each['what']}: ours {each['ours']!r}, peer {each['peer']!r}" for each in size["differ"]]
    if len(size["digests"]) > 1:
        found.append(f"DIFFERS: the same rows were frozen under {len(size['digests'])} digests")
    return found
