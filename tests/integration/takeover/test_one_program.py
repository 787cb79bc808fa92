"""One program taken over, with all that it reads and reaches: what sounds that no two people signed.

Who holds what is read from the shipped units, from the homes that the product makes, and from the broker's access list.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest

from devices.protocol.authorisation import SignaturePolicy
from tests.integration.takeover import attempts, units
from tests.integration.takeover.attacker import Attacker
from tests.integration.takeover.installation import Holding, Installation
from tests.unit.firmware import signing

ATTEMPTS = 1_000
DATABASE, SIGNER_AND_GATEWAY = "database", "signer, with the gateway's certificate"
TAKEN_OVER = (
    "web",
    "worker",
    "scheduler",
    "replicator",
    "gateway",
    "signer",
    units.BROKERS,
    DATABASE,
    SIGNER_AND_GATEWAY,
)
NEEDS_NO_SIGNATURE = {attempts.DRILL, attempts.PLAY, attempts.ADDRESS, attempts.PLANNED, attempts.SELF_TEST}
"""Kinds that devices take without people's own signatures: who has the gateway send them sounds them."""


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return Installation(tmp_path_factory.mktemp("installation"))


def held_by(installation: Installation, name: str) -> Holding:
    match name:
        case "database":
            return Holding({}, writes_database=True, has_network=False)
        case "signer, with the gateway's certificate":
            return installation.signer_with_credential()
        case _:
            return installation.holding(name)


@pytest.mark.parametrize("name", TAKEN_OVER)
def test_one_program_sounds_nothing_that_two_people_have_to_sign(installation: Installation, name: str) -> None:
    attacker = Attacker(installation, held_by(installation, name))
    sounded = attacker.attack(ATTEMPTS)
    assert set(sounded) == (set() if name == "signer" else NEEDS_NO_SIGNATURE)
    assert (attacker.delivered == 0) is (name == "signer")


@pytest.mark.parametrize("name", ["gateway", DATABASE, SIGNER_AND_GATEWAY])
def test_where_drills_are_signed_no_drill_sounds_either(tmp_path: Path, name: str) -> None:
    there = Installation(tmp_path, drills=True)
    sounded = Attacker(there, held_by(there, name)).attack(ATTEMPTS)
    assert set(sounded) == NEEDS_NO_SIGNATURE - {attempts.DRILL}


def test_the_same_attempts_sound_alerts_where_nobody_has_to_sign(tmp_path: Path) -> None:
    there = Installation(tmp_path, SignaturePolicy.OFF)
    assert Attacker(there, held_by(there, DATABASE)).attack(ATTEMPTS)[attempts.ALERT] > 0


def test_the_same_attempts_sound_by_every_kind_of_trust_where_the_root_is_held_as_well(
    installation: Installation,
) -> None:
    held = held_by(installation, SIGNER_AND_GATEWAY)
    root = signing.ROOT.as_pem(private=True)
    sounded = Attacker(installation, replace(held, files={**held.files, PurePosixPath("root.key"): root}))
    assert {attempts.ALERT, attempts.KEYSET} <= set(sounded.attack(ATTEMPTS))


def test_only_who_speaks_to_devices_or_copies_every_key_has_a_gateway_s_certificate_or_may_issue_one(
    installation: Installation,
) -> None:
    named = {name for name in units.UNITS if "gateway" in installation.holding(name).names}
    assert named == {"gateway", "standby", "replicator"}


@pytest.mark.parametrize("name", units.UNITS)
def test_every_unit_holds_what_an_attacked_one_holds(installation: Installation, name: str) -> None:
    assert installation.holding(name) in [installation.holding(each) for each in TAKEN_OVER if each in units.UNITS]
