"""Checks of a broker, one a property that Loa relies on. A check returns whether the broker has it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from bench.conformance.client import QUIET_S, BrokerUnderTest, CheckClient, GoneError
from devices.enrolment import GATEWAY_NAME
from devices.mqtt.broker import PACKET_MAX_BYTES
from devices.mqtt_codec import Will, is_failure
from devices.protocol import topics
from devices.protocol.limits import SPEECH_MAX_BYTES

DEVICE: Final = "conformance-1"
OTHER: Final = "conformance-2"
CMD, STATE, AREA = topics.device_command(DEVICE), topics.device_state(DEVICE), topics.area_alert("conformance")
SESSION_S: Final = 600
WILL_DELAY_S: Final = 2

Check = Callable[[BrokerUnderTest], bool]


def _device(broker: BrokerUnderTest, **options: object) -> CheckClient:
    return CheckClient(broker.endpoint(DEVICE), **options)  # type: ignore[arg-type]


def _gateway(broker: BrokerUnderTest) -> CheckClient:
    return CheckClient(broker.endpoint(GATEWAY_NAME))


def _forget(broker: BrokerUnderTest) -> None:
    """End the device's session with all that is queued for it."""
    with _device(broker):
        pass


@contextmanager
def _returned(
    broker: BrokerUnderTest,
    subscriptions: Mapping[str, int],
    missed: Sequence[tuple[str, bytes, int | None]],
    away_s: float = 0.0,
) -> Iterator[CheckClient]:
    """Yield a device back in its session: topic, payload and expiry of what was published while it was away."""
    with _device(broker, session_expiry_s=SESSION_S) as device:
        device.subscribe(subscriptions)
    with _gateway(broker) as gateway:
        for topic, payload, expiry_s in missed:
            gateway.publish(topic, payload, expiry_s=expiry_s)
    threading.Event().wait(away_s)
    with _device(broker, is_clean=False, session_expiry_s=SESSION_S) as device:
        yield device
    _forget(broker)


def delivers_with_both_qualities(broker: BrokerUnderTest) -> bool:
    with _device(broker) as device, _gateway(broker) as gateway:
        device.subscribe({CMD: 1, AREA: 0})
        confirmed = gateway.publish(CMD, b"sure") == 0
        gateway.publish(AREA, b"perhaps", qos=0)
        return confirmed and {*device.payloads()} == {b"sure", b"perhaps"}


def retains_the_newest_and_clears_it(broker: BrokerUnderTest) -> bool:
    with _gateway(broker) as gateway:
        gateway.publish(AREA, b"old", retain=True)
        gateway.publish(AREA, b"new", retain=True)
        with _device(broker) as device:
            device.subscribe({AREA: 0})
            found = device.next()
            is_newest = found is not None and found.payload == b"new" and found.retain
        gateway.publish(AREA, b"", retain=True)
        with _device(broker) as device:
            device.subscribe({AREA: 0})
            return is_newest and device.payloads() == []


def a_retained_message_expires(broker: BrokerUnderTest) -> bool:
    with _gateway(broker) as gateway:
        gateway.publish(AREA, b"short", retain=True, expiry_s=1)
        threading.Event().wait(2.5)
        with _device(broker) as device:
            device.subscribe({AREA: 0})
            is_gone = device.payloads() == []
        gateway.publish(AREA, b"", retain=True)
        return is_gone


def queues_for_a_session_that_is_away(broker: BrokerUnderTest) -> bool:
    with _returned(broker, {CMD: 1}, ((CMD, b"1", 60), (CMD, b"2", 60))) as device:
        return device.session_present and device.payloads() == [b"1", b"2"]


def a_queued_message_expires(broker: BrokerUnderTest) -> bool:
    with _returned(broker, {CMD: 1}, ((CMD, b"short", 1), (CMD, b"long", 60)), away_s=2.5) as device:
        return device.payloads() == [b"long"]


def queues_no_alert(broker: BrokerUnderTest) -> bool:
    """A subscription with QoS 0 is not queued for a session that is away, also where the message has QoS 1."""
    with _returned(broker, {AREA: 0}, ((AREA, b"alert", None),)) as device:
        return device.payloads() == []


def a_session_expires(broker: BrokerUnderTest) -> bool:
    with _device(broker, session_expiry_s=1) as device:
        device.subscribe({CMD: 1})
    threading.Event().wait(3.5)
    with _device(broker, is_clean=False) as device:
        return not device.session_present


