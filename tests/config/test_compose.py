"""compose.yaml and what docs/operations.md says of it agree; no engine is needed to see that."""

import re

import pytest
import yaml
from django.core.management import get_commands

from tests.config.processes import ROOT

COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
TEXT = (ROOT / "docs" / "operations.md").read_text("utf-8")
SERVICES = COMPOSE["services"]
SECRET = "/run/secrets/"
READ_BY_POSTGRES = {"postgres_password", "owner_password", "app_password"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_given_the_secrets_that_its_settings_name(name):
    named = {value.removeprefix(SECRET) for value in SERVICES[name].get("environment", {}).values()
             if str(value).startswith(SECRET)}  # fmt: skip
    assert named <= set(SERVICES[name].get("secrets", []))
    assert set(SERVICES[name].get("secrets", [])) <= set(COMPOSE["secrets"])


def test_the_handbook_makes_every_secret_and_gives_each_to_who_reads_it():
    made = set(re.findall(r"> secrets/(\w+)", TEXT))
    assert made == set(COMPOSE["secrets"])
    assert "chown 999 secrets/*_password" in TEXT
    assert {name for name in made if name.endswith("_password")} == READ_BY_POSTGRES
    program = {
        secret for name, service in SERVICES.items() if name != "postgres" for secret in service.get("secrets", [])
    }
    assert not program & READ_BY_POSTGRES


def test_a_variable_that_compose_wants_is_written_by_the_handbook():
    wanted = set(re.findall(r"\$\{(\w+):\?", (ROOT / "compose.yaml").read_text("utf-8")))
    assert wanted == set(re.findall(r"^echo (\w+)=\S+ > \.env$", TEXT, re.M))


def test_services_and_commands_that_the_handbook_names_are_there():
    asked = re.findall(r"docker compose run --rm (\w+) (\w+)", TEXT)
    assert asked and {service for service, _ in asked} <= set(SERVICES)
    assert {command for _, command in asked} <= set(get_commands())
    stopped = re.search(r"^docker compose stop (.+)$", TEXT, re.M)[1].split()
    assert set(stopped) == set(SERVICES) - {"postgres", "redis", "migrate", "manage"}


def test_a_backup_is_taken_without_migrating_first_and_into_a_folder_that_git_does_not_see():
    assert set(SERVICES["manage"]["depends_on"]) == {"postgres"}
    ignored = (ROOT / ".gitignore").read_text("utf-8").split()
    folders = [volume.split(":")[0] for volume in SERVICES["manage"]["volumes"]]
    assert folders and all(folder.removeprefix(".") + "/" in ignored for folder in [*folders, "./secrets"])
