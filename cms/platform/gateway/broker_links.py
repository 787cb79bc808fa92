"""Links to the broker: the one place that makes connections of the settings, for the gateway and in a device's name."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from cms.platform.context import Context
from devices.enrolment import GATEWAY_NAME
from devices.mqtt.link import Endpoint, Incoming, MqttDeviceLink
from devices.mqtt.subscriber import MqttSubscriber


def sender(context: Context, on_ready: Callable[[], None]) -> MqttDeviceLink:
    """Build the link that publishes; ``on_ready`` is called at each connection."""
    return MqttDeviceLink(_own(context, GATEWAY_NAME), subscriptions={}, on_message=lambda _: None, on_ready=on_ready)


def subscriber(
    context: Context,
    name: str,
    subscriptions: Mapping[str, int],
    on_messages: Callable[[Sequence[Incoming]], object],
) -> MqttSubscriber:
    """Build a link that listens under this name of ours."""
    return MqttSubscriber(_own(context, name), subscriptions=subscriptions, on_messages=on_messages)


def endpoints(context: Context, client_id: str, certificate: Path, key: Path) -> Sequence[Endpoint]:
    """Return the address of each broker at which this client may have a session."""
    settings = context.settings
    ca = context.keyring.folder / "ca.pem"
    return [Endpoint(settings.mqtt_local_host, settings.mqtt_port, client_id, ca, certificate, key)]


def _own(context: Context, name: str) -> Endpoint:
    keys = context.keyring.folder
    return endpoints(context, name, keys / f"{name}.pem", keys / f"{name}.key")[0]
