"""mosquitto's configuration and access list as text; each option with its reason."""

import getpass
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from devices.enrolment import GATEWAY_NAME, HEALTH_NAME, SUBSCRIBER_NAME
from devices.mqtt import revocations
from devices.protocol import topics
from devices.protocol.limits import SESSION_EXPIRY_S
from devices.protocol.topics import ROOT

# 48 KiB of alert speech with its envelope; a larger packet is refused before it is stored.
PACKET_MAX_BYTES = 64 * 1024
NAME = "broker"
QUEUE_MAX_MESSAGES = 10_000
# A device asks for 20 itself; this is for the gateway, whose burst must not wait for single acknowledgements.
INFLIGHT_MAX_MESSAGES = 5_000

_CONFIG = """\
# Written by Loa at every start: changes here are lost.
user {user}
listener {port} {host}
cafile {ca}
certfile {certificate}
keyfile {key}
# It never ends by itself: one that did would shut out everybody.
crlfile {crl}
# Newer lists are looked for here at each handshake. Never send SIGHUP: it corrupts the sessions of whoever is away
# (mosquitto #3418), and clients are then thrown off every second until the broker dies (docs/adr/0046).
capath {lists}
tls_version tlsv1.2
require_certificate true
use_identity_as_username true
# Without it any device with a certificate can throw another off by using its client id.
use_username_as_clientid true
allow_anonymous false
acl_file {acl}
pid_file {pid}

persistence true
persistence_location {data}/
# Saved after this many changes: the default loses sessions on kill -9, 1 makes fan-out 40 times slower, and 1000 costs
# a province that answers an alert half of the broker's time (docs/adr/0011). Nothing rests on what is saved.
autosave_on_changes true
autosave_interval 5000
persistent_client_expiration {session_days}d

max_queued_messages {queue}
max_queued_bytes 0
max_inflight_messages {inflight}
max_packet_size {packet}
# A burst of 100 is acknowledged in 1.3 ms instead of 46.
set_tcp_nodelay true
max_connections -1
sys_interval 0

log_dest stdout
log_type error
log_type warning
log_type notice
# Who asks to hear what: the access list refuses the hearing, not the asking, so whoever asks for too much is told.
log_type subscribe
# What the access list denies is told at this level only. devices/mqtt/broker_log.py keeps of it what is to be kept.
log_type debug
log_timestamp_format %Y-%m-%dT%H:%M:%S
connection_messages true
"""

_OPENSSL = """\
# Written by Loa at every start: changes here are lost.
openssl_conf = loa
[loa]
ssl_conf = sections
[sections]
system_default = broker
[broker]
MinProtocol = TLSv1.2
CipherString = DEFAULT:@SECLEVEL=2
Options = -SessionTicket
NumTickets = 0
"""

_ACL = """\
# Written by Loa at every start. Constant size: %u is the certificate's common name, the device's id.
user {gateway}
topic write {root}/a/#
topic write {root}/time
topic write {root}/keys
topic write {root}/officers
topic write {root}/d/+/cmd
topic write {root}/d/+/desired
topic write {root}/d/+/local
topic write {root}/d/+/cert
topic write {root}/d/+/cap/+
topic write {root}/d/+/drill/+
topic write {root}/d/+/programme/+
topic read {root}/d/+/state
topic read {root}/d/+/tel
topic read {root}/d/+/ack
topic read {root}/d/+/evt
topic read {root}/d/+/req/+

user {ear}
topic read {root}/d/+/state
topic read {root}/d/+/ack
topic read {root}/d/+/evt
topic read {root}/d/+/req/+

user {health}
topic read {root}/d/+/tel

pattern read {root}/a/#
pattern read {root}/time
pattern read {root}/keys
pattern read {root}/officers
pattern read {root}/d/%u/cmd
pattern read {root}/d/%u/desired
pattern read {root}/d/%u/local
pattern read {root}/d/%u/cert
pattern read {root}/d/%u/cap/+
pattern read {root}/d/%u/drill/+
pattern read {root}/d/%u/programme/+
{own_words}
"""


