"""The enrolment listener: a broker of its own, for devices that have no certificate yet.

Anyone may connect. So it is another process than the one that carries alerts: a client that floods it, or exploits it,
has reached nothing that sounds. A client may write one topic and read one, both named by its own client id.
"""

import getpass
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

from devices.mqtt.broker import refuse_lines
from devices.protocol.limits import ENROL_MAX_BYTES
from devices.protocol.topics import ROOT

_DESK_NAME: Final = "gateway.desk"
CONNECTIONS_MAX: Final = 200
"""A technician powers up a few boxes at a time; a flood is turned away before it is spoken to."""

_CONFIG: Final = """\
# Written by Loa at every start: changes here are lost.
user {user}
per_listener_settings true

listener {port} {host}
certfile {certificate}
keyfile {key}
tls_version tlsv1.2
allow_anonymous true
acl_file {boxes}
max_connections {connections}

# Whoever may open this socket is the gateway: its folder is ours alone.
listener 0 {socket}
allow_anonymous true
acl_file {desk}

persistence false
persistent_client_expiration 1h
max_queued_messages 20
max_inflight_messages 20
max_packet_size {packet}
sys_interval 0

log_dest stdout
log_type error
log_type warning
log_type notice
log_type subscribe
log_type debug
log_timestamp_format %Y-%m-%dT%H:%M:%S
connection_messages true
"""
_BOXES: Final = f"pattern write {ROOT}/boot/%c/up\npattern read {ROOT}/boot/%c/down\n"
_DESK: Final = f"topic read {ROOT}/boot/+/up\ntopic write {ROOT}/boot/+/down\n"


def socket_path(home: Path) -> Path:
    """Return the path of the socket on which the gateway connects to it."""
    return home / "run" / "enrol.sock"


def desk_name(home: Path) -> str:
    """Return the client id of the gateway there; made at the first call.

    A client that connects under an id disconnects the one that has it, on any listener: so this id is secret.
    """
    path = home / "enrolment" / "desk.name"
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = path.with_suffix(f".{secrets.token_hex(4)}")
        part.touch(mode=0o600)
        part.write_text(f"{_DESK_NAME}.{secrets.token_hex(16)}")
        with suppress(FileExistsError):
            path.hardlink_to(part)
        part.unlink()
    return path.read_text()


def write_config(home: Path, *, port: int, host: str) -> Path:
    """Write configuration and access lists below ``home`` (LOA_HOME); returns the configuration's path.

    Raises:
        ValueError: a value holds a line break.
    """
    folder, keys = home / "enrolment", home / "keys"
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    socket_path(home).parent.mkdir(parents=True, exist_ok=True)
    socket_path(home).parent.chmod(0o700)
    # A socket file left behind by a killed broker could not be listened on.
    socket_path(home).unlink(missing_ok=True)
    values = {
        "user": getpass.getuser(),
        "port": str(port),
        "host": host,
        "certificate": str(keys / "broker.pem"),
        "key": str(keys / "broker.key"),
        "boxes": str(folder / "boxes.acl"),
        "desk": str(folder / "desk.acl"),
        "socket": str(socket_path(home)),
    }
    refuse_lines(values)
    for name, text in (("boxes.acl", _BOXES), ("desk.acl", _DESK)):
        (folder / name).write_text(text, encoding="utf-8")
        (folder / name).chmod(0o600)
    config = folder / "mosquitto.conf"
    text = _CONFIG.format(**values, connections=CONNECTIONS_MAX, packet=ENROL_MAX_BYTES)
    config.write_text(text, encoding="utf-8")
    return config
