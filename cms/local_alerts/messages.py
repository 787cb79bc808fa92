"""Local orders of a device: the signed message, by what the store holds when it is sent."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from broadcast.alerts.local_alerts import LocalAlert, LocalIssue, order_of
from broadcast.alerts.model import Audience
from cms.alerts.service.order_commands import TONE_MS, command_of
from cms.fleet.repository.devices import Devices
from cms.local_alerts.repository import LocalIssues
from cms.local_alerts.service.issues import WantedOrders, wanted_by
from cms.platform.gateway.messages import OutgoingMessage, to_ms
from cms.platform.gateway.outbox_handlers import OutboxHandler, OutboxMeans, of_subject
from cms.platform.store.kinds import OutboxKind
from devices.model import Device, DeviceId
from devices.protocol import codec, topics
from devices.protocol.limits import IAT_AHEAD_MAX_MS
from devices.protocol.messages import AlertContent, HolderPin, LocalOrder, LocalOrders


def handlers(means: OutboxMeans) -> Mapping[OutboxKind, OutboxHandler]:
    """Return the handler of rows about a device's local orders."""
    return {OutboxKind.LOCAL_ORDERS: of_subject(LocalOrderMessages(means).build)}


class LocalOrderMessages:
    """Builder of local orders, each from one moment of the store."""

    def __init__(self, means: OutboxMeans) -> None:
        self._means = means

    def build(self, subject_id: str, now: datetime) -> Sequence[OutgoingMessage]:
        """Build the device's orders, or their withdrawal; none if the issue has expired. Raises NotFoundError."""
        context, device_id = self._means.context, DeviceId(subject_id)
        with context.uow.reading() as unit:
            device, issue = unit[Devices].get(device_id), unit[LocalIssues].get(device_id)
            wanted = wanted_by(unit, [device])[device_id]
        if issue.valid_until_at <= now:
            return []
        body = orders_of(device, issue, wanted, self._means.letters.epoch.value, context.settings.alert_tone_ms)
        payload = context.keyring.sign_alert(body)
        expiry_s = max(1, int((issue.valid_until_at - now).total_seconds()))
        return [OutgoingMessage(topics.device_local(device_id), payload, retain=True, expiry_s=expiry_s)]


def orders_of(
    device: Device, issue: LocalIssue, wanted: WantedOrders, epoch: int, tone_ms: int = TONE_MS
) -> LocalOrders:
    """Return the body: without orders and holders where nothing may be raised there any more."""
    is_withdrawn = not issue.mark or not wanted.mark(device.area_id)
    return LocalOrders(
        v=codec.VERSION,
        device=device.id,
        area=device.area_id,
        ver=issue.number,
        iat=to_ms(issue.issued_at),
        nbf=to_ms(issue.issued_at) - IAT_AHEAD_MAX_MS,
        exp=to_ms(issue.valid_until_at),
        epoch=epoch,
        holders=[]
        if is_withdrawn
        else [HolderPin(id=each.id, salt=each.salt, pin_hash=each.pin_hash) for each in wanted.holders],
        orders=[] if is_withdrawn else [_order(device, each, issue, tone_ms) for each in wanted.alerts],
    )


def _order(device: Device, local: LocalAlert, issue: LocalIssue, tone_ms: int) -> LocalOrder:
    at = issue.issued_at
    order = order_of(
        local, local.id, origin_id=device.id, audience=Audience(), issued_at=at, expires_at=issue.valid_until_at
    )
    content = command_of(order, tone_ms).alert
    assert isinstance(content, AlertContent)
    return LocalOrder(id=local.id, lasts_ms=local.minutes * 60_000, alert=replace(content, issued_at=0))
