"""Firmware package: the signed manifest on the first line, then the image, in one file that a person carries."""

import hashlib
from datetime import datetime
from typing import Final

from cms.areas.repository import Places
from cms.firmware.repository import FirmwareRecords
from cms.platform.keyring import Keyring
from cms.platform.signer.keys import kid_of
from cms.platform.store.uow import UnitOfWork
from devices.firmware.model import FirmwareImage, ImageId
from devices.protocol import codec, jws, verdict
from devices.protocol.errors import KeyRoleError, ProtocolError, UnknownKeyError
from devices.protocol.keyset import TrustedKeys
from devices.protocol.limits import IMAGE_MANIFEST_MAX, IMAGE_MAX_BYTES
from devices.protocol.messages import Image, KeyRole
from media.ports import ContentStore
from province.call import Call
from province.errors import InvalidError, Problem
from province.people import Action

PACKAGE_MAX_BYTES: Final = IMAGE_MAX_BYTES + IMAGE_MANIFEST_MAX + 1


def packed(image: Image, data: bytes, private_key_pem: bytes) -> bytes:
    """Build the package of an image, signed where the firmware key is: on no server.

    Raises:
        ValueError: not an Ed25519 key.
        OversizeError: the manifest is longer than a device accepts.
    """
    key = jws.signing_key(private_key_pem)
    return jws.sign(codec.encode(image), kid_of(KeyRole.FIRMWARE, jws.public_x(key)), key) + b"\n" + data


def take(uow: UnitOfWork, package: bytes, *, keyring: Keyring, content: ContentStore, call: Call) -> FirmwareImage:
    """Verify a package and store its image; the same package again returns the stored image.

    Raises:
        NotAllowedError: the actor manages no devices.
        InvalidError: not a package, not signed by a key that devices trust, or the number is taken.
    """
    with uow:
        call.require(Action.DEVICE_MANAGE, (), uow[Places].tree())
        manifest, data = _parted(package)
        read = _trusted(manifest, keyring, call.now)
        if len(data) != read.bytes or hashlib.sha256(data).hexdigest() != read.sha256:
            raise InvalidError([Problem("package", "IMAGE_SPOILT")])
        image_id = ImageId(hashlib.sha256(manifest).hexdigest())
        known = uow[FirmwareRecords].find_image(image_id)
        if known is not None:
            return known
        if uow[FirmwareRecords].numbered(read.model, read.number) is not None:
            detail: dict[str, str | int] = {"model": read.model, "number": read.number}
            raise InvalidError([Problem("package", "IMAGE_NUMBER_TAKEN", detail)])
        image = FirmwareImage(
            id=image_id,
            model=read.model,
            number=read.number,
            version=read.version,
            sha256=content.put_bytes(data),
            bytes=read.bytes,
            floor=read.floor,
            notes=read.notes,
            manifest=manifest.decode("ascii"),
            uploaded_at=call.now,
            uploaded_by=call.actor.user_id,
            uploaded_by_name=call.actor.name,
        )
        uow[FirmwareRecords].add_image(image)
        told = {"model": image.model, "number": image.number, "sha256": image.sha256}
        uow.record(call.event("firmware.uploaded", image.id, **told))
        uow.commit()
    return image


def _parted(package: bytes) -> tuple[bytes, bytes]:
    manifest, line_feed, data = package.partition(b"\n")
    if not line_feed or not data or len(manifest) > IMAGE_MANIFEST_MAX or len(data) > IMAGE_MAX_BYTES:
        raise InvalidError([Problem("package", "NO_PACKAGE")])
    return manifest, data


def _trusted(manifest: bytes, keyring: Keyring, now: datetime) -> Image:
    keys = TrustedKeys.from_root(keyring.root_x, keyring.newest_keyset())
    try:
        return verdict.read_image(manifest, keys, int(now.timestamp() * 1000))
    except (UnknownKeyError, KeyRoleError):
        raise InvalidError([Problem("package", "IMAGE_KEY")]) from None
    except ProtocolError as error:
        raise InvalidError([Problem("package", "NO_PACKAGE", {"code": error.code.value})]) from None
