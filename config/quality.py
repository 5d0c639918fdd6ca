"""./dev check and ./dev lock: format, lint, migrations, settings as in production, schema, pins."""

import difflib
import os
import re
import secrets
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable
from pathlib import Path

from config.places import ROOT, CannotRun
from config.programs import manage
from config.stack import say, throwaway_servers

MODULE = (sys.executable, "-m")
COMPILE = (
    *(*MODULE, "uv", "pip", "compile", "--quiet", "--no-cache", "--python-version", "3.11"),
    *("--universal", "--generate-hashes", "--no-header", "--no-annotate"),
)
SCHEMA = "docs/openapi.yaml"
REWRITE = f"./dev manage spectacular --file {SCHEMA}"
SHOWN_LINES = 40


def check() -> int:
    """One line for each check; what failed is shown in full. Exit code 1 if any did."""
    with throwaway_servers() as stack:
        deployed = as_deployed(stack.env)
        checks = {
            "format": lambda: tool((*MODULE, "ruff", "format", "--check", "--quiet", "."), stack.env),
            "lint": lambda: tool((*MODULE, "ruff", "check", "--quiet", "."), stack.env),
            "migrations": lambda: tool(manage("makemigrations", "--check", "--dry-run"), stack.env),
            "deployment": lambda: tool(manage("check", "--deploy", "--fail-level", "WARNING"), deployed),
            "schema": lambda: schema_is_kept(deployed),
            "pins": pins_are_compiled,
        }
        failures = sum(not passes(name, one) for name, one in checks.items())
    say("All checks pass." if failures == 0 else f"{failures} of {len(checks)} checks failed.")
    return 1 if failures else 0


def passes(name: str, one: Callable[[], str]) -> bool:
    """Run one check: it returns what is wrong, or nothing."""
    wrong = one()
    say(f"{name:<11} {'ok' if not wrong else 'FAILED'}")
    if wrong:
        say(wrong)
    return not wrong


def tool(argv: tuple[str, ...], env: dict[str, str]) -> str:
    done = subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return "" if done.returncode == 0 else f"{done.stdout}{done.stderr}".strip() or f"exit code {done.returncode}"


def schema_is_kept(env: dict[str, str]) -> str:
    """Whether the API's schema is valid, and is the one in the repository."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "openapi.yaml"
        wrong = tool(manage("spectacular", "--validate", "--fail-on-warn", "--file", str(made)), env)
        return wrong or drift(made.read_text(encoding="utf-8"))


def drift(made: str) -> str:
    """How the API's schema differs from the file in the repository; nothing where it does not."""
    file = ROOT / SCHEMA
    kept = file.read_text(encoding="utf-8") if file.exists() else ""
    if kept == made:
        return ""
    lines = list(
        difflib.unified_diff(kept.splitlines(), made.splitlines(), SCHEMA, "the API as it is", n=1, lineterm="")
    )
    more = [f"... and {len(lines) - SHOWN_LINES} lines more."] if len(lines) > SHOWN_LINES else []
    why = f"The API has changed and {SCHEMA} has not. Run `{REWRITE}`, look at the difference, and commit the file."
    return "\n".join([*lines[:SHOWN_LINES], *more, why])


def as_deployed(env: dict[str, str]) -> dict[str, str]:
    """The environment of a production server: https, named host, a real secret."""
    ours = ("INSECURE_COOKIES", "DEBUG", "LOG_FORMAT", "MFA_REQUIRED")
    kept = {name: value for name, value in env.items() if name not in ours}
    return kept | {"SECRET_KEY": secrets.token_urlsafe(64), "ALLOWED_HOSTS": "promontory.example", "DEBUG": "0"}


def pins_are_compiled() -> str:
    """Whether the compiled files hold what pyproject.toml pins, and agree with each other. Needs no network."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    runtime, dev = compiled("requirements.txt"), compiled("requirements-dev.txt")
    wrong = missing("requirements.txt", project["project"]["dependencies"], runtime)
    wrong += missing("requirements-dev.txt", project["dependency-groups"]["dev"], dev)
    wrong += [
        f"{name} is {runtime[name]} in requirements.txt and {dev[name]} in requirements-dev.txt"
        for name in sorted(runtime.keys() & dev.keys())
        if runtime[name] != dev[name]
    ]
    return "\n".join([*wrong, "Run ./dev lock."] if wrong else [])


def missing(file: str, wanted: list[str], found: dict[str, str]) -> list[str]:
    pairs = [re.sub(r"\[.*\]", "", pin).split("==") for pin in wanted]
    return [f"{file} lacks {name}=={version}" for name, version in pairs if found.get(normal(name)) != version]


def compiled(file: str) -> dict[str, str]:
    """Name → version of a compiled file."""
    lines = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", (ROOT / file).read_text(encoding="utf-8"), re.M)
    return {normal(name): version for name, version in lines}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def lock(argv: list[str]) -> int:
    """Compile pyproject.toml's pins with their hashes; --upgrade also moves what they depend on."""
    compile_pins("requirements.txt", "pyproject.toml", *argv)
    compile_pins("requirements-dev.txt", "--group", "dev", "-c", "requirements.txt", *argv)
    say("Compiled requirements.txt and requirements-dev.txt.")
    return 0


def compile_pins(file: str, *sources: str) -> None:
    argv = (*COMPILE, "-o", file, *sources)
    env = {"UV_SYSTEM_CERTS": "1", **os.environ}
    if subprocess.run(argv, cwd=ROOT, env=env, stdout=subprocess.DEVNULL).returncode != 0:
        raise CannotRun(f"uv could not compile {file}; its words are above.")
