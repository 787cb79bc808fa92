"""Check of a published message against the protocol's table of channels and the schema of its body."""

from __future__ import annotations

import base64
import json
from functools import cache
from typing import Any

import jsonschema_rs

from devices.protocol import topics
from devices.protocol.messages import Command, Wire
from scripts.protocol import json_schema
from scripts.protocol.channels import Expiry, Retention, WireChannel, channel_of


@cache
def validator(kind: type[Wire]) -> jsonschema_rs.Draft7Validator:
    return jsonschema_rs.Draft7Validator(json_schema.schema_of(kind))


def breaches(topic: str, payload: bytes, *, qos: int, retain: bool, expiry_s: int | None) -> list[str]:
    """Return every way in which the message is not as its channel says; none for a topic of no channel."""
    found = topics.parse(topic)
    channel = channel_of(found.kind, found.request) if found else None
    if channel is None:
        return []
    if not payload:
        return [] if retain and channel.retention is not Retention.NEVER else [f"{topic}: empty and not retained"]
    body = body_of(channel, payload)
    faults = [] if channel.body is None else [error.message for error in validator(channel.body).iter_errors(body)]
    if qos != (0 if is_copy_of_alert(channel, body) else channel.qos):
        faults.append(f"{topic}: QoS {qos}")
    # Of several alerts in force in an area the newest is retained.
    may_be_older = channel.name in {"a/{id}/alert", "a/{id}/drill"} and not retain
    if retain is not (channel.retention is not Retention.NEVER) and not may_be_older:
        faults.append(f"{topic}: retain {retain}")
    if not is_expiry(channel, expiry_s):
        faults.append(f"{topic}: expiry {expiry_s}")
    return faults


def body_of(channel: WireChannel, payload: bytes) -> Any:
    """Return the JSON of a message, of a signed one that of its payload; None for bytes that are no JSON."""
    if channel.body is None:
        return None
    if not channel.signed_by:
        return json.loads(payload)
    part = payload.split(b".")[1]
    return json.loads(base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4)))


def is_copy_of_alert(channel: WireChannel, body: Any) -> bool:
    """Return whether it is an alert for one device: sent with QoS 0, so that no broker queues it."""
    return channel.body is Command and channel.name == "d/{id}/cmd" and body.get("alert") is not None


def is_expiry(channel: WireChannel, expiry_s: int | None) -> bool:
    match channel.expiry:
        case Expiry.NEVER:
            return expiry_s is None
        case Expiry.VALIDITY:
            return expiry_s is not None
        case seconds:
            return expiry_s == seconds
