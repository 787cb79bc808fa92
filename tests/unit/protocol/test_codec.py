from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.protocol import codec, messages
from devices.protocol.errors import MalformedError, OversizeError
from devices.protocol.limits import MESSAGE_MAX_BYTES, PLAN_MAX_BYTES
from devices.protocol.messages import Ack, Beacon, Command, DeviceEvent, ExecutionState, Manifest, Plan, PlanRef, Wire
from tests.unit.protocol.trust import SHA, alert, command

BODIES: list[type[Wire]] = [
    *(messages.Command, messages.Manifest, messages.Plan, messages.Desired, messages.Beacon, messages.Keyset),
    *(messages.State, messages.Ack, messages.DeviceEvent, messages.SyncRequest, messages.Telemetry),
]


def test_the_same_body_gives_the_same_bytes_whatever_order_its_days_were_put_in() -> None:
    ref = PlanRef(sha256=SHA, bytes=1)
    one = Manifest(v=1, area="xa-1", ver=1, iat=0, days={"2026-01-02": ref, "2026-01-01": ref})
    other = Manifest(v=1, area="xa-1", ver=1, iat=0, days={"2026-01-01": ref, "2026-01-02": ref})
    assert codec.encode(one) == codec.encode(other)


def test_unknown_fields_are_ignored() -> None:
    assert codec.decode(Beacon, b'{"v":1,"now":5,"keyset":1,"leap":{"deep":[1,2]}}') == Beacon(v=1, now=5, keyset=1)


def test_an_unknown_command_type_and_an_unknown_code_are_readable() -> None:
    assert codec.decode(Command, codec.encode(command(type="sing"))).type == "sing"
    found = codec.decode(Ack, b'{"v":1,"st":"rejected","ts":1,"n":1,"boot":"b","code":"NEW_REASON"}')
    assert found.code == "NEW_REASON"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"\xff\xfe",
        b"\xef\xbb\xbf{}",
        b'{"v":1,"now":5}',
        b'{"v":2,"now":5,"keyset":1}',
        b'{"v":"1","now":5,"keyset":1}',
        b'{"v":1,"now":-5,"keyset":1}',
        b'{"v":1,"now":9007199254740992,"keyset":1}',
        b'{"v":1,"now":1.5,"keyset":1}',
        b'{"v":1,"now":5,"keyset":1} extra',
        b'{"v":1,"now":5,"keyset":1,"x":' + b"[" * 16000,
    ],
)
def test_what_is_no_beacon_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedError) as refused:
        codec.decode(Beacon, data)
    assert refused.value.code == "MALFORMED"


def test_deep_nesting_is_read_past_or_refused_as_the_interpreter_allows() -> None:
    deep = b'{"v":1,"now":5,"keyset":1,"x":' + b"[" * 8000 + b"]" * 8000 + b"}"
    try:
        read = codec.decode(Beacon, deep)
    except MalformedError:
        return
    assert read == Beacon(v=1, now=5, keyset=1)


@pytest.mark.parametrize("sha256", ["", "AB" * 32, "ab" * 31, "ab" * 33, "../" + "a" * 61, "ab" * 32 + "\\n"])
def test_a_hash_that_could_name_another_file_is_malformed(sha256: str) -> None:
    data = codec.encode(command()).replace(SHA.encode(), sha256.encode())
    with pytest.raises(MalformedError):
        codec.decode(Command, data)


@pytest.mark.parametrize("item", ["", "../x", "a/b", "a b", "a" * 81, "a\\n", "ạ"])
def test_an_item_that_could_name_another_file_is_malformed(item: str) -> None:
    with pytest.raises(MalformedError):
        codec.decode(Ack, f'{{"v":1,"st":"ready","ts":1,"n":1,"boot":"b","items":["{item}"]}}'.encode())


def test_a_message_beyond_its_size_is_neither_written_nor_read() -> None:
    big = DeviceEvent(v=1, type="fault", ts=0, boot="b", detail="x" * MESSAGE_MAX_BYTES)
    with pytest.raises(OversizeError) as refused:
        codec.encode(big)
    assert (refused.value.code, refused.value.limit) == ("TOO_BIG", MESSAGE_MAX_BYTES)
    with pytest.raises(OversizeError):
        codec.decode(DeviceEvent, b" " * (MESSAGE_MAX_BYTES + 1))


def test_a_plan_may_be_larger_than_a_message() -> None:
    data = b'{"v":1,"area":"xa-1","day":"2026-01-01","items":[]}'
    assert codec.decode(Plan, data + b" " * MESSAGE_MAX_BYTES).items == []
    with pytest.raises(OversizeError):
        codec.decode(Plan, b" " * (PLAN_MAX_BYTES + 1))


def test_every_standing_has_a_rank_and_the_end_outranks_the_way() -> None:
    assert set(codec.RANK) == set(ExecutionState)
    ladder = [
        ExecutionState.RECEIVED,
        ExecutionState.READY,
        ExecutionState.STARTED,
        ExecutionState.DONE,
        ExecutionState.CUT,
        ExecutionState.FAILED,
    ]
    assert [codec.RANK[s] for s in ladder] == sorted({codec.RANK[s] for s in ladder})


@given(kind=st.sampled_from(BODIES), data=st.binary(max_size=400))
def test_arbitrary_bytes_give_a_body_or_our_own_error(kind: type[Wire], data: bytes) -> None:
    try:
        assert isinstance(codec.decode(kind, data), kind)
    except MalformedError:
        return


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
EXAMPLES: list[Wire] = [
    command(),
    alert(),
    Ack(v=1, st=ExecutionState.READY, ts=1, n=1, boot="b", items=["i-1"], plan=SHA, clk_ms=-3),
    Manifest(v=1, area="xa-1", ver=3, iat=5, days={"2026-01-01": PlanRef(sha256=SHA, bytes=9)}),
]


@given(body=st.sampled_from(EXAMPLES), data=st.data())
def test_mutated_bytes_give_a_body_or_our_own_error(body: Wire, data: st.DataObject) -> None:
    source = bytearray(codec.encode(body))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(source) - 1))
        source[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    try:
        read = codec.decode(type(body), bytes(source))
    except MalformedError:
        return
    assert codec.decode(type(body), codec.encode(read)) == read


@given(body=st.sampled_from(EXAMPLES))
def test_what_is_written_is_read_back(body: Wire) -> None:
    assert codec.decode(type(body), codec.encode(body)) == body
