"""Golden vectors: bytes written from the protocol text, read and written by the code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc.jwk import OKPKey

from devices.protocol import approvals, boards, codec, jws, messages
from devices.protocol.authorisation import AuthorisationKind
from devices.protocol.broker_choice import BrokerChoice
from devices.protocol.errors import BadSignatureError, OversizeError, ProtocolError, StaleError
from devices.protocol.keyset import TrustedKeys
from devices.protocol.live import LiveFrame, SessionDoor, SessionKey
from devices.protocol.messages import KeyRole, Wire
from devices.protocol.officers import TrustedOfficers
from devices.protocol.verdict import read_image, weigh
from firmware_sim.core.clock.clock import Clock


def load(name: str) -> Any:
    return json.loads((Path(__file__).parent / "vectors" / name).read_text(encoding="utf-8"))


BODIES = load("bodies.json")
REFUSED = load("refused.json")
SIGNED = load("signed.json")
VERDICTS = load("verdicts.json")
BOARDS = load("boards.json")
LIVE = load("live.json")
SCREENS = load("screens.json")
IMAGES = load("images.json")
CLOCKS = load("clocks.json")
FENCES = load("fences.json")
APPROVALS = load("approvals.json")
BROKERS = load("brokers.json")


def kind_of(vector: dict[str, Any]) -> type[Wire]:
    kind: type[Wire] = getattr(messages, vector["kind"])
    return kind


@pytest.mark.parametrize("vector", BODIES, ids=lambda v: v["kind"])
def test_a_body_is_read_as_the_text_says(vector: dict[str, Any]) -> None:
    read = msgspec.json.decode(msgspec.json.encode(full(codec.decode(kind_of(vector), vector["wire"].encode()))))
    assert {name: read[name] for name in vector["reads"]} == vector["reads"]


@pytest.mark.parametrize("vector", BODIES, ids=lambda v: v["kind"])
def test_a_body_is_written_as_the_text_says(vector: dict[str, Any]) -> None:
    body = msgspec.convert({"v": 1, **json.loads(vector["wire"])}, kind_of(vector))
    assert codec.encode(body).decode() == vector["wire"]


def test_every_body_that_travels_alone_has_a_vector() -> None:
    parts = {"Wire", "Target", "Audio", "Play", "PlanRef", "PlanItem", "PlanExtra", "BoardItem", "AsRunRecord"}
    parts |= {"BoardLook", "BoardPicture", "Screen", "Relay", "Relayed", "RelayPart", "ProgrammeStageReport"}
    parts |= {"AlertContent", "Live", "Speech", "Shape", "Circle", "QuietHours", "VolumeHours", "PublicKey", "Proof"}
    parts |= {"TestResult", "Install", "BrokerAddress", "Blasts", "Authorisation", "OfficerSignature", "Scope"}
    parts |= {"TestResult", "Install", "BrokerAddress", "Blasts", "HolderPin", "LocalOrder"}
    parts |= {"LocalOrderReport", "RaisedAlert", "OfficerKey", "OfficerRight", "RoundLevels"}
    kinds = {n for n, kind in vars(messages).items() if isinstance(kind, type) and issubclass(kind, Wire)}
    assert {vector["kind"] for vector in BODIES} == kinds - parts


@pytest.mark.parametrize("vector", BOARDS, ids=lambda v: v["why"])
def test_a_text_is_laid_out_as_the_text_says(vector: dict[str, Any]) -> None:
    pages = boards.pages_of(vector["head"], vector["text"], vector["columns"], vector["lines"])
    assert [list(page) for page in pages] == vector["pages"]
    assert boards.text_sha256(vector["head"], vector["text"]) == vector["sha256"]


@pytest.mark.parametrize("vector", SCREENS, ids=lambda v: v["why"])
def test_a_board_shows_what_the_text_says_for_its_size(vector: dict[str, Any]) -> None:
    cells = boards.cells_of(msgspec.convert(vector["screen"], messages.Screen))
    assert list(cells) == vector["cells"]
    if "drill" in vector:
        pages = boards.alert_pages(vector["head"], vector["text"], cells, is_drill=vector["drill"])
    else:
        look = msgspec.convert(vector["look"], messages.BoardLook | None)
        pages = boards.pages_shown(vector["head"], vector["text"], look, cells)
    assert [page._asdict() | {"lines": list(page.lines)} for page in pages] == vector["pages"]


@pytest.mark.parametrize("vector", REFUSED, ids=lambda v: v["wire"][:40])
def test_what_is_no_body_is_refused_with_its_code(vector: dict[str, Any]) -> None:
    with pytest.raises(ProtocolError) as refused:
        codec.decode(kind_of(vector), vector["wire"].encode())
    assert refused.value.code == vector["code"]


def trusted() -> TrustedKeys:
    return TrustedKeys.from_root(SIGNED["root_key"], SIGNED["keyset"].encode())


@pytest.mark.parametrize("vector", [m for m in SIGNED["messages"] if "kid" in m], ids=lambda v: v["name"])
def test_a_signed_message_holds(vector: dict[str, Any]) -> None:
    opened = trusted().verify(vector["jws"].encode(), KeyRole(vector["role"]), SIGNED["now_ms"])
    assert (opened.key.kid, opened.payload.decode()) == (vector["kid"], vector["payload"])


@pytest.mark.parametrize("vector", [m for m in SIGNED["messages"] if "kid" in m], ids=lambda v: v["name"])
def test_signing_writes_the_vectors_bytes(vector: dict[str, Any]) -> None:
    seed = bytes.fromhex(SIGNED["private_keys"][vector["kid"]])
    key = OKPKey.import_key(Ed25519PrivateKey.from_private_bytes(seed))
    assert jws.sign(vector["payload"].encode(), vector["kid"], key).decode() == vector["jws"]


@pytest.mark.parametrize("vector", [m for m in SIGNED["messages"] if "code" in m], ids=lambda v: v["name"])
def test_a_signed_message_does_not_hold(vector: dict[str, Any]) -> None:
    with pytest.raises(ProtocolError) as refused:
        trusted().verify(vector["jws"].encode(), KeyRole(vector["role"]), SIGNED["now_ms"])
    assert refused.value.code == vector["code"]


def test_a_keyset_goes_forward_only_and_only_by_the_root() -> None:
    with pytest.raises(StaleError):
        trusted().renewed(SIGNED["older_keyset"].encode())
    with pytest.raises(BadSignatureError):
        trusted().renewed(SIGNED["forged_keyset"].encode())
    older = TrustedKeys.from_root(SIGNED["root_key"], SIGNED["older_keyset"].encode())
    assert older.renewed(SIGNED["keyset"].encode()).ver == 2


@pytest.mark.parametrize("vector", VERDICTS["cases"], ids=lambda v: v["name"])
def test_a_device_obeys_or_answers_as_the_text_says(vector: dict[str, Any]) -> None:
    outcome = weigh(
        vector["jws"].encode(),
        TrustedKeys.from_root(VERDICTS["root_key"], VERDICTS["keyset"].encode()),
        device_id=VERDICTS["device"]["id"],
        areas=VERDICTS["device"]["areas"],
        groups=VERDICTS["device"]["groups"],
        now_ms=vector["now_ms"],
        seen=vector["seen"],
        cancelled=vector["cancelled"],
        holding_prio=vector["holding_prio"],
        point=tuple(VERDICTS["device"]["point"]),
        is_drill_topic={"alert": False, "drill": True, None: None}[vector["topic"]],
    )
    assert outcome.refusal == vector["code"]


@pytest.mark.parametrize("vector", FENCES["cases"], ids=lambda v: v["name"])
def test_a_device_refuses_a_lower_fence_as_the_text_says(vector: dict[str, Any]) -> None:
    outcome = weigh(
        vector["jws"].encode(),
        TrustedKeys.from_root(FENCES["root_key"], FENCES["keyset"].encode()),
        device_id=FENCES["device"]["id"],
        areas=FENCES["device"]["areas"],
        groups=(),
        now_ms=FENCES["now_ms"],
        seen=(),
        fence=vector["fence"],
    )
    assert outcome.command is not None
    assert (outcome.command.fence, outcome.refusal) == (vector["signed_fence"], vector["code"])


def officers_in(name: str | None) -> TrustedOfficers | None:
    root = jws.verifying_key(APPROVALS["root_key"])
    return None if name is None else TrustedOfficers.from_root(root, APPROVALS["officers"][name].encode())


@pytest.mark.parametrize("vector", APPROVALS["cases"], ids=lambda v: v["name"])
def test_a_device_requires_the_signatures_of_people_as_the_text_says(vector: dict[str, Any]) -> None:
    outcome = weigh(
        vector["jws"].encode(),
        TrustedKeys.from_root(APPROVALS["root_key"], APPROVALS["keyset"].encode()),
        device_id=APPROVALS["device"]["id"],
        areas=APPROVALS["device"]["areas"],
        groups=(),
        now_ms=APPROVALS["now_ms"],
        seen=(),
        officers=officers_in(vector["officers"]),
    )
    assert outcome.refusal == vector["code"]


@pytest.mark.parametrize("vector", APPROVALS["refused_officers"], ids=lambda v: v["name"])
def test_officers_go_forward_only_and_only_by_the_root(vector: dict[str, Any]) -> None:
    held = officers_in("required")
    with pytest.raises(ProtocolError) as refused:
        TrustedOfficers.from_root(jws.verifying_key(APPROVALS["root_key"]), vector["jws"].encode()).after(held)
    assert refused.value.code == vector["code"]


def test_a_statement_is_written_as_the_text_says() -> None:
    signed = jws.open_signed(
        APPROVALS["cases"][0]["jws"].encode(),
        TrustedKeys.from_root(APPROVALS["root_key"], APPROVALS["keyset"].encode()).verifiers,
    )
    order = codec.decode(messages.Command, signed[1])
    statement = approvals.statement_of(order, AuthorisationKind.TWO_PEOPLE)
    assert codec.encode(statement).decode() == APPROVALS["statement"]


def images_trust() -> TrustedKeys:
    return TrustedKeys.from_root(IMAGES["root_key"], IMAGES["keyset"].encode())


@pytest.mark.parametrize("vector", IMAGES["holds"], ids=lambda v: v["name"])
def test_an_images_manifest_is_read_as_the_text_says(vector: dict[str, Any]) -> None:
    read = read_image(vector["jws"].encode(), images_trust(), IMAGES["now_ms"])
    assert msgspec.to_builtins(read) == vector["reads"]


@pytest.mark.parametrize("vector", IMAGES["refused"], ids=lambda v: v["name"])
def test_what_nobody_vouches_for_is_no_image(vector: dict[str, Any]) -> None:
    with pytest.raises(ProtocolError) as refused:
        read_image(vector["jws"].encode(), images_trust(), IMAGES["now_ms"])
    assert refused.value.code == vector["code"]


def frame_of(vector: dict[str, Any]) -> LiveFrame:
    packets = tuple(bytes.fromhex(packet) for packet in vector["packets"])
    return LiveFrame(vector["seq"], vector["captured_at"], packets)


@pytest.mark.parametrize("vector", LIVE["holds"], ids=lambda v: v["name"])
def test_a_live_frame_is_read_and_sealed_as_the_text_says(vector: dict[str, Any]) -> None:
    key = SessionKey(Ed25519PrivateKey.from_private_bytes(bytes.fromhex(LIVE["private_key"])))
    assert key.x == LIVE["public_key"]
    assert key.seal(LIVE["session"], frame_of(vector)).hex() == vector["frame"]
    opened = SessionDoor(LIVE["session"], LIVE["public_key"]).open(bytes.fromhex(vector["frame"]))
    assert opened == frame_of(vector)


@pytest.mark.parametrize("vector", LIVE["refused"], ids=lambda v: v["name"])
def test_what_is_no_frame_of_the_session_is_refused_with_its_code(vector: dict[str, Any]) -> None:
    with pytest.raises(ProtocolError) as refused:
        SessionDoor(LIVE["session"], LIVE["public_key"]).open(bytes.fromhex(vector["frame"]))
    assert refused.value.code == vector["code"]


def test_a_session_key_is_another_each_time_and_seals_no_frame_beyond_the_limit() -> None:
    assert SessionKey().x != SessionKey().x
    with pytest.raises(OversizeError):
        SessionKey().seal("s", LiveFrame(0, 0, (bytes(4096),)))


def full(body: object) -> object:
    """Return a body as plain values with its defaults written out."""
    if isinstance(body, Wire):
        return {name: full(getattr(body, name)) for name in body.__struct_fields__}
    if isinstance(body, list):
        return [full(part) for part in body]
    if isinstance(body, dict):
        return {name: full(part) for name, part in body.items()}
    return body


@pytest.mark.parametrize("vector", CLOCKS, ids=lambda v: v["why"])
def test_a_device_believes_the_time_that_the_text_says(vector: dict[str, Any]) -> None:
    device = vector["device"]
    clock = Clock(is_known=device["is_known"], off_ms=device["off"], floor_ms=device["floor"], local_ms=device["local"])
    for step in vector["steps"]:
        if "beacon" in step:
            clock.take_beacon(step["beacon"], step["local"])
        else:
            clock.prove(step["synced"], step["asked"], step["local"])
    local = vector["local"]
    assert (clock.now(local), clock.server_now(local), clock.floor_ms) == (
        vector["now"],
        vector.get("server"),
        vector["floor"],
    )


@pytest.mark.parametrize("vector", BROKERS, ids=lambda v: v["name"])
def test_a_device_chooses_the_broker_that_the_text_says(vector: dict[str, Any]) -> None:
    host, port = vector["delivered"]
    choice = BrokerChoice((host, port), 1.0, 120.0)
    for step in vector["steps"]:
        match step["event"]:
            case "desired":
                choice.follow(codec.decode(messages.Desired, step["wire"].encode()))
            case "lost":
                choice.lost(by_broker=step["by_broker"])
            case "failed":
                choice.failed()
            case "home answers":
                choice.go_home()
        assert [*choice.address] == step["broker"], step
        assert choice.window_s() * 1000 == step["window_ms"], step
