from __future__ import annotations

from cms.fleet.repository.devices import Devices
from devices.model import DeviceStatus
from tests.builders import faults
from tests.builders.telemetry import record, tell
from tests.console import COMMUNE, FAR_COMMUNE, Console
from tests.contract.api.conftest import Caller


def test_faults_are_listed_with_what_hangs_on_them(console: Console, call: Caller) -> None:
    fault = faults.fault(console)
    body = call("GET", "/faults").get_json()
    assert body["total"] == 1
    (item,) = body["items"]
    assert (item["id"], item["kind"], item["severity"], item["endangers"]) == (
        fault.id,
        "speaker_open",
        "major",
        "speech",
    )
    assert item["stake"] == {"devices": 1, "next_at": None, "is_alerted": False}
    assert item["acknowledged"] is None
    assert call("GET", f"/faults?area={FAR_COMMUNE}").get_json() == {"items": [], "total": 0}
    assert call("GET", "/faults?area=none").status_code == 422


def test_an_incident_is_listed_told_and_taken_on_once(console: Console, call: Caller) -> None:
    incident = faults.incident(console)
    (item,) = call("GET", "/incidents").get_json()["items"]
    assert (item["id"], item["cause"], item["keys"], item["areas"]) == (
        incident.id,
        "power",
        ["473 Mũi Né"],
        [COMMUNE],
    )
    mender = Caller(console, "technician")
    first = mender("POST", f"/incidents/{incident.id}/acknowledge", {"note": "Đang gọi"}, Idempotency_Key="k1")
    again = mender("POST", f"/incidents/{incident.id}/acknowledge", {"note": "Đang gọi"}, Idempotency_Key="k1")
    assert first.get_json() == again.get_json()
    assert again.headers["Idempotency-Replayed"] == "true"
    whole = call("GET", f"/incidents/{incident.id}").get_json()
    assert whole["parts"] == [{"area_id": COMMUNE, "affected": 1, "members": 1}]
    assert whole["acknowledged"]["note"] == "Đang gọi"


def test_a_fault_is_taken_on_once(console: Console) -> None:
    fault = faults.fault(console)
    mender = Caller(console, "technician")
    answers = [mender("POST", f"/faults/{fault.id}/acknowledge", {}, Idempotency_Key="k2") for _ in range(2)]
    assert answers[0].get_json() == answers[1].get_json()
    assert mender("POST", "/faults/none/acknowledge", {}).status_code == 404
    assert mender("GET", "/incidents/none").status_code == 404


def test_a_device_says_whether_it_can_speak(console: Console, call: Caller) -> None:
    path = f"/devices/{faults.BOX}/label"
    assert call("GET", path).get_json() == {"can_speak": "no", "reason": "link_lost", "is_passing": False}
    with console.context.uow() as unit:
        unit[Devices].report(DeviceStatus(faults.BOX, online=True, conn=1, seen_at=console.clock()))
        unit.commit()
    assert call("GET", path).get_json() == {"can_speak": "doubtful", "reason": "telemetry_lost", "is_passing": False}
    tell(console.context, record(console.context.now()))
    assert call("GET", path).get_json() == {"can_speak": "yes", "reason": None, "is_passing": False}
    faults.fault(console)
    assert call("GET", path).get_json() == {"can_speak": "no", "reason": "speaker_open", "is_passing": False}
    assert Caller(console, "far-operator")("GET", path).status_code == 404
