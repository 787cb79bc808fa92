"""Figures, codes and reasons of devices in words that say what to do: no machine word reaches a technician."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cms.commands import labels as command_labels
from cms.fleet.labels import devices as device_labels
from cms.fleet.labels import lifecycle
from cms.health import labels
from devices.health.faults import Fault, FaultState
from devices.health.incidents import Cause, Incident, IncidentScope
from devices.health.kinds import FaultKind
from devices.model import DeviceId
from devices.protocol.messages import TestResult
from tests.console import Console

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def figure(kind: FaultKind, detail: str) -> str:
    return labels.figure(Fault("f", DeviceId("l"), kind, FaultState.OPEN, NOW, NOW, detail=detail))


@pytest.mark.parametrize(
    ("kind", "detail", "said"),
    [
        (FaultKind.CLOCK_OFF, "347653 ms", "lệch 6 phút"),
        (FaultKind.CLOCK_OFF, "2500 ms", "lệch 2 giây"),
        (FaultKind.CLOCK_OFF, "7.2e+06 ms", "lệch 2 giờ"),
        (FaultKind.CLOCK_OFF, "8.64e+08 ms", "lệch 10 ngày"),
        (FaultKind.LINE_DRIFT, "20000 Ω", "hở mạch (trên 5.000 Ω)"),
        (FaultKind.LINE_DRIFT, "12.4 Ω", "12,4 Ω"),
        (FaultKind.SELF_TEST_FAILED, "line", "không đạt: đường loa"),
        (FaultKind.SELF_TEST_FAILED, "quux", ""),
        (FaultKind.AMP_CUT_OUT, "105 °C", "105\u00a0°C"),
        (FaultKind.SOUND_UNORDERED, "230 mA", "230\u00a0mA"),
        (FaultKind.SOUND_UNORDERED, "NO_SUCH_CODE", "vì một lý do máy chủ này chưa biết"),
        (FaultKind.CERTIFICATE_ENDS, "10", "còn 10 ngày"),
        (FaultKind.PLAN_NOT_HELD, "1732400000000 < 1732500000000", ""),
        (FaultKind.IDENTITY_SHARED, "3", "3 lần"),
        (FaultKind.FIRMWARE_OLD, "loa-sim-1", "loa-sim-1"),
        (FaultKind.MAINS_LOST, "", ""),
    ],
)
def test_the_figure_of_a_fault_is_in_words_or_is_left_out(
    console: Console, kind: FaultKind, detail: str, said: str
) -> None:
    """Before, screens showed “20000.0 Ω”, “347653 ms” and “line”."""
    with console.app.test_request_context():
        assert figure(kind, detail) == said


def test_an_unordered_sound_that_the_device_reports_is_named(console: Console) -> None:
    with console.app.test_request_context():
        assert "FOREIGN" not in figure(FaultKind.SOUND_UNORDERED, "FOREIGN_OUTPUT")
        assert figure(FaultKind.SOUND_UNORDERED, "FOREIGN_OUTPUT")


def test_mobile_networks_have_names(console: Console) -> None:
    made = Incident("i", IncidentScope.CELL, ("45204/7",), Cause.CARRIER, NOW, NOW, NOW, 2, 2)
    with console.app.test_request_context():
        assert device_labels.operator("45299") == "mạng 45299"
        assert "Viettel 7" in labels.shared(made)


def test_who_the_broker_refused_is_told_with_what_to_do(console: Console) -> None:
    with console.app.test_request_context():
        assert "nạp lại tệp" in str(lifecycle.refused("tlsv1 alert unknown ca"))
        assert "nhật ký" in str(lifecycle.refused("error:0A000999"))


def test_before_the_device_a_failed_test_says_what_to_do_next(console: Console) -> None:
    """Before, the person at the pole read that somebody should be sent."""
    with console.app.test_request_context():
        assert "đo đường dây loa" in command_labels.code_here("AMP_FAULT")
        assert command_labels.code_here("BUSY") == command_labels.code("BUSY")
        assert command_labels.measured(TestResult(spk="open", line_ohm=20_000.0)).endswith("hở mạch (trên 5.000 Ω)")
