"""Provisioning bundle of a simulated device."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from firmware_sim.core.session.device_config import ProvisionedIdentity
from firmware_sim.network.link import Broker, client_context
from firmware_sim.provisioning import certificates


@dataclass(frozen=True)
class Bundle:
    """Provisioning bundle: the folder that a device is delivered with.

    ``clock_off_ms`` in ``device.json``, for the simulator alone, is the error of the hardware clock;
    ``controller``, too: a board also drives a real controller of that sort (``alphasign``).
    """

    folder: Path
    identity: ProvisionedIdentity
    mqtt_host: str
    mqtt_port: int
    is_board: bool = False
    is_station: bool = False
    clock_off_ms: int = 0
    controller: str = ""
    area_id: str = ""

    @classmethod
    def read(cls, folder: Path) -> Bundle:
        certificates.recover(folder)
        about = json.loads((folder / "device.json").read_text())
        identity = ProvisionedIdentity(
            id=about["id"],
            root_x=about["root_key"],
            keyset=(folder / "keyset.jws").read_bytes(),
            content_url=about["content_url"],
            is_board=about.get("kind") == "board",
            is_bridge=about.get("kind") == "bridge",
            has_loudspeaker=about.get("kind") not in {"board", "station"},
            model=about.get("model", f"sim-{about.get('kind', 'cluster')}"),
        )
        return cls(
            folder,
            identity,
            about["mqtt_host"],
            int(about["mqtt_port"]),
            is_board=about.get("kind") == "board",
            is_station=about.get("kind") == "station",
            clock_off_ms=int(about.get("clock_off_ms", 0)),
            controller=about.get("controller", ""),
            area_id=about.get("area_id", ""),
        )

    def broker(self, reconnect_s: tuple[float, float]) -> Broker:
        return Broker(self.mqtt_host, self.mqtt_port, client_context(self.folder), reconnect_s)
