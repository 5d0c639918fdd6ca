"""The walls of the house. Each is shown to fall on a small made-up tree that breaks it."""

import ast
import re
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = ("registry", "outcomes", "reports", "config")
# Each may ask the ones before it, never the ones after; nobody imports config, and nobody the tests.
FORBIDDEN = {
    "registry": {"outcomes", "reports", "config", "tests"},
    "outcomes": {"reports", "config", "tests"},
    "reports": {"config", "tests"},
    "config": {"tests"},
}
PURE = "outcomes/stats"
PURE_MAY_IMPORT = {*sys.stdlib_module_names, "numpy", "scipy.special", "scipy.stats", "outcomes.stats"}
# Estimating equations are solved step by step, not summed; statsmodels does it well. One file asks it.
MAY_ALSO_IMPORT = {"outcomes/stats/repeated.py": {"statsmodels"}}
LONGEST_FILE, LONGEST_FUNCTION = 300, 40
NAMELESS = {"utils", "util", "helpers", "helper", "common", "base", "misc", "mixins", "signals"}
# A database backend is found by this name and no other.
NAMED_BY_DJANGO = {"config/postgresql/base.py"}
# In two halves, so that this file may be looked at too.
STAND_INS = ["fake" + "redis", "ALWAYS_" + "EAGER", "task_always_" + "eager", "sql" + "ite", "unittest." + "mock",
             "mock" + "er", "Magic" + "Mock"]  # fmt: skip
TOP = {"manage.py", *APPS, "tests", "requirements.txt", "Dockerfile", "dev", "docs", "README.md", "CHANGELOG.md",
       "LICENSE", "pyproject.toml", "requirements-dev.txt", "bootstrap.txt", "compose.yaml"}  # fmt: skip


def sources(root: Path, *folders: str) -> Iterator[tuple[str, ast.Module]]:
    """The path and the syntax tree of each file that people write, migrations left out."""
    for folder in folders or (*APPS, "tests"):
        for file in sorted((root / folder).rglob("*.py")):
            if "migrations" not in file.parts:
                yield file.relative_to(root).as_posix(), parsed(file.read_text("utf-8"))


# Every wall reads every file.
parsed = cache(ast.parse)


def imported(path: str, tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Everything that is imported, by its whole name: `from .b import c` in a/d.py is a.b.c."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            around = path.split("/")[: -node.level] if node.level else []
            module = [*around, *filter(None, [node.module])]
            yield from ((node.lineno, ".".join([*module, alias.name])) for alias in node.names)


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def imports_go_one_way(root: Path) -> list[str]:
    return [
        f"{path}:{line} imports {name}"
        for app, forbidden in FORBIDDEN.items()
        for path, tree in sources(root, app)
        for line, name in imported(path, tree)
        if name.split(".")[0] in forbidden
    ]


def the_kernel_is_pure(root: Path) -> list[str]:
    return [
        f"{path}:{line} imports {name}"
        for path, tree in sources(root, PURE)
        for line, name in imported(path, tree)
        if not any(
            name == known or name.startswith(f"{known}.")
            for known in PURE_MAY_IMPORT | MAY_ALSO_IMPORT.get(path, set())
        )
    ]


def no_import_is_inside_a_function(root: Path) -> list[str]:
    return [
        f"{path}:{node.lineno} in {function.name}"
        for path, tree in sources(root)
        for function in functions(tree)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
        or (
            isinstance(node, ast.Call)
            and ast.unparse(node.func) in ("__import__", "import_module", "importlib.import_module")
        )
    ]


def nothing_catches_everything(root: Path) -> list[str]:
    return [
        f"{path}:{node.lineno}"
        for path, tree in sources(root)
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or re.search(r"\b(Base)?Exception\b", ast.unparse(node.type)))
    ]


def files_are_short(root: Path) -> list[str]:
    lengths = {path: len((root / path).read_text("utf-8").splitlines()) for path, _ in sources(root)}
    return [f"{path} has {length} lines" for path, length in lengths.items() if length > LONGEST_FILE]


def functions_are_short(root: Path) -> list[str]:
    return [
        f"{path}:{function.lineno} {function.name} has {function.end_lineno - function.lineno + 1} lines"
        for path, tree in sources(root)
        for function in functions(tree)
        if function.end_lineno - function.lineno >= LONGEST_FUNCTION
    ]


def every_file_has_a_name(root: Path) -> list[str]:
    return [
        path for path, _ in sources(root)
        if path not in NAMED_BY_DJANGO and NAMELESS & {Path(path).stem, *Path(path).parts}
    ]  # fmt: skip


def nothing_stands_in_for_the_real_thing(root: Path) -> list[str]:
    files = [path for path, _ in sources(root)] + [name for name in ("pyproject.toml",) if (root / name).exists()]
    return [
        f"{path} says {word}"
        for path in files
        for word in STAND_INS
        if re.search(rf"\b{re.escape(word)}", (root / path).read_text("utf-8"), re.I)
    ]


def nothing_happens_behind_a_save(root: Path) -> list[str]:
    """No signals, and no save() or delete() of a model's own."""
    return [
        *[f"{path}:{line} imports {name}" for path, tree in sources(root, *APPS) for line, name in imported(path, tree)
          if re.search(r"^django\..*\bsignals?\b", name) or name == "django.dispatch.receiver"],
        *[f"{path}:{function.lineno} overrides {function.name}()" for path, tree in sources(root, *APPS)
          for owner in ast.walk(tree) if isinstance(owner, ast.ClassDef)
          for function in functions(owner) if function.name in ("save", "delete")],
    ]  # fmt: skip