@dataclass(frozen=True, slots=True)
class BrokerFiles:
    """Paths of the broker's certificate, and of the data it keeps."""

    ca: Path
    certificate: Path
    key: Path
    crl: Path
    lists: Path
    acl: Path
    data: Path
    pid: Path


def render_config(files: BrokerFiles, *, host: str, port: int, user: str) -> str:
    """Return the configuration. ``user``: the account to run as when root starts it, one that can read ``files``.

    Raises:
        ValueError: a value holds a line break and would add options of its own.
    """
    values = {
        "user": user,
        "port": str(port),
        "host": host,
        "ca": str(files.ca),
        "certificate": str(files.certificate),
        "key": str(files.key),
        "crl": str(files.crl),
        "lists": str(files.lists),
        "acl": str(files.acl),
        "data": str(files.data),
        "pid": str(files.pid),
    }
    refuse_lines(values)
    return _CONFIG.format(
        **values,
        session_days=SESSION_EXPIRY_S // 86_400,
        queue=QUEUE_MAX_MESSAGES,
        inflight=INFLIGHT_MAX_MESSAGES,
        packet=PACKET_MAX_BYTES,
    )


def refuse_lines(values: Mapping[str, str]) -> None:
    """Raise ValueError where a value would add lines of its own to a configuration."""
    for name, value in values.items():
        if value.splitlines() != [value]:
            raise ValueError(f"{name} is not one line: {value!r}")


def render_acl() -> str:
    """Return the access list: the gateway writes what devices read, a device writes and reads its own."""
    own_words = "\n".join(f"pattern write {each}" for each in topics.own_words("%u"))
    return _ACL.format(gateway=GATEWAY_NAME, ear=SUBSCRIBER_NAME, health=HEALTH_NAME, root=ROOT, own_words=own_words)


def pid_file(settings_folder: Path, name: str = NAME) -> Path:
    """Return the path of the broker's pid file."""
    return settings_folder / "run" / f"{name}.pid"


def is_running(settings_folder: Path) -> bool:
    """Return whether a broker of this installation runs on this machine."""
    return any(map(_is_of_mosquitto, (settings_folder / "run").glob(f"{NAME}*.pid")))


def _is_of_mosquitto(path: Path) -> bool:
    try:
        pid = int(path.read_text(encoding="ascii"))
        return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip() == "mosquitto"
    except (OSError, ValueError):
        return False


def tls_environment(config: Path) -> dict[str, str]:
    """Return the environment variables for TLS of a broker with this configuration.

    A resumed session shows no certificate, so none would be looked up in the revocation list. The broker has no option
    for it. TLS 1.2 resumes all the same, by the server's own memory: a client that connects so is disconnected by the
    gateway (``cms.fleet.jobs.access_control``).
    """
    found = config.parent / "openssl.cnf"
    return {"OPENSSL_CONF": str(found)} if found.exists() else {}


def write_config(settings_folder: Path, *, port: int, host: str, name: str = NAME) -> Path:
    """Write configuration and access list below ``settings_folder`` (LOA_HOME); returns the configuration's path.

    ``name``: that of the broker's folder, where several run on one machine; they share keys and revocation lists.
    """
    folder = settings_folder / name
    keys = settings_folder / "keys"
    files = BrokerFiles(
        ca=keys / "ca.pem",
        certificate=keys / "broker.pem",
        key=keys / "broker.key",
        crl=keys / revocations.CRL_NAME,
        lists=revocations.lists_folder(keys),
        acl=folder / "acl",
        data=folder / "data",
        pid=pid_file(settings_folder, name),
    )
    files.data.mkdir(parents=True, exist_ok=True)
    files.pid.parent.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    files.acl.write_text(render_acl(), encoding="utf-8")
    files.acl.chmod(0o600)
    (folder / "openssl.cnf").write_text(_OPENSSL, encoding="ascii")
    if not is_running(settings_folder):
        revocations.gather_lists(keys)
    config = folder / "mosquitto.conf"
    # Started by root, mosquitto would become a user of its own, who cannot read our files.
    config.write_text(render_config(files, host=host, port=port, user=getpass.getuser()), encoding="utf-8")
    return config
