"""Local orders: alerts signed beforehand for one device at one place, and the reports of those raised there.

A key holder raises one with a key and a PIN at the box, with every network gone.
"""

from typing import Annotated

from msgspec import Meta

from devices.protocol.commands import AlertContent
from devices.protocol.fields import Count, Id, Instant, LongId, Wire
from devices.protocol.limits import KEY_HOLDERS_MAX, LOCAL_ORDERS_MAX, RAISED_ALERTS_MAX

Salt = Annotated[str, Meta(pattern=r"^[0-9a-f]{32}\Z")]
PinHash = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]


class HolderPin(Wire, frozen=True):
    """A holder of a key of this device. ``pin_hash``: scrypt of the PIN, see ``key_presses.pin_hash``; no name."""

    id: Id
    salt: Salt
    pin_hash: PinHash


class LocalOrder(Wire, frozen=True):
    """One alert that may be raised at the device. It ends ``lasts_ms`` after the key was turned.

    ``alert.issued_at`` is 0: it is set when the alert is raised. ``alert.id`` is the ``id`` of this order.
    """

    id: Id
    lasts_ms: Annotated[int, Meta(ge=60_000, le=86_400_000)]
    alert: AlertContent


class LocalOrders(Wire, frozen=True):
    """Signed with the alert key, retained on ``d/{id}/local``: all that may be raised at this device, and who may.

    It holds from ``nbf`` to ``exp``, for this ``device``, while ``area`` is in its chain; a higher (``epoch``, ``ver``)
    replaces it. Without orders nothing may be raised: so it is withdrawn. ``orders`` in the order of the key's numbers.
    """

    v: int
    device: Id
    area: Id
    ver: Count
    iat: Instant
    nbf: Instant
    exp: Instant
    epoch: Count = 0
    holders: Annotated[list[HolderPin], Meta(max_length=KEY_HOLDERS_MAX)] = []
    orders: Annotated[list[LocalOrder], Meta(max_length=LOCAL_ORDERS_MAX)] = []


class RaisedAlert(Wire, frozen=True):
    """Alert that was raised at the device; ``cid`` is ``key_presses.raised_id`` of device, order and ``at``.

    ``ver``: of the LocalOrders that allowed it. ``exp``: when it ends. Told until the server's receipt names ``cid``.
    """

    cid: LongId
    order: Id
    holder: Id
    ver: Count
    at: Instant
    exp: Instant


class LocalOrderReport(Wire, frozen=True):
    """Local orders that a device holds: ``count`` of version ``ver`` until ``exp``; ``wrong_pins`` in a row.

    ``spoken``: of so many of the orders all speech is on flash.
    """

    ver: Count = 0
    exp: Instant = 0
    count: Count = 0
    wrong_pins: Count = 0
    spoken: Count = 0
    raised: Annotated[list[RaisedAlert], Meta(max_length=RAISED_ALERTS_MAX)] = []
