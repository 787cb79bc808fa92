"""``loa devices register``: boxes from a spreadsheet. An approved retirement revokes the certificate."""

from __future__ import annotations

from pathlib import Path

from cms.fleet.repository.lifecycle import DeviceLifecycles
from devices.commands.model import BatchId
from devices.lifecycle import CertificateState, LifecycleState
from province.machine_clock import utc_now
from tests.builders.registrations import agreed_to, sheet
from tests.integration.cli.test_commands import COMMUNE, DEVICE, Terminal


def test_a_sheet_is_looked_at_and_then_registered_whole(terminal: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "boxes.csv"
    file.write_bytes(sheet(f"B-1;loa;{COMMUNE}", "B-2;;"))
    output = terminal.refused("devices", "register", str(file))
    assert "line 3: area MISSING" in output
    assert "1 of 2 lines are faulty; nothing was registered" in output
    with terminal.units() as unit:
        assert not unit[DeviceLifecycles].in_states(set(LifecycleState))
    said = terminal.ok("devices", "register", str(file), "--area", COMMUNE, "--dry-run")
    assert said[-1] == "2 lines are good; nothing was registered"
    labels = terminal.ok("devices", "register", str(file), "--area", COMMUNE)
    assert [label.split(":")[:2] for label in labels] == [["loa", "b-1"], ["loa", "b-2"]]
    with terminal.units() as unit:
        assert {life.serial for life in unit[DeviceLifecycles].in_states({LifecycleState.REGISTERED})} == {"b-1", "b-2"}


def test_what_was_delivered_is_written_down_and_taken_back_when_the_device_is_retired(terminal: Terminal) -> None:
    terminal.ok("devices", "add", "--area", COMMUNE)
    with terminal.units() as unit:
        assert [each.state for each in unit[DeviceLifecycles].certificates_of(DEVICE)] == [CertificateState.ISSUED]
    (output,) = terminal.ok("devices", "retire", DEVICE, "--why", "Hỏng hẳn")
    assert terminal.ok("devices", "retire", DEVICE, "--why", "Lại") == [output]
    with terminal.units() as unit:
        assert [each.state for each in unit[DeviceLifecycles].certificates_of(DEVICE)] == [CertificateState.ISSUED]
    agreed_to(terminal.units(), BatchId(output.rpartition("/")[2]), utc_now())
    with terminal.units() as unit:
        assert [each.state for each in unit[DeviceLifecycles].certificates_of(DEVICE)] == [CertificateState.REVOKED]
    assert terminal.ok("devices", "retire", DEVICE, "--why", "Lại") == [f"{DEVICE} is out of service"]
