"""Replay of messages, as a broker that keeps everything could do it. A process of its own, as paho uses ``select``.

``select`` handles at most 1,024 files, and the chaos run's network has more. Its input is JSON on standard input.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cms.platform.cli.up import APP_DIR
from cms.platform.context import Context
from devices.enrolment import GATEWAY_NAME
from devices.mqtt.link import Endpoint, MqttDeviceLink

DEADLINE_S: Final = 20.0


def replay(context: Context, topics: Sequence[str], payload: bytes) -> bool:
    """Publish ``payload`` on all topics as the gateway, which is disconnected meanwhile; return whether it worked."""
    what = {
        "host": context.settings.mqtt_host,
        "port": context.settings.mqtt_port,
        "keys": str(context.keyring.folder),
        "topics": list(topics),
        "payload": base64.b64encode(payload).decode(),
    }
    command = [sys.executable, "-m", "bench.chaos.replay"]
    done = subprocess.run(command, input=json.dumps(what), text=True, cwd=APP_DIR, check=False)
    return done.returncode == 0


def main() -> int:
    what = json.load(sys.stdin)
    keys = Path(what["keys"])
    certificate, key = keys / f"{GATEWAY_NAME}.pem", keys / f"{GATEWAY_NAME}.key"
    endpoint = Endpoint(what["host"], what["port"], GATEWAY_NAME, keys / "ca.pem", certificate, key)
    link = MqttDeviceLink(endpoint, subscriptions={}, on_message=lambda _: None)
    link.start()
    try:
        if not link.wait_ready(DEADLINE_S):
            return 1
        payload = base64.b64decode(what["payload"])
        for done in [link.publish(topic, payload) for topic in what["topics"]]:
            done.result(DEADLINE_S)
    finally:
        link.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