def the_top_is_as_it_was_agreed(root: Path) -> list[str]:
    made = {"staticfiles", "__pycache__", "node_modules"}
    return [file.name for file in root.iterdir() if file.name not in TOP | made and not file.name.startswith(".")]


LONG_FUNCTION = "def f():\n" + "    a = 1\n" * 40
# Each wall, with files that stand on its right side and files that break it.
WALLS: dict[Callable, tuple[dict[str, str], list[dict[str, str]]]] = {
    imports_go_one_way: (
        {"reports/a.py": "import outcomes.b\nfrom registry import c", "outcomes/b.py": "from registry.models import A",
         "config/d.py": "from reports import a", "tests/e.py": "from config import d", "registry/c.py": "import json"},
        [{"registry/a.py": "from outcomes.models import Freeze"}, {"registry/a.py": "import reports"},
         {"outcomes/b.py": "import reports.views as v"}, {"reports/a.py": "from config import settings"},
         {"registry/m/a.py": "def f():\n    from outcomes import x"}, {"outcomes/c/b.py": "from ...reports import a"},
         {"outcomes/b.py": "from tests import builders"}],
    ),
    the_kernel_is_pure: (
        {"outcomes/stats/a.py": "import numpy as np\nfrom scipy.special import ndtr\nfrom .b import c",
         "outcomes/stats/b.py": "import math\nfrom outcomes.stats.a import d\nfrom . import a",
         "outcomes/stats/repeated.py": "from statsmodels.genmod.families import Binomial"},
        [{"outcomes/stats/a.py": line} for line in ("import django", "from django.db import models", "import pandas",
         "from registry.rules import plain", "from outcomes.models import Freeze", "from outcomes import columns",
         "from ..models import Freeze", "from .. import columns",
         "from scipy import optimize", "import statsmodels.api")]
        + [{"outcomes/stats/repeated.py": "import pandas"}],
    ),
    no_import_is_inside_a_function: (
        {"registry/a.py": "import json\n\n\ndef f():\n    return json"},
        [{"registry/a.py": "def f():\n    import json"},
         {"tests/a.py": "class A:\n    def f(self):\n        from os import path"},
         {"outcomes/a.py": "import importlib\n\n\ndef f():\n    return importlib.import_module('json')"}],
    ),
    nothing_catches_everything: (
        {"config/a.py": "try:\n    pass\nexcept (ValueError, KeyError):\n    pass"},
        [{"config/a.py": f"try:\n    pass\nexcept {what}:\n    pass"} for what in ("Exception", "Exception as e",
         "BaseException", "(ValueError, Exception)")] + [{"tests/a.py": "try:\n    pass\nexcept:\n    pass"}],
    ),
    files_are_short: ({"tests/a.py": "a = 1\n" * 300}, [{"tests/a.py": "a = 1\n" * 301}]),
    functions_are_short: (
        {"tests/a.py": LONG_FUNCTION.removesuffix("    a = 1\n")},
        [{"tests/a.py": LONG_FUNCTION}, {"reports/a.py": f"async {LONG_FUNCTION}"}],
    ),
    every_file_has_a_name: (
        {"registry/basement.py": "", "registry/dates.py": ""},
        [{"registry/utils.py": ""}, {"tests/helpers.py": ""}, {"outcomes/common/a.py": ""}, {"config/base.py": ""}],
    ),
    nothing_stands_in_for_the_real_thing: (
        {"tests/a.py": "import redis", "pyproject.toml": "redis"},
        [{"tests/a.py": f"import {word}"} for word in STAND_INS] + [{"pyproject.toml": STAND_INS[0]}],
    ),
    nothing_happens_behind_a_save: (
        {"registry/a.py": "import signal\n\n\nclass A:\n    def saved(self): ..."},
        [{"registry/a.py": "from django.db.models.signals import post_save"},
         {"registry/a.py": "from django.dispatch import receiver"},
         {"registry/a.py": "class A:\n    def save(self, *args): ..."}],
    ),
    the_top_is_as_it_was_agreed: ({"README.md": "", ".gitignore": ""}, [{"notes.md": ""}, {"scripts/a.py": ""}]),
}  # fmt: skip


def tree_of(root: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")
    return root


@pytest.mark.parametrize("wall", WALLS, ids=lambda wall: wall.__name__)
def test_the_wall_stands(wall):
    assert wall(ROOT) == []


@pytest.mark.parametrize("wall", WALLS, ids=lambda wall: wall.__name__)
def test_a_tree_on_the_right_side_passes_the_wall(wall, tmp_path):
    right, _ = WALLS[wall]
    assert wall(tree_of(tmp_path, right)) == []


@pytest.mark.parametrize(
    ("wall", "broken"), [(wall, broken) for wall, (_, trees) in WALLS.items() for broken in trees],
    ids=lambda value: getattr(value, "__name__", None),
)  # fmt: skip
def test_a_tree_that_breaks_the_wall_is_found(wall, broken, tmp_path):
    assert len(wall(tree_of(tmp_path, broken))) == 1


def test_the_walls_look_at_every_app_and_at_the_tests():
    looked_at = {path.split("/")[0] for path, _ in sources(ROOT)}
    assert looked_at == {*APPS, "tests"}
    assert sum(1 for _ in sources(ROOT, PURE)) > 10
