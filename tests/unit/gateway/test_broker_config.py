from __future__ import annotations

from pathlib import Path

import pytest

from devices.mqtt.broker import BrokerFiles, render_acl, render_config

FOLDER = Path("/srv/loa đài/var")
FILES = BrokerFiles(
    ca=FOLDER / "keys" / "ca.pem",
    certificate=FOLDER / "keys" / "broker.pem",
    key=FOLDER / "keys" / "broker.key",
    crl=FOLDER / "keys" / "revoked.pem",
    lists=FOLDER / "keys" / "revoked",
    acl=FOLDER / "broker" / "acl",
    data=FOLDER / "broker" / "data",
    pid=FOLDER / "run" / "broker.pid",
)


def options(text: str) -> dict[str, str]:
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {name: value for name, _, value in (line.partition(" ") for line in lines)}


def test_only_certificates_open_the_broker_and_name_who_connects() -> None:
    found = options(render_config(FILES, host="127.0.0.1", port=8883, user="loa"))
    assert found["listener"] == "8883 127.0.0.1"
    assert found["user"] == "loa"
    assert found["allow_anonymous"] == "false"
    assert {
        found[name] for name in ("require_certificate", "use_identity_as_username", "use_username_as_clientid")
    } == {"true"}
    assert found["tls_version"] == "tlsv1.2"
    assert found["crlfile"] == "/srv/loa đài/var/keys/revoked.pem"
    assert found["capath"] == "/srv/loa đài/var/keys/revoked"
    assert found["cafile"] == "/srv/loa đài/var/keys/ca.pem"
    assert found["persistence_location"] == "/srv/loa đài/var/broker/data/"


def test_what_was_measured_is_configured() -> None:
    found = options(render_config(FILES, host="127.0.0.1", port=8883, user="loa"))
    assert (found["autosave_on_changes"], found["autosave_interval"]) == ("true", "5000")
    assert (found["set_tcp_nodelay"], found["max_queued_messages"]) == ("true", "10000")


@pytest.mark.parametrize("value", ["loa\nallow_anonymous true", "", "loa\r"])
def test_no_value_brings_options_of_its_own(value: str) -> None:
    with pytest.raises(ValueError, match="not one line"):
        render_config(FILES, host="127.0.0.1", port=8883, user=value)


def test_the_access_list_does_not_grow_with_the_fleet() -> None:
    lines = render_acl().splitlines()
    assert len(lines) < 60
    assert "pattern write loa/v1/d/%u/ack" in lines
    assert not [line for line in lines if line.startswith("pattern write") and "%u" not in line]
