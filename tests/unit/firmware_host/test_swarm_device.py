from __future__ import annotations

import pytest

from bench.load.swarm_device import REMEMBERED, shared_command
from devices.protocol import codec
from devices.protocol.errors import ProtocolError
from devices.protocol.messages import Command, CommandType, Target
from firmware_sim.core.commands.command_handler import read_command


def _payload(number: int) -> bytes:
    command = Command(
        v=1,
        cid=f"c-{number}",
        type=CommandType.STOP,
        iat=number,
        nbf=number,
        exp=number + 1,
        target=Target(areas=["x"]),
        prio=9,
    )
    return codec.encode(command)


def test_a_swarm_reads_the_same_bytes_once_and_each_device_gets_what_it_would_have_read() -> None:
    found = shared_command(_payload(1))
    assert found == read_command(_payload(1))
    assert shared_command(_payload(1)) is found
    assert shared_command(_payload(2)) == read_command(_payload(2))


def test_what_is_no_command_is_refused_each_time() -> None:
    for _ in range(2):
        with pytest.raises(ProtocolError):
            shared_command(b'{"v":1}')


def test_a_swarm_does_not_remember_for_ever() -> None:
    first = shared_command(_payload(1))
    for number in range(2, REMEMBERED + 3):
        shared_command(_payload(number))
    assert shared_command(_payload(1)) is not first
