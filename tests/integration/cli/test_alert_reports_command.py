"""``loa alert-reports`` as an operator types it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from cms.alert_reports.repository import HearingPlaces
from cms.alert_reports.tables import DeviceHearingRow
from cms.audit.jobs import KID
from cms.fleet.repository.devices import Devices
from devices.enrolment import make_signing_key
from devices.model import Device, DeviceId, DeviceKind
from devices.protocol import jws
from tests.integration.cli.test_commands import COMMUNE, Terminal

BOX = Device(DeviceId("d1"), "s1", "Cụm loa 1", DeviceKind.CLUSTER, COMMUNE, datetime(2026, 1, 1, tzinfo=UTC))


def typed(tmp_path: Path, *lines: str) -> str:
    path = tmp_path / "hearing.csv"
    path.write_text("\n".join(["id,inhabitants,hearing_m", *lines]) + "\n", encoding="utf-8")
    return str(path)


def test_inhabitants_and_radii_are_loaded(terminal: Terminal, tmp_path: Path) -> None:
    with terminal.units() as unit:
        unit[Devices].add(BOX)
        unit.commit()
    file = typed(tmp_path, f"{COMMUNE},11200,", f"{BOX.id},,650")
    assert terminal.ok("alert-reports", "load", file) == ["1 areas, 1 devices"]
    with terminal.units() as unit:
        assert unit[HearingPlaces].inhabitants() == {COMMUNE: 11_200}
        row = unit.session.get(DeviceHearingRow, BOX.id)
        assert row is not None
        assert (row.hearing_m, row.inhabitants) == (650, None)


def test_a_file_with_faults_is_refused_whole(terminal: Terminal, tmp_path: Path) -> None:
    file = typed(tmp_path, f"{COMMUNE},11200,", "nowhere,5,", f"{COMMUNE},many,", f"{COMMUNE},5,400")
    told = terminal.refused("alert-reports", "load", file)
    for line in ("line 3: AREA_UNKNOWN", "line 4: OUT_OF_BOUNDS", "line 5: OUT_OF_BOUNDS"):
        assert line in told
    with terminal.units() as unit:
        assert unit[HearingPlaces].inhabitants() == {}
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n")
    assert "the first line has to be" in terminal.refused("alert-reports", "load", str(other))


def test_files_are_checked_against_their_signature(terminal: Terminal, tmp_path: Path) -> None:
    key = jws.signing_key(make_signing_key())
    paper, content, signature = (tmp_path / name for name in ("r.pdf", "r.json", "r.jws"))
    paper.write_bytes(b"paper")
    content.write_bytes(b"content")
    hashes = {"json_sha256": sha256(b"content").hexdigest(), "pdf_sha256": sha256(b"paper").hexdigest()}
    statement = json.dumps({"alert_id": "a1", "version": 2, "as_of": "2026-11-30", **hashes}).encode()
    signature.write_bytes(jws.sign(statement, KID, key))
    check = ("alert-reports", "verify", str(signature), str(paper), str(content), "--key", jws.public_x(key))
    assert terminal.ok(*check) == ["as signed: alert a1, version 2, as of 2026-11-30"]
    paper.write_bytes(b"another")
    assert "not as signed: r.pdf" in terminal.refused(*check)
    assert "not by this key" in terminal.refused(*check[:5])
