"""Keyring of one installation, in files below LOA_HOME: made once. Every process loads it, without its private keys.

========================  =========================================================================
``ca.pem`` ``ca.key``     our certificate authority; signs TLS certificates only. The gateway reads its key to issue one
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

``root.key`` and the three keys that sign are opened by the signer alone (``cms/platform/signer``), which may have them
in a folder of its own user, or in a PKCS#11 token. Programs of one user could read each other's files all the same.
"""

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Self

import msgspec

from cms.platform.keyring_errors import CaMissingError, OtherRootError, RootMissingError, SignerKeysError
from cms.platform.process.atomic_file import write_secret
from cms.platform.settings import Settings
from cms.platform.signer.client import SocketSigner
from cms.platform.signer.keys import KEYSET_FILE, ROOT_FILE, ensure_signing_keys, named_keys, opened
from cms.platform.signer.port import Signer
from devices import enrolment
from devices.enrolment import Credential
from devices.model import DeviceKind
from devices.mqtt.revocations import CRL_NAME
from devices.protocol import codec
from devices.protocol.keyset import TrustedKeys
from devices.protocol.messages import Command, KeyRole, Wire
from devices.protocol.verdict import ALERT_PRIO
from province.machine_clock import utc_now

_CA_FILE: Final = "ca.pem"
_CA_KEY: Final = "ca.key"
_WEB_LIFE = timedelta(days=397)
"""Browsers refuse longer ones."""