def publishes_the_will_after_its_delay(broker: BrokerUnderTest) -> bool:
    will = Will(STATE, b"gone", WILL_DELAY_S)
    with _gateway(broker) as gateway:
        gateway.subscribe({STATE: 1})
        gateway.payloads()
        with _device(broker, session_expiry_s=SESSION_S, will=will) as device:
            device.cut()
        is_early = gateway.payloads(QUIET_S / 2) != []
        found = gateway.next()
    _forget(broker)
    return not is_early and found is not None and found.payload == b"gone"


def a_return_in_time_withdraws_the_will(broker: BrokerUnderTest) -> bool:
    will = Will(STATE, b"gone", WILL_DELAY_S)
    with _gateway(broker) as gateway:
        gateway.subscribe({STATE: 1})
        gateway.payloads()
        with _device(broker, session_expiry_s=SESSION_S, will=will) as device:
            device.cut()
        with _device(broker, is_clean=False, session_expiry_s=SESSION_S):
            found = gateway.payloads(2.0 * WILL_DELAY_S)
    _forget(broker)
    return found == []


def notices_a_silent_client(broker: BrokerUnderTest) -> bool:
    with _device(broker, keep_alive_s=2) as device:
        return device.is_ended(8.0)


def a_second_connection_ends_the_first(broker: BrokerUnderTest) -> bool:
    with _device(broker) as first, _device(broker) as second:
        answer = second.publish(STATE, b"here")
        return first.is_ended() and answer is not None and not is_failure(answer)


def honours_the_receive_maximum(broker: BrokerUnderTest) -> bool:
    with _device(broker, receive_maximum=2) as device, _gateway(broker) as gateway:
        device.subscribe({CMD: 1})
        device.acknowledges = False
        for number in range(4):
            gateway.publish(CMD, b"%d" % number)
        return device.payloads() == [b"0", b"1"]


def takes_the_speech_of_an_alert(broker: BrokerUnderTest) -> bool:
    speech = topics.area_speech("conformance", "f" * 64)
    with _device(broker) as device, _gateway(broker) as gateway:
        device.subscribe({topics.area_speech("conformance", "+"): 0})
        gateway.publish(speech, b"x" * SPEECH_MAX_BYTES)
        found = device.next()
        return found is not None and len(found.payload) == SPEECH_MAX_BYTES


def refuses_a_packet_beyond_the_limit(broker: BrokerUnderTest) -> bool:
    with _device(broker) as device:
        try:
            answer = device.publish(STATE, b"x" * (PACKET_MAX_BYTES + 1))
        except GoneError:
            return True
        return answer is None or is_failure(answer)


def refuses_a_client_without_certificate(broker: BrokerUnderTest) -> bool:
    try:
        with CheckClient(broker.endpoint(DEVICE, "nobody")):
            return False
    except GoneError:
        return True


def takes_the_client_id_from_the_certificate(broker: BrokerUnderTest) -> bool:
    """One device cannot throw another off, or get its messages, by its client id."""
    with CheckClient(broker.endpoint(OTHER)) as other:
        try:
            with CheckClient(broker.endpoint(OTHER, DEVICE)) as thief:
                thief.publish(STATE, b"here", qos=0)
                return not other.is_ended(2 * QUIET_S)
        except GoneError:
            return not other.is_ended(2 * QUIET_S)


def a_device_hears_no_other_device(broker: BrokerUnderTest) -> bool:
    with CheckClient(broker.endpoint(OTHER)) as other, _gateway(broker) as gateway:
        try:
            other.subscribe({CMD: 1})
            gateway.publish(CMD, b"for the first")
            return other.payloads() == []
        except GoneError:
            return True


def a_device_speaks_for_no_other_device(broker: BrokerUnderTest) -> bool:
    with CheckClient(broker.endpoint(OTHER)) as other, _gateway(broker) as gateway:
        gateway.subscribe({STATE: 1})
        gateway.payloads()
        try:
            other.publish(STATE, b"forged")
        except GoneError:
            return gateway.payloads() == []
        return gateway.payloads() == []


CHECKS: Final[Mapping[str, Check]] = {
    check.__name__: check
    for check in (
        delivers_with_both_qualities,
        retains_the_newest_and_clears_it,
        a_retained_message_expires,
        queues_for_a_session_that_is_away,
        a_queued_message_expires,
        queues_no_alert,
        a_session_expires,
        publishes_the_will_after_its_delay,
        a_return_in_time_withdraws_the_will,
        notices_a_silent_client,
        a_second_connection_ends_the_first,
        honours_the_receive_maximum,
        takes_the_speech_of_an_alert,
        refuses_a_packet_beyond_the_limit,
        refuses_a_client_without_certificate,
        takes_the_client_id_from_the_certificate,
        a_device_hears_no_other_device,
        a_device_speaks_for_no_other_device,
    )
}
