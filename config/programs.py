"""The programs of a running Promontory, as ./dev starts them, and the environment they all read."""

import os
import socket
import sys
import urllib.error
import urllib.request
from pathlib import Path

from config.places import ROOT, CannotRun
from config.supervisor import Program

FIRST_PORT, LAST_PORT = 8000, 8099


def environment(urls: dict[str, str], secret: str, field_key: str) -> dict[str, str]:
    """What config/settings.py asks for, for plain http on this machine; what the caller has set already stands."""
    ours = {
        "SECRET_KEY": secret,
        "FIELD_KEYS": field_key,
        "DEBUG": "0",
        "ALLOWED_HOSTS": "127.0.0.1,localhost,[::1]",
        "INSECURE_COOKIES": "1",
        "MFA_REQUIRED": "0",
        "LOG_FORMAT": "plain",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    for name in ("SECRET_KEY", "FIELD_KEYS"):
        if f"{name}_FILE" in os.environ:
            del ours[name]
    return ours | os.environ | urls


def manage(*argv: str) -> tuple[str, ...]:
    return (sys.executable, str(ROOT / "manage.py"), *argv)


def worker(env: dict[str, str], logs: Path, *, processes: int = 2) -> Program:
    # A stop is passed to the running job at once: its lease lets another worker do it again.
    return Program(
        name="worker",
        argv=(
            *(sys.executable, "-m", "celery", "-A", "config", "worker", "--concurrency", str(processes)),
            *("--without-gossip", "--without-mingle", "--loglevel", "INFO"),
        ),
        log=logs / "worker.log",
        cwd=ROOT,
        env=env | {"REMAP_SIGTERM": "SIGQUIT"},
    )


def dispatcher(env: dict[str, str], logs: Path) -> Program:
    return Program(name="dispatcher", argv=manage("dispatch"), log=logs / "dispatcher.log", cwd=ROOT, env=env)


def web(env: dict[str, str], logs: Path, listener: socket.socket, *, processes: int = 2) -> Program:
    """The web server on a port that is ours already, so that no other server can answer in its place."""
    return Program(
        name="web",
        argv=(
            *(sys.executable, "-m", "gunicorn", "config.wsgi:application", "--bind", f"fd://{listener.fileno()}"),
            *("--worker-class", "gthread", "--workers", str(processes), "--threads", "4"),
            "--no-control-socket",  # it would lie in the user's home
        ),
        log=logs / "web.log",
        cwd=ROOT,
        env=env,
        is_ready=lambda: answers_http(f"{address(listener)}/login/"),
        ready_seconds=180.0,
        pass_fds=(listener.fileno(),),
    )


def answers_http(url: str) -> bool:
    """Whether anything answers there, be it an error."""
    try:
        urllib.request.urlopen(url, timeout=30).close()
    except urllib.error.HTTPError as answer:
        answer.close()
    except OSError:
        return False
    return True


def listen(wanted: int | None) -> socket.socket:
    """A socket that listens on the wanted port, or on the first free one from 8000. Raises CannotRun."""
    for port in [wanted] if wanted is not None else range(FIRST_PORT, LAST_PORT + 1):
        try:
            return socket.create_server(("127.0.0.1", port), backlog=128)
        except PermissionError as error:
            raise CannotRun(f"Port {port} is for root only. Name one above 1023 with --port N.") from error
        except (OSError, OverflowError):
            continue
    taken = f"Port {wanted} is" if wanted is not None else f"All ports from {FIRST_PORT} to {LAST_PORT} are"
    raise CannotRun(f"{taken} not free on 127.0.0.1. Name a free one with --port N.")


def address(listener: socket.socket) -> str:
    """The listener's address, as a browser takes it."""
    return f"http://127.0.0.1:{listener.getsockname()[1]}"