@dataclass(frozen=True)
class Keyring:
    """Keys with which a process of the server connects, and its signer.

    ``ca_certificate`` is that of our certificate authority (PEM). ``root_x`` is the root's public key, base64url;
    ``trust`` the folder in which the signer keeps the newest keyset.
    """

    folder: Path
    ca_certificate: bytes
    root_x: str
    keyset_jws: bytes
    keyset_ver: int
    trust: Path
    signer: Signer
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
            SignerKeysError: the signer, of a user of its own, has not made its keys.
        """
        folder = settings.keys_dir
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        if settings.signer_keys:
            _adopt(folder, settings.trust_dir, has_devices)
        elif not (settings.has_token and named_keys(settings)):
            # A token is opened by the signer alone once it has its keys.
            ensure_signing_keys(settings, now, has_devices=has_devices)
        ensure_certificates(settings, now)
        return cls.load(settings)

    @classmethod
    def load(cls, settings: Settings, signer: Signer | None = None) -> Self:
        """Read what ``ensure`` made, without the signing keys; ``signer``: another than that of this machine.

        Raises:
            FileNotFoundError: it was never made.
        """
        folder = settings.keys_dir
        root_x = (folder / ROOT_FILE).read_text(encoding="ascii").strip()
        keyset = (folder / KEYSET_FILE).read_bytes()
        return cls(
            folder=folder,
            ca_certificate=(folder / _CA_FILE).read_bytes(),
            root_x=root_x,
            keyset_jws=keyset,
            keyset_ver=opened(root_x, keyset).ver,
            trust=settings.trust_dir,
            signer=signer or SocketSigner(settings.signer_path),
        )

    def issuer(self) -> Credential:
        """Read our certificate authority with its key, to issue a certificate.

        Raises CaMissingError: the key is not here, or not for this program.
        """
        try:
            return _read(self.folder, "ca")
        except OSError as error:
            raise CaMissingError from error

    def newest_keyset(self) -> bytes:
        """Read the keyset as it is on disk: firmware keys may have been trusted since this process began."""
        held = (self.trust / KEYSET_FILE).read_bytes()
        return held if TrustedKeys.from_root(self.root_x, held).ver > self.keyset_ver else self.keyset_jws

    def sign_plan(self, body: Wire) -> bytes:
        """Have it signed with the plan key: manifests, desired states, beacons, commands below an alert."""
        return self._signed(KeyRole.PLAN, body)

    def sign_alert(self, body: Wire) -> bytes:
        """Have it signed with the alert key: live alerts, their ends, and stops of their priority."""
        return self._signed(KeyRole.ALERT, body)

    def sign_drill(self, body: Wire) -> bytes:
        """Have it signed with the drill key: drills and their ends."""
        return self._signed(KeyRole.DRILL, body)

    def sign_command(self, command: Command) -> bytes:
        """Have it signed with the key that the protocol wants for it, under this process's fence.

        Raises:
            OversizeError, SigningRefusedError: it will never be signed.
            NotSignedError: the signer did not answer in time; try again.
        """
        fenced = msgspec.structs.replace(command, fence=self.fence)
        if command.drill:
            return self.sign_drill(fenced)
        return self.sign_alert(fenced) if command.prio >= ALERT_PRIO else self.sign_plan(fenced)

    def _signed(self, role: KeyRole, body: Wire) -> bytes:
        return self.signer.sign(role, type(body).__name__, codec.encode(body))

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
        instant = now or utc_now()
        credential = _read_if_there(folder, "device")
        if credential is None or not enrolment.is_current(credential, self.ca_certificate, instant):
            credential = enrolment.issue_device(self.issuer(), device_id, instant)
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)
            _write_pair(folder, "device", credential)
        write_secret(folder / _CA_FILE, self.ca_certificate)
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


def ensure_certificates(settings: Settings, now: datetime | None = None) -> None:
    """Make CA and certificates that are missing or about to expire, as ``Keyring.ensure``; no signing key is opened.

    A program that may not read the CA's key leaves that to those that may.

    Raises:
        CaMissingError: the CA is lost, and devices follow it.
    """
    folder = settings.keys_dir
    with _locked(folder / ".lock"):
        if (folder / _CA_KEY).exists() and not os.access(folder / _CA_KEY, os.R_OK):
            if not (folder / _CA_FILE).exists():
                raise CaMissingError
            return
        _refuse_loss(folder)
        _ensure_files(folder, settings, now or utc_now())


def has_brokers_alone(settings: Settings) -> bool:
    """Return whether this home holds copies of what brokers need, and no key of a server."""
    held = {path.name for path in settings.keys_dir.glob("*")}
    return "broker.key" in held and held.isdisjoint({_CA_KEY, "root.pub", "gateway.key"})


_OWN_CLIENTS: Final = (
    *(enrolment.GATEWAY_NAME, enrolment.SUBSCRIBER_NAME, enrolment.HEALTH_NAME),
    *(enrolment.PROBE_NAME, enrolment.CANARY_NAME),
)


def _refuse_loss(folder: Path) -> None:
    """Refuse to make a new CA where an older one is missing: devices trust the first one."""
    if _read_if_there(folder, "ca") is None and (folder / "gateway.pem").exists():
        raise CaMissingError


def _ensure_files(folder: Path, settings: Settings, now: datetime) -> None:
    ca = _read_if_there(folder, "ca")
    if ca is None:
        ca = enrolment.make_ca("Loa CA", now)
        _write_pair(folder, "ca", ca)
    broker, broker_names = _read_if_there(folder, "broker"), settings.broker_names
    if broker is None or not enrolment.is_current(broker, ca.certificate, now, broker_names):
        _write_pair(folder, "broker", enrolment.issue_server(ca, broker_names, now))
    web, web_names = _read_if_there(folder, "web"), settings.web_names
    if settings.has_own_certificate and (web is None or not enrolment.is_current(web, ca.certificate, now, web_names)):
        _write_pair(folder, "web", enrolment.issue_server(ca, web_names, now, name="web", life=_WEB_LIFE))
    crl = folder / CRL_NAME
    if not crl.exists() or not enrolment.is_list_of(crl.read_bytes(), ca.certificate):
        # The broker does not start without one; the gateway writes what the store holds as soon as it runs.
        write_secret(crl, enrolment.revocation_list(ca, ()))
    for name in _OWN_CLIENTS:
        held = _read_if_there(folder, name)
        if held is None or not enrolment.is_current(held, ca.certificate, now):
            _write_pair(folder, name, enrolment.issue_client(ca, name, now))


def _adopt(folder: Path, trust: Path, has_devices: Callable[[], bool]) -> None:
    """Copy what the signer's own user publishes, unless it is of another root than was followed here before."""
    published, own = trust / ROOT_FILE, folder / ROOT_FILE
    if not published.exists() or not (trust / KEYSET_FILE).exists():
        raise SignerKeysError(str(trust))
    root, keyset = published.read_bytes(), (trust / KEYSET_FILE).read_bytes()
    opened(root.decode("ascii").strip(), keyset)
    with _locked(folder / ".lock"):
        if not own.exists() and ((folder / _CA_FILE).exists() or has_devices()):
            raise RootMissingError
        if own.exists() and own.read_bytes() != root:
            raise OtherRootError
        write_secret(own, root)
        write_secret(folder / KEYSET_FILE, keyset)


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
