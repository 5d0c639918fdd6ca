"""Prints the catalogue of rules, as the API and its page publish it."""

import json

from django.core.management.base import BaseCommand

from registry.rules.published import as_csv, catalogue


class Command(BaseCommand):
    help = "Print every rule of the record: code, severity, wording, forms, fields, evidence, where it is kept."

    def add_arguments(self, parser):
        parser.add_argument("--format", choices=["csv", "json"], default="csv")

    def handle(self, **options):
        if options["format"] == "csv":
            self.stdout.write(as_csv(), ending="")
        else:
            self.stdout.write(json.dumps(catalogue(), indent=1, ensure_ascii=False))
