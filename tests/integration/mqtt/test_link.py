"""Link of the gateway on a real broker: confirmation, retention, expiry, sessions, and recovery from kill -9."""

from __future__ import annotations

import gc
import threading
from pathlib import Path

import pytest
from paho.mqtt.reasoncodes import ReasonCode

from devices.errors import LinkError, TooBigError
from devices.protocol import topics
from devices.protocol.limits import MESSAGE_MAX_BYTES
from tests.integration.mqtt.inbox import DEADLINE_S, Inbox, connected
from tests.integration.process import until
from tests.integration.real_broker import RealBroker

COMMANDS = {topics.device_command("xa-1-l01"): 1}
PLANS = {topics.area_plan("xa-1"): 1}


def test_a_retained_manifest_reaches_a_late_subscriber(broker: RealBroker) -> None:
    with connected(broker.gateway_endpoint()) as gateway:
        gateway.link.publish(topics.area_plan("xa-1"), b"manifest", retain=True).result(DEADLINE_S)
    with connected(broker.device_endpoint("xa-1-l01"), PLANS) as device:
        arrived = device.next()
        assert (arrived.payload, arrived.retain) == (b"manifest", True)


def test_a_broker_killed_and_restarted_keeps_sessions_and_retained_messages(broker: RealBroker) -> None:
    endpoint = broker.device_endpoint("xa-1-l01")
    with connected(endpoint, COMMANDS):
        pass
    with connected(broker.gateway_endpoint()) as gateway:
        gateway.link.publish(topics.area_plan("xa-1"), b"manifest", retain=True).result(DEADLINE_S)
        confirmed = [
            gateway.link.publish(topics.device_command("xa-1-l01"), b"%d" % number) for number in range(1, 5_101)
        ]
        for done in confirmed:
            done.result(DEADLINE_S)
        broker.kill()
        broker.start()
        gateway.wait_connection()
    with connected(endpoint, {**COMMANDS, **PLANS}) as device:
        # The broker's autosave may miss messages, which the outbox would send again; the session itself is there.
        awaited = {b"1", b"manifest"}
        while awaited:
            awaited.discard(device.next().payload)


def test_subscriptions_are_made_again_when_the_broker_lost_everything(broker: RealBroker) -> None:
    with (
        connected(broker.device_endpoint("xa-1-l01"), COMMANDS) as device,
        connected(broker.gateway_endpoint()) as gateway,
    ):
        broker.kill()
        for held in (broker.settings.root / "broker" / "data").glob("*"):
            held.unlink()
        broker.start()
        gateway.wait_connection()
        device.wait_connection()
        gateway.link.publish(topics.device_command("xa-1-l01"), b"again").result(DEADLINE_S)
        assert device.next().payload == b"again"


def test_a_publish_is_confirmed_or_fails_when_the_broker_dies(broker: RealBroker) -> None:
    with connected(broker.gateway_endpoint()) as gateway:
        futures = [gateway.link.publish(topics.area_command("xa-1"), b"x" * 8000) for _ in range(2000)]
        broker.kill()
        outcomes = {type(future.exception(DEADLINE_S)) for future in futures}
        assert outcomes <= {LinkError, type(None)}
        # All may have been confirmed before: then there is no sign yet that the broker has gone.
        until(lambda: not gateway.link.is_ready)
        with pytest.raises(LinkError, match="not connected"):
            gateway.link.publish(topics.area_command("xa-1"), b"x")


def test_a_message_beyond_the_limit_is_never_sent(broker: RealBroker) -> None:
    with connected(broker.gateway_endpoint()) as gateway:
        with pytest.raises(TooBigError) as refused:
            gateway.link.publish(topics.area_plan("xa-1"), b"x" * (MESSAGE_MAX_BYTES + 1))
        assert (refused.value.size, refused.value.limit) == (MESSAGE_MAX_BYTES + 1, MESSAGE_MAX_BYTES)
        gateway.link.publish(topics.area_plan("xa-1"), b"x" * MESSAGE_MAX_BYTES).result(DEADLINE_S)


def test_an_unacknowledged_message_comes_again_on_the_next_connection(broker: RealBroker) -> None:
    acks = {topics.device_ack("+"): 1}
    with connected(broker.device_endpoint("xa-1-l01")) as device:
        with connected(broker.gateway_endpoint(), acks, acknowledges=False) as gateway:
            device.link.publish(topics.device_ack("xa-1-l01"), b"heard").result(DEADLINE_S)
            first = gateway.next()
        with connected(broker.gateway_endpoint(), acks, acknowledges=False) as gateway:
            again = gateway.next()
            assert again.payload == first.payload == b"heard"
            gateway.link.acknowledge(again)
        with connected(broker.gateway_endpoint(), acks) as gateway:
            device.link.publish(topics.device_ack("xa-1-l01"), b"next").result(DEADLINE_S)
            assert gateway.next().payload == b"next"


def test_a_command_past_its_expiry_is_not_delivered_late(broker: RealBroker) -> None:
    endpoint = broker.device_endpoint("xa-1-l01")
    with connected(endpoint, COMMANDS):
        pass
    with connected(broker.gateway_endpoint()) as gateway:
        gateway.link.publish(topics.device_command("xa-1-l01"), b"brief", expiry_s=1).result(DEADLINE_S)
        threading.Event().wait(2.1)
        gateway.link.publish(topics.device_command("xa-1-l01"), b"lasting", expiry_s=600).result(DEADLINE_S)
    with connected(endpoint, COMMANDS) as device:
        assert device.next().payload == b"lasting"


def test_what_needs_no_confirmation_is_confirmed_at_once(broker: RealBroker) -> None:
    with connected(broker.gateway_endpoint()) as gateway:
        assert gateway.link.publish(topics.time_beacon(), b"now", qos=0, expiry_s=90).done()


def test_connecting_waits_for_a_broker_that_comes_later(broker: RealBroker) -> None:
    broker.kill()
    gateway = Inbox(broker.gateway_endpoint())
    gateway.link.start()
    try:
        assert not gateway.link.is_ready
        broker.start()
        gateway.wait_connection()
    finally:
        gateway.link.close()


def test_nothing_is_kept_of_what_was_sent_without_guarantee(broker: RealBroker) -> None:
    with connected(broker.gateway_endpoint()) as gateway:
        for _ in range(300):
            gateway.link.publish(topics.area_plan("xa-1"), b"frame", qos=0)
        gateway.link.publish(topics.area_plan("xa-1"), b"last").result(DEADLINE_S)
        gc.collect()
        # paho makes one for each message that it has written; each has a dictionary of all reasons.
        assert sum(isinstance(each, ReasonCode) for each in gc.get_objects()) < 100


def test_a_closed_connection_keeps_no_socket_open(broker: RealBroker) -> None:
    gc.disable()
    try:
        before = _open_files()
        with connected(broker.gateway_endpoint()) as gateway:
            assert len(_open_files()) > len(before)
        assert not gateway.link.is_ready
        assert _open_files() == before
    finally:
        gc.enable()


def _open_files() -> set[str]:
    return {each.name for each in Path("/proc/self/fd").iterdir() if each.exists()}
