"""The places of the product's code where somebody stands within all walls at once."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
APPS = ("registry", "outcomes", "reports", "config")


def all_sites_named() -> set[str]:
    """file: why, of each call of all_sites(); what stands in braces of an f-string is left out."""
    files = [ROOT / "manage.py", *(file for app in APPS for file in sorted((ROOT / app).rglob("*.py")))]
    return {f"{file.relative_to(ROOT)}: {why}" for file in files for why in reasons(ast.parse(file.read_text("utf-8")))}


def reasons(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "all_sites":
            said = node.args[0]
            parts = said.values if isinstance(said, ast.JoinedStr) else [said]
            yield "".join(part.value for part in parts if isinstance(part, ast.Constant)).rstrip(": ")
