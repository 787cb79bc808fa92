"""Link of a device with several brokers: it goes on to the next one, and back to its first."""

from __future__ import annotations

import asyncio

import pytest

from devices.protocol.messages import BrokerAddress, Desired
from firmware_sim.network import link as link_module
from tests.integration.firmware.test_link import DEVICE, Owner, running, saying, stub, until
from tests.integration.real_broker import RealBroker


def listed(*ports: int) -> Desired:
    addresses = [BrokerAddress(host="127.0.0.1", port=port) for port in ports]
    return Desired(v=1, device=DEVICE, ver=1, iat=0, areas=[], brokers=addresses)


def test_a_device_goes_on_to_the_next_broker_and_home_when_that_answers(
    broker: RealBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first of the list is away, the second hangs, the last is that of the bundle."""
    monkeypatch.setattr(link_module, "MOVE_ON_S", 1.0)
    monkeypatch.setattr(link_module, "HOME_AFTER_S", (0.01, 0.05))
    home = RealBroker(broker.settings.root, "broker2")

    async def work() -> None:
        owner = Owner()
        async with (
            stub(broker, saying()) as hanging,
            running(broker, owner, told=listed(home.port, hanging)) as link,
        ):
            await until(lambda: link.is_online)
            assert link._choice.address == ("127.0.0.1", broker.port)
            await asyncio.to_thread(home.start)
            await until(lambda: owner.times("connected") == 2)
            assert link._choice.address == ("127.0.0.1", home.port)
            await asyncio.to_thread(home.kill)
            await until(lambda: owner.times("connected") == 3)
            assert link._choice.address == ("127.0.0.1", broker.port)

    asyncio.run(work())
