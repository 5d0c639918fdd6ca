"""Writes the published schema of a plan, as the program has it."""

import json
from pathlib import Path

from django.core.management.base import BaseCommand

from outcomes.plans.schema import PUBLISHED, plan_schema


class Command(BaseCommand):
    help = f"Write the JSON Schema of analysis plans (by default to {PUBLISHED.name} beside the code that makes it)."

    def add_arguments(self, parser):
        parser.add_argument("--out", type=Path, default=PUBLISHED)

    def handle(self, *, out: Path, **options):
        out.write_text(json.dumps(plan_schema(), indent=2, ensure_ascii=False) + "\n", "utf-8")
        self.stdout.write(f"{out.name}: {len(plan_schema()['$defs']['analysis']['allOf'])} types of analysis.")
