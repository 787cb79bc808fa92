from __future__ import annotations

import pytest

from bench.load.shared_approvals import REMEMBERED, shared_officers, shared_unapproved
from bench.load.swarm_device import shared_command
from devices.protocol import codec, jws
from devices.protocol.approvals import ApprovalRefusal
from devices.protocol.errors import ProtocolError
from devices.protocol.keyset import ROOT_KID
from devices.protocol.messages import Command, CommandType, Target
from devices.protocol.officers import TrustedOfficers
from firmware_sim.core.commands.command_handler import read_command
from tests.builders.officers import SigningOfficer, an_alert, officers, signed
from tests.unit.protocol.trust import MINUTE_MS, NOW_MS, ROOT


def _payload(number: int) -> bytes:
    command = Command(
        v=1,
        cid=f"c-{number}",
        type=CommandType.STOP,
        iat=number,
        nbf=number,
        exp=number + 1,
        target=Target(areas=["x"]),
        prio=9,
    )
    return codec.encode(command)


def test_a_swarm_reads_the_same_bytes_once_and_each_device_gets_what_it_would_have_read() -> None:
    found = shared_command(_payload(1))
    assert found == read_command(_payload(1))
    assert shared_command(_payload(1)) is found
    assert shared_command(_payload(2)) == read_command(_payload(2))


def test_what_is_no_command_is_refused_each_time() -> None:
    for _ in range(2):
        with pytest.raises(ProtocolError):
            shared_command(b'{"v":1}')


def test_a_swarm_does_not_remember_for_ever() -> None:
    first = shared_command(_payload(1))
    for number in range(2, REMEMBERED + 3):
        shared_command(_payload(number))
    assert shared_command(_payload(1)) is not first


def test_a_swarm_judges_the_same_signatures_once_for_each_chain_and_never_another_alert(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    an, binh = SigningOfficer("an", {"huyen-1": 3}), SigningOfficer("binh", {"huyen-1": 3})
    source = jws.sign(codec.encode(officers(an, binh, open_until=NOW_MS - MINUTE_MS).keyset), ROOT_KID, ROOT)
    known = shared_officers(ROOT, source)
    assert shared_officers(ROOT, source) is known
    order, unsigned = signed(an_alert(), an, binh), an_alert()
    verified: list[str] = []
    verify = TrustedOfficers.verify

    def noted(who: TrustedOfficers, kid: str, signature: bytes, data: bytes) -> None:
        verified.append(kid)
        verify(who, kid, signature, data)

    monkeypatch.setattr(TrustedOfficers, "verify", noted)
    here, elsewhere = ["xa-1", "huyen-1"], ["xa-1", "huyen-2"]
    for _ in range(3):
        assert shared_unapproved(order, None, areas=here, now_ms=NOW_MS) is None
        assert shared_unapproved(order, known, areas=here, now_ms=NOW_MS) is None
        assert shared_unapproved(order, known, areas=elsewhere, now_ms=NOW_MS) == ApprovalRefusal.RIGHTS
        assert shared_unapproved(unsigned, known, areas=here, now_ms=NOW_MS) == ApprovalRefusal.MISSING
        assert shared_unapproved(unsigned, known, areas=here, now_ms=NOW_MS - 2 * MINUTE_MS) is None
    assert verified == [an.kid, binh.kid]


def test_a_swarm_does_not_remember_judgements_for_ever() -> None:
    known = TrustedOfficers(officers(SigningOfficer("an")).keyset)
    for number in range(REMEMBERED + 2):
        command = an_alert(cid=f"c-{number}")
        assert shared_unapproved(command, known, areas=["xa-1"], now_ms=NOW_MS) == ApprovalRefusal.MISSING
