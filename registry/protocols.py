"""Protocols that a new study can start from, shipped as data: schedule, instruments, covariates, default plan."""

import json
from pathlib import Path

DEFINITIONS: list[dict] = json.loads((Path(__file__).parent / "definitions" / "protocols.json").read_text("utf-8"))
PROTOCOLS: dict[str, dict] = {definition["slug"]: definition for definition in DEFINITIONS}
DEFAULT = "sacroplasty_registry"
