"""``docs/protocol/`` is generated from the code, agrees with docs/protocol.md, and is what broker and codec enforce."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from devices.mqtt.broker import render_acl
from devices.protocol import codec, messages, topics
from devices.protocol.errors import ProtocolError
from devices.protocol.messages import Wire
from devices.protocol.topics import TopicKind
from scripts.protocol import asyncapi, json_schema
from scripts.protocol.channels import CHANNELS, Expiry, PublishingClient, WireChannel
from tests.contract.protocol.test_document import rows, section
from tests.contract.protocol.test_vectors import BODIES, IMAGES, REFUSED, SIGNED, VERDICTS, kind_of
from tests.wire import validator

DOCUMENTS = Path(__file__).parents[3] / "docs" / "protocol"
ASYNCAPI = json.loads((DOCUMENTS / asyncapi.FILE).read_text(encoding="utf-8"))
SCHEMAS = json.loads((DOCUMENTS / json_schema.FILE).read_text(encoding="utf-8"))
NOT_IN_A_SCHEMA = {
    "": "no JSON",
    '{"v":1,"now":1764000000000,"keyset":1}}': "no JSON",
}
"""Bodies of ``refused.json`` that no schema is applied to."""
ODD: tuple[Any, ...] = (
    *(None, True, False, -1, 0, 1, 2, 5, 101, 300_001, 2**53 - 1, 2**53, -1.5, [], {}, [None], {"a": 1}, ["a"]),
    *("", "a", "A", "a b", "../a", "a\n", "2025-11-25", "24:00", "ữ" * 40, "x" * 41, "x" * 301, "f" * 64, "x" * 16_385),
)


@pytest.mark.parametrize("module", [asyncapi, json_schema])
def test_the_documents_are_what_make_protocol_writes(module: Any) -> None:
    text = (DOCUMENTS / module.FILE).read_text(encoding="utf-8")
    assert text == json.dumps(module.document(), ensure_ascii=False, indent=1) + "\n", "run make protocol"


def test_the_schemas_are_draft_7_and_hold_every_body() -> None:
    jsonschema_rs.meta.validate(SCHEMAS)
    assert set(SCHEMAS["definitions"]) - set(json_schema.bodies()) == {"ExecutionState"}
    assert set(json_schema.bodies()) <= set(SCHEMAS["definitions"])


@pytest.mark.parametrize("vector", BODIES, ids=lambda v: v["kind"])
def test_a_golden_body_is_valid(vector: dict[str, Any]) -> None:
    validator(kind_of(vector)).validate(json.loads(vector["wire"]))


def test_the_golden_signed_messages_carry_valid_bodies() -> None:
    found = [
        (case["jws"], "Command") for case in VERDICTS["cases"] if case["code"] not in ("BAD_SIGNATURE", "MALFORMED")
    ]
    found += [(keyset, "Keyset") for keyset in (SIGNED["keyset"], SIGNED["older_keyset"], VERDICTS["keyset"])]
    found += [(case["jws"], "Image") for case in IMAGES["holds"]]
    for jws, name in found:
        assert re.fullmatch(asyncapi.JWS_PATTERN, jws), jws[:80]
        validator(json_schema.bodies()[name]).validate(payload_of(jws))


@pytest.mark.parametrize("vector", REFUSED, ids=lambda v: v["wire"][:40])
def test_a_body_that_is_refused_is_outside_the_schema(vector: dict[str, Any]) -> None:
    if vector["wire"] in NOT_IN_A_SCHEMA:
        with pytest.raises(ValueError, match=r"Expecting value|Extra data"):
            json.loads(vector["wire"])
    else:
        assert not validator(kind_of(vector)).is_valid(json.loads(vector["wire"]))


@pytest.mark.parametrize("name", sorted({vector["kind"] for vector in BODIES}))
def test_the_codec_takes_exactly_the_bodies_of_the_schema(name: str) -> None:
    """Every value of every golden body is left out, and replaced by every odd one."""
    kind = json_schema.bodies()[name]
    differing = [
        json.dumps(body)[:300]
        for vector in BODIES
        if vector["kind"] == name
        for body in changed(json.loads(vector["wire"]))
        if validator(kind).is_valid(body) is not is_taken(kind, body)
    ]
    assert differing == []


def test_a_whole_number_has_no_fraction_though_a_schema_lets_it() -> None:
    """The one difference of codec and schema, and the document says so."""
    body = {"v": 1, "now": 1.0, "keyset": 1}
    assert validator(messages.Beacon).is_valid(body)
    assert not is_taken(messages.Beacon, body)
    assert is_taken(messages.Beacon, {**body, "now": 1})
    assert "MUST write an integer without fraction and exponent" in " ".join(section("## Messages").split())


def test_every_channel_has_its_row_in_the_document() -> None:
    details = {row[0]: row[1:] for row in rows(section("## Topics"))}
    for channel in CHANNELS:
        writer, qos, retained, expires, body = details[channel.kind.value]
        assert writer.startswith(channel.publisher.value), channel.name
        assert int(qos) == channel.qos, channel.name
        assert retained.startswith(channel.retention.value), channel.name
        assert is_said(channel, expires, body), channel.name
        assert body.startswith("signed ") is (channel.body is not None and bool(channel.signed_by)), channel.name
        assert channel.body is None or channel.body.__name__ in body, channel.name
    assert {channel.kind for channel in CHANNELS} == set(TopicKind)


def test_the_keys_that_sign_a_channel_are_those_of_the_document() -> None:
    for channel in CHANNELS:
        name = "" if channel.body is None else channel.body.__name__
        assert {role for role, what in signers() if re.search(rf"\b{name}\b", what)} >= set(channel.signed_by), (
            channel.name
        )


def test_the_broker_lets_exactly_the_publisher_write() -> None:
    """The access list of devices and gateway; boxes have a broker of their own, which is not mosquitto."""
    lines = render_acl().splitlines()
    of_devices = {line.removeprefix("pattern write ") for line in lines if line.startswith("pattern write ")}
    gateway = lines[: lines.index("")]
    of_gateway = {line.removeprefix("topic write ") for line in gateway if line.startswith("topic write ")}
    for channel in CHANNELS:
        if channel.kind in (TopicKind.BOOT_UP, TopicKind.BOOT_DOWN):
            continue
        is_devices = channel.publisher is PublishingClient.DEVICE
        address = f"{topics.ROOT}/{re.sub(r'{.*?}', 'x', channel.name)}"
        assert any(covers(each.replace("%u", "x"), address) for each in of_devices) is is_devices, address
        assert any(covers(each, address) for each in of_gateway) is not is_devices, address


def test_the_asyncapi_document_is_whole() -> None:
    assert ASYNCAPI["asyncapi"] == "3.0.0"
    assert {"title", "version"} <= set(ASYNCAPI["info"])
    references = list(references_in(ASYNCAPI))
    assert len(references) > len(CHANNELS) * 4
    for reference in references:
        file, path = reference.split("#")
        found: Any = SCHEMAS if file == f"./{json_schema.FILE}" else ASYNCAPI
        assert file in ("", f"./{json_schema.FILE}"), reference
        for part in path.strip("/").split("/"):
            found = found[part]
    for name, channel in ASYNCAPI["channels"].items():
        assert set(re.findall(r"\{(\w+)\}", channel["address"])) == set(channel.get("parameters", {})), name
        assert topics.parse(re.sub(r"\{sha256\}", "f" * 64, channel["address"]).replace("{", "").replace("}", "")), name
        assert all(each["description"] for each in channel.get("parameters", {}).values()), name


def test_every_channel_has_one_operation_a_devices() -> None:
    actions = {key: each["action"] for key, each in ASYNCAPI["operations"].items()}
    assert actions == {
        f"{action}-{asyncapi.key_of(channel)}": action
        for channel in CHANNELS
        for action in ["receive" if channel.publisher is PublishingClient.GATEWAY else "send"]
    }
    for operation in ASYNCAPI["operations"].values():
        (message,) = operation["messages"]
        assert message["$ref"].startswith(operation["channel"]["$ref"] + "/messages/")


def payload_of(jws: str) -> Any:
    part = jws.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def is_said(channel: WireChannel, expires: str, body: str) -> bool:
    """Return whether a row states the expiry; that of a request which differs stands beside its body."""
    match channel.expiry:
        case Expiry.NEVER | Expiry.VALIDITY:
            return expires.startswith(channel.expiry.value.rstrip("`"))
        case 86_400:
            return expires == "1 d" or re.search(rf"`{channel.request}`: \w+, expires after 1 d", body) is not None
        case seconds:
            return expires == f"{seconds} s"


def signers() -> Iterator[list[str]]:
    for line in section("## Signatures").splitlines():
        if line.startswith("| ") and not line.startswith("| signed by"):
            roles, what = (cell.strip() for cell in line.strip("|").split("|"))
            yield from ([role, what] for role in roles.split(" or "))


def covers(filter_: str, topic: str) -> bool:
    """Return whether an MQTT topic filter matches."""
    pattern = re.escape(filter_).replace(r"\+", "[^/]+").replace(r"\#", ".*").replace("/#", "(/.*)?")
    return re.fullmatch(pattern.replace(r"\$", "$"), topic) is not None


def references_in(part: Any) -> Iterator[str]:
    match part:
        case {"$ref": str(reference)}:
            yield reference
        case dict():
            for each in part.values():
                yield from references_in(each)
        case list():
            for each in part:
                yield from references_in(each)


def changed(body: Any) -> Iterator[Any]:
    """Yield the body with one value left out or replaced, for every value at every depth; and the odd values alone."""
    yield from ODD
    for path in paths(body):
        for odd in ODD:
            yield put(body, path, odd)
        yield put(body, path)


def paths(body: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    keys = body if isinstance(body, dict) else range(len(body)) if isinstance(body, list) else ()
    for key in keys:
        yield (*path, key)
        yield from paths(body[key], (*path, key))


def put(body: Any, path: tuple[Any, ...], *value: Any) -> Any:
    """Return a copy with ``value`` at ``path``, or without it."""
    copy = deepcopy(body)
    at = copy
    for key in path[:-1]:
        at = at[key]
    if value:
        at[path[-1]] = value[0]
    else:
        del at[path[-1]]
    return copy


def is_taken(kind: type[Wire], body: Any) -> bool:
    try:
        codec.decode(kind, json.dumps(body).encode())
    except ProtocolError:
        return False
    return True
