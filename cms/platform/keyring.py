"""Keyring of one installation, in files below LOA_HOME: made once, loaded by every process.

========================  =========================================================================
``ca.pem`` ``ca.key``     our certificate authority; signs TLS certificates only
``broker.*``              the broker's server certificate
``web.*``                 the front's, where it shows one of ours
``revoked.pem``           revocation list for the broker; the gateway writes it from the store
``gateway.*``             the gateway's client certificate
``gateway.ear.*``         the same for the gateway's subscriber, which only receives
``root.key``              the offline root: signs keysets only. Take it off the machine in production
``root.pub``              its public key, with which devices are delivered
``plan.key``              signs manifests, desired states, beacons and every command below an alert
``alert.key``             signs alerts
``drill.key``             signs drills only: devices accept nothing else signed with it
``firmware.pub``          public keys that verify firmware, one a line; their private halves are on no server
``keyset.jws``            public keys with roles for devices, signed by the root
========================  =========================================================================
"""

import fcntl
import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Self

import msgspec
from joserfc.jwk import OKPKey

from cms.platform.keyring_errors import CaMissingError, OtherRootError, RootMissingError, RootNeededError
from cms.platform.process.atomic_file import write_secret
from cms.platform.settings import Settings
from devices import enrolment
from devices.enrolment import Credential
from devices.model import DeviceKind
from devices.mqtt.revocations import CRL_NAME
from devices.protocol import codec, jws
from devices.protocol.errors import ProtocolError
from devices.protocol.keyset import ROOT_KID, TrustedKeys
from devices.protocol.messages import Command, KeyRole, Keyset, PublicKey
from devices.protocol.verdict import ALERT_PRIO

_KEY_LIFE = timedelta(days=10 * 365)
_WEB_LIFE = timedelta(days=397)
"""Browsers refuse longer ones."""
_ROLES = (KeyRole.PLAN, KeyRole.ALERT, KeyRole.DRILL)
_FIRMWARE_FILE = "firmware.pub"


@dataclass(frozen=True)
class Keyring:
    """Keys with which a process of the server signs and connects. ``root_x`` is the root's public key, base64url."""

    folder: Path
    ca: Credential
    plan_kid: str
    plan_key: OKPKey
    alert_kid: str
    alert_key: OKPKey
    drill_kid: str
    drill_key: OKPKey
    root_x: str
    keyset_jws: bytes
    keyset_ver: int
    fence: int = 0
    """Fence of the lease under which this process signs commands; 0: it holds none."""

    @classmethod
    def ensure(
        cls, settings: Settings, now: datetime | None = None, *, has_devices: Callable[[], bool] = lambda: False
    ) -> Self:
        """Make keys and certificates that are missing or about to expire; safe to repeat, also from several processes.

        ``has_devices`` is asked where the folder looks like that of a new installation.

        Raises:
            RootNeededError: a key is missing or new, and the root is not here to name it.
            RootMissingError, CaMissingError: it is lost, and something in the field follows it.
            OtherRootError: root and keyset are not of one installation.
        """
        folder = settings.keys_dir
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        with _locked(folder / ".lock"):
            _refuse_loss(folder, has_devices)
            _ensure_files(folder, settings, now or datetime.now(UTC))
        return cls.load(settings)

    @classmethod
    def load(cls, settings: Settings) -> Self:
        """Read the keys that ``ensure`` made.

        Raises:
            FileNotFoundError: they were never made.
        """
        folder = settings.keys_dir
        root_x = (folder / "root.pub").read_text(encoding="ascii").strip()
        plan, alert, drill = (_signing_keys(folder)[role] for role in _ROLES)
        keyset = (folder / "keyset.jws").read_bytes()
        return cls(
            folder=folder,
            ca=_read(folder, "ca"),
            plan_kid=_kid(KeyRole.PLAN, plan),
            plan_key=plan,
            alert_kid=_kid(KeyRole.ALERT, alert),
            alert_key=alert,
            drill_kid=_kid(KeyRole.DRILL, drill),
            drill_key=drill,
            root_x=root_x,
            keyset_jws=keyset,
            keyset_ver=_opened(root_x, keyset).ver,
        )

    def newest_keyset(self) -> bytes:
        """Read the keyset as it is on disk: firmware keys may have been trusted since this process began."""
        held = (self.folder / "keyset.jws").read_bytes()
        return held if TrustedKeys.from_root(self.root_x, held).ver > self.keyset_ver else self.keyset_jws

    def sign_plan(self, payload: bytes) -> bytes:
        """Sign with the plan key: manifests, desired states, beacons, commands below an alert."""
        return jws.sign(payload, self.plan_kid, self.plan_key)

    def sign_alert(self, payload: bytes) -> bytes:
        """Sign with the alert key: live alerts, their ends, and stops of their priority."""
        return jws.sign(payload, self.alert_kid, self.alert_key)

    def sign_drill(self, payload: bytes) -> bytes:
        """Sign with the drill key: drills and their ends."""
        return jws.sign(payload, self.drill_kid, self.drill_key)

    def sign_command(self, command: Command) -> bytes:
        """Sign with the key that the protocol wants for it, under this process's fence. Raises OversizeError."""
        payload = codec.encode(msgspec.structs.replace(command, fence=self.fence))
        if command.drill:
            return self.sign_drill(payload)
        return self.sign_alert(payload) if command.prio >= ALERT_PRIO else self.sign_plan(payload)

    def provision(
        self,
        device_id: str,
        serial: str,
        area_id: str,
        settings: Settings,
        now: datetime | None = None,
        *,
        kind: DeviceKind = DeviceKind.CLUSTER,
    ) -> Path:
        """Write a device's provisioning bundle into its folder, ``device.json`` last; returns the folder.

        Repeated, it keeps a certificate that is still good and refreshes the addresses.

        Raises:
            ReservedNameError: no device may have this id.
        """
        folder = settings.devices_dir / device_id
        instant = now or datetime.now(UTC)
        credential = _read_if_there(folder, "device")
        if credential is None or not enrolment.is_current(credential, self.ca, instant):
            credential = enrolment.issue_device(self.ca, device_id, instant)
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)
            _write_pair(folder, "device", credential)
        write_secret(folder / "ca.pem", self.ca.certificate)
        write_secret(folder / "keyset.jws", self.keyset_jws)
        host, port = settings.device_broker
        bundle = {
            "id": device_id,
            "serial": serial,
            "mqtt_host": host,
            "mqtt_port": port,
            "content_url": settings.effective_public_url,
            "root_key": self.root_x,
            "area_id": area_id,
            "kind": kind.value,
        }
        write_secret(folder / "device.json", json.dumps(bundle, indent=2).encode() + b"\n")
        return folder


