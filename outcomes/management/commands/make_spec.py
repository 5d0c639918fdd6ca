"""Writes a plan over a freeze as a spec that other sites can count by, with its fixture."""

import json
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from outcomes.freezes import find_freeze
from outcomes.management.commands.analyse_study import read_plan
from outcomes.plans.check import check_plan
from outcomes.plans.errors import PlanError
from outcomes.plans.shipped import NAMES, shipped
from outcomes.pooling.fixture import FixtureMismatch, with_fixture
from outcomes.pooling.spec import POLICY, NotASpec, as_file, read_spec, spec_from
from registry.errors import RegistryError
from registry.strict_json import NotStrictJSON, read_json


class Command(BaseCommand):
    help = "Write what many sites agree to count, with its fixture, and print its hash."

    def add_arguments(self, parser):
        parser.add_argument("plan", help=f"a file, or a shipped plan: {', '.join(NAMES)}")
        parser.add_argument("--freeze", required=True, help="its id, its SHA-256, or COHORT/NAME")
        parser.add_argument("--out", type=Path, required=True)
        parser.add_argument("--name", default="", help="what the study is called; the plan's name where none is given")
        parser.add_argument("--coarsening", type=Path, help="a file: {instrument: [{label, from, to}, ...]}")
        parser.add_argument("--min-cell", type=int, default=POLICY["min_cell"], help="the smallest count that is told")

    def handle(self, *, plan: str, freeze: str, out: Path, name: str, coarsening: Path, min_cell: int, **options):
        policy = POLICY | {"id": f"consortium-{min_cell}", "min_cell": min_cell, "min_delta": 2 * min_cell}
        policy["min_group"] = max(policy["min_group"], min_cell)
        try:
            kept = find_freeze(freeze)
            document = shipped(plan) if plan in NAMES else read_plan(Path(plan))
            check_plan(document)
            bands = read_json(coarsening.read_text("utf-8")) if coarsening else None
            made = spec_from(document, kept, name=name or document["name"], policy=policy, coarsening=bands)
            spec = read_spec(with_fixture(made, kept.cohort.studies.select_related("schedule")))
            out.write_bytes(as_file(spec.document))
        except (RegistryError, PlanError, NotASpec, NotStrictJSON, FixtureMismatch, OSError, UnicodeError) as error:
            raise CommandError(str(error)) from error
        apart = spec.document["not_poolable"]
        for each in apart:
            self.stdout.write(f"Not pooled: {each['id']} ({each['type']}): {each['reason']}.")
        self.stdout.write(f"{out}: {len(spec.analyses)} analyses to pool, {len(apart)} not. {spec.hash}")
        self.stdout.write(json.dumps(spec.policy))
