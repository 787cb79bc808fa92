"""Application context: the wired parts and the one clock that every entry point receives."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol, Self

from sqlalchemy import Engine

from broadcast.bulletins.approval_document import SignatureCheck
from broadcast.bulletins.board_appearance import AppearancePicture
from cms.platform.keyring import Keyring
from cms.platform.process.disk import DiskMeter
from cms.platform.refusal_log import Refusals
from cms.platform.settings import Settings
from cms.platform.store.uow import UowFactory
from devices.boards.picture_files import FITTED_MAX_BYTES, is_png
from media.ports import ContentStore, RecordingCheck, Uploads, Voice
from province.call import Authority, Call
from province.people import Actor


class Versioned(Protocol):
    """Object with optimistic locking: a change must name its present version."""

    @property
    def id(self) -> str: ...

    @property
    def version(self) -> int: ...


@dataclass(frozen=True)
class Context:
    """Wired parts of one process.

    ``uow()`` opens one transaction; ``now()`` is aware UTC; ``new_id()`` a fresh lower-case ULID.
    """

    settings: Settings
    engine: Engine
    uow: UowFactory
    content: ContentStore
    uploads: Uploads
    check: RecordingCheck
    disk: DiskMeter
    voices: Voice
    authority: Authority
    keyring: Keyring
    signatures: SignatureCheck
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    refusals: Refusals = field(default_factory=Refusals)
    """Rights and tokens refused in this process, folded for the event log."""
    may_send: Callable[[], bool] = lambda: True
    """False in an instance that another may have replaced: it connects to no broker, and sends nothing."""

    @property
    def has_hosts(self) -> bool:
        """Return whether processes on other hosts may share the database."""
        return self.engine.dialect.name != "sqlite"

    def held_by(self, fence: int, may_send: Callable[[], bool] = lambda: True) -> Self:
        """Return the context of an active instance, which signs commands under its fence."""
        return replace(self, keyring=replace(self.keyring, fence=fence), may_send=may_send)

    def has_picture(self, picture: AppearancePicture | None) -> bool:
        """Return whether the picture is one that we fitted for boards, of that very size; True for None."""
        if picture is None:
            return True
        return self.holds_picture(picture.sha256) and self.content.stat(picture.sha256).bytes == picture.bytes

    def holds_picture(self, sha256: str) -> bool:
        """Return whether the content is a picture that we fitted."""
        if not self.content.has(sha256):
            return False
        return self.content.stat(sha256).bytes <= FITTED_MAX_BYTES and is_png(self.content.read_bytes(sha256))

    def call(self, actor: Actor, now: datetime | None = None) -> Call:
        """Return a call of this actor, now or at that instant."""
        return Call(actor, self.authority, now or self.now(), self.new_id)