def has_brokers_alone(settings: Settings) -> bool:
    """Return whether this home holds copies of what brokers need, and no key of a server."""
    held = {path.name for path in settings.keys_dir.glob("*")}
    return "broker.key" in held and held.isdisjoint({"ca.key", "root.pub", "gateway.key"})


def trust_firmware(settings: Settings, public_x: str, now: datetime | None = None) -> str:
    """Make devices accept images signed with this key; returns its id. Harmless when repeated.

    Raises:
        ValueError: it is no public key.
        RootNeededError: the root is not here to name it.
    """
    jws.verifying_key(public_x)
    Keyring.ensure(settings, now)
    folder = settings.keys_dir
    with _locked(folder / ".lock"):
        known = _firmware_keys(folder)
        if public_x not in known:
            if not (folder / "root.key").exists():
                raise RootNeededError(KeyRole.FIRMWARE)
            write_secret(folder / _FIRMWARE_FILE, "".join(f"{x}\n" for x in (*known, public_x)).encode())
        _ensure_files(folder, settings, now or datetime.now(UTC))
    return kid_of(KeyRole.FIRMWARE, public_x)


_OWN_CLIENTS: Final = (
    *(enrolment.GATEWAY_NAME, enrolment.SUBSCRIBER_NAME, enrolment.HEALTH_NAME),
    *(enrolment.PROBE_NAME, enrolment.CANARY_NAME),
)


def _refuse_loss(folder: Path, has_devices: Callable[[], bool]) -> None:
    """Refuse to make a new root or CA where an older one is missing.

    Devices trust the first ones: a folder without them is new only where nothing else was ever made.
    """
    if not (folder / "root.pub").exists() and not (folder / "root.key").exists():
        is_older = any((folder / name).exists() for name in ("keyset.jws", "ca.key", "ca.pem"))
        if is_older or has_devices():
            raise RootMissingError
    if _read_if_there(folder, "ca") is None and (folder / "gateway.pem").exists():
        raise CaMissingError


def _ensure_files(folder: Path, settings: Settings, now: datetime) -> None:
    # The root first: a folder with a root was begun here, whatever a crash left out.
    _ensure_root(folder, now)
    ca = _read_if_there(folder, "ca")
    if ca is None:
        ca = enrolment.make_ca("Loa CA", now)
        _write_pair(folder, "ca", ca)
    broker, broker_names = _read_if_there(folder, "broker"), settings.broker_names
    if broker is None or not enrolment.is_current(broker, ca, now, broker_names):
        _write_pair(folder, "broker", enrolment.issue_server(ca, broker_names, now))
    web, web_names = _read_if_there(folder, "web"), settings.web_names
    if settings.has_own_certificate and (web is None or not enrolment.is_current(web, ca, now, web_names)):
        _write_pair(folder, "web", enrolment.issue_server(ca, web_names, now, name="web", life=_WEB_LIFE))
    crl = folder / CRL_NAME
    if not crl.exists() or not enrolment.is_list_of(crl.read_bytes(), ca):
        # The broker does not start without one; the gateway writes what the store holds as soon as it runs.
        write_secret(crl, enrolment.revocation_list(ca, ()))
    for name in _OWN_CLIENTS:
        held = _read_if_there(folder, name)
        if held is None or not enrolment.is_current(held, ca, now):
            _write_pair(folder, name, enrolment.issue_client(ca, name, now))


