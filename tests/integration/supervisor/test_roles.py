"""Roles of a host: the part of the set that ``loa up --role`` runs there."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from bench.signing import running_signer
from cms.platform.cli import embedded
from cms.platform.cli.up import APP_DIR, up
from cms.platform.keyring import Keyring
from cms.platform.settings import Settings


def names(settings: Settings, *roles: str) -> list[str]:
    return [each.name for each in embedded.programs(settings, APP_DIR, roles)]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


@pytest.mark.parametrize(
    ("roles", "programs"),
    [
        (("gateway", "web"), ["web", "urgent_web", "background_web", "front", "signer", "gateway", "standby"]),
        (("scheduler", "worker"), ["scheduler", "worker", "urgent"]),
        (("broker", "queue"), ["broker", "enrolment", "queue"]),
    ],
)
def test_a_host_runs_the_programs_of_its_roles_in_the_order_of_the_set(
    settings: Settings, roles: tuple[str, ...], programs: list[str]
) -> None:
    assert names(settings, *roles) == programs


def test_the_roles_together_are_the_whole_set(settings: Settings) -> None:
    whole = [each.name for each in embedded.programs(settings, APP_DIR)]
    of_roles = [name for role in embedded.ROLES for name in names(settings, role)]
    assert [name for name in of_roles if name != embedded.STANDBY] == whole[:-1]
    assert whole[-1] == embedded.STANDBY
    assert {*embedded.UNITS, "broker", "enrolment"} - set(whole) == {"replicator"}  # it needs a folder


def test_a_signer_of_its_own_user_is_no_program_of_the_set(settings: Settings) -> None:
    apart = settings.model_copy(update={"signer_keys": "/var/lib/loa-signer"})
    assert names(apart, "gateway") == ["gateway", "standby"]
    assert embedded.alone(apart, "signer", APP_DIR).name == "signer"


def test_a_signer_is_ready_once_it_listens(settings: Settings) -> None:
    signer = embedded.programs(settings, APP_DIR, ["gateway"])[0]
    assert not signer.ready()
    Keyring.ensure(settings)
    with running_signer(settings):
        assert signer.ready()


def test_a_standby_is_as_ready_as_it_can_be(settings: Settings) -> None:
    settings.run_dir.mkdir(parents=True)
    (settings.run_dir / "gateway.standby").touch()
    _, gateway, standby = embedded.programs(settings, APP_DIR, ["gateway"])
    assert (gateway.ready(), standby.ready()) == (False, False)
    (settings.run_dir / "gateway.standby").touch()
    assert (gateway.ready(), standby.ready()) == (True, True)


def test_a_role_that_does_not_exist_is_named() -> None:
    told = CliRunner().invoke(up, ["--role", "web,kettle"])
    assert told.exit_code == 2
    assert "kettle: choose from broker, queue, web, gateway, scheduler, worker" in told.output