def _ensure_root(folder: Path, now: datetime) -> None:
    if (folder / "root.pub").exists() and not (folder / "root.key").exists():
        _check_keyset(folder)
        return
    for name in (ROOT_KID, *_ROLES):
        if not (folder / f"{name}.key").exists():
            write_secret(folder / f"{name}.key", enrolment.make_signing_key())
    root = jws.signing_key((folder / "root.key").read_bytes())
    write_secret(folder / "root.pub", jws.public_x(root).encode() + b"\n")
    _ensure_keyset(folder, now)


def _check_keyset(folder: Path) -> None:
    """Check the keyset without the root: no key can be added to it, so it must name all that are here."""
    path = folder / "keyset.jws"
    if not path.exists():
        raise RootNeededError(KeyRole.PLAN)
    held = _opened((folder / "root.pub").read_text(encoding="ascii").strip(), path.read_bytes())
    for public_x in _firmware_keys(folder):
        if kid_of(KeyRole.FIRMWARE, public_x) not in held.keys:
            raise RootNeededError(KeyRole.FIRMWARE)
    for role in _ROLES:
        path = folder / f"{role}.key"
        if not path.exists() or _kid(role, jws.signing_key(path.read_bytes())) not in held.keys:
            raise RootNeededError(role)


def _ensure_keyset(folder: Path, now: datetime) -> None:
    """Write a keyset that names exactly the present keys; a changed one gets the next version, so devices take it."""
    root = jws.signing_key((folder / "root.key").read_bytes())
    named = [(role, jws.public_x(key)) for role, key in _signing_keys(folder).items()]
    named += [(KeyRole.FIRMWARE, public_x) for public_x in _firmware_keys(folder)]
    path = folder / "keyset.jws"
    version = 0
    if path.exists():
        held = _opened(jws.public_x(root), path.read_bytes())
        if set(held.keys) == {kid_of(role, public_x) for role, public_x in named}:
            return
        version = held.ver
    now_ms = int(now.timestamp() * 1000)
    day_ms = 86_400_000
    keyset = Keyset(
        v=codec.VERSION,
        ver=version + 1,
        iat=now_ms,
        keys=[
            PublicKey(
                kid=kid_of(role, public_x),
                role=role,
                x=public_x,
                nbf=now_ms - day_ms,
                exp=now_ms + _KEY_LIFE.days * day_ms,
            )
            for role, public_x in named
        ],
    )
    write_secret(path, jws.sign(codec.encode(keyset), ROOT_KID, root))


def _opened(root_x: str, keyset: bytes) -> TrustedKeys:
    """Verify and decode a keyset. Raises OtherRootError."""
    try:
        return TrustedKeys.from_root(root_x, keyset)
    except ProtocolError as error:
        raise OtherRootError from error


def _signing_keys(folder: Path) -> dict[KeyRole, OKPKey]:
    return {role: jws.signing_key((folder / f"{role}.key").read_bytes()) for role in _ROLES}


def _firmware_keys(folder: Path) -> list[str]:
    path = folder / _FIRMWARE_FILE
    return path.read_text(encoding="ascii").split() if path.exists() else []


def kid_of(role: KeyRole, public_x: str) -> str:
    """Derive the key's id from role and key: two keys can never share an id."""
    return f"{role}-{hashlib.sha256(public_x.encode()).hexdigest()[:12]}"


def _kid(role: KeyRole, key: OKPKey) -> str:
    return kid_of(role, jws.public_x(key))


def _read(folder: Path, name: str) -> Credential:
    return Credential((folder / f"{name}.pem").read_bytes(), (folder / f"{name}.key").read_bytes())


def _read_if_there(folder: Path, name: str) -> Credential | None:
    try:
        return _read(folder, name)
    except FileNotFoundError:
        return None


def _write_pair(folder: Path, name: str, credential: Credential) -> None:
    """Write the certificate last: a crash in between leaves an old one that does not fit, which is then replaced."""
    write_secret(folder / f"{name}.key", credential.key)
    write_secret(folder / f"{name}.pem", credential.certificate)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
