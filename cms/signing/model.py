"""Remote signing of an approval: ordered by its approver, made by a service that keeps the person's key."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from broadcast.bulletins.model import BulletinId
from broadcast.bulletins.transmissions import TransmissionId
from province.people import UserId


class SigningState(StrEnum):
    """Progress of a remote signing.

    WAITING: not begun · ASKING: the service is asked for certificates · CONFIRMING: it waits for the person · CHOOSING:
    the person has several certificates · SIGNED, FAILED: ended.
    """

    WAITING = "waiting"
    ASKING = "asking"
    CONFIRMING = "confirming"
    CHOOSING = "choosing"
    SIGNED = "signed"
    FAILED = "failed"


RUNNING: Final = frozenset({SigningState.WAITING, SigningState.ASKING, SigningState.CONFIRMING})
LASTS: Final = timedelta(minutes=6)
"""A signing that has run for longer was interrupted: longer than all deadlines of one together."""
CHOICE_LASTS: Final = timedelta(minutes=30)


class SigningFailure(StrEnum):
    """Reasons of a remote signing that failed at the service; by remedy."""

    NO_ANSWER = "SIGNING_NO_ANSWER"
    UNREADABLE = "SIGNING_UNREADABLE"
    OUR_ACCESS = "SIGNING_OUR_ACCESS"
    NO_CERTIFICATE = "SIGNING_NO_CERTIFICATE"
    BROWSER_ONLY = "SIGNING_BROWSER_ONLY"
    ALGORITHM = "SIGNING_ALGORITHM"
    WRONG_PIN = "SIGNING_WRONG_PIN"
    WRONG_CODE = "SIGNING_WRONG_CODE"
    DECLINED = "SIGNING_DECLINED"
    NOT_CONFIRMED = "SIGNING_NOT_CONFIRMED"
    REFUSED = "SIGNING_REFUSED"
    INTERRUPTED = "SIGNING_INTERRUPTED"


@dataclass
class SigningError(Exception):
    """Signing that the service did not make."""

    failure: SigningFailure
    detail: str = ""


@dataclass(frozen=True, slots=True)
class CertificateChoice:
    """Certificate of a person at the service, for them to choose."""

    credential_id: str
    subject: str
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class SigningSecrets:
    """Secrets by which a person confirms, where the service takes them from us; empty: they confirm in its app."""

    pin: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class RemoteSigning:
    """Latest remote signing of an approval.

    ``paper_sha256``: the PDF to sign, in the content store. ``account`` and ``sealed`` secrets are emptied at the end.
    ``failure``: a ``SigningFailure``, or the reason for which the finished signature was refused.
    """

    transmission_id: TransmissionId
    bulletin_id: BulletinId
    paper_sha256: str
    account: str
    ordered_by: UserId
    ordered_at: datetime
    changed_at: datetime
    state: SigningState = SigningState.WAITING
    credential: str = ""
    sealed: str = ""
    choices: tuple[CertificateChoice, ...] = ()
    failure: str = ""

    def is_running(self, now: datetime) -> bool:
        return self.state in RUNNING and not self.is_over(now)

    def is_over(self, now: datetime) -> bool:
        """Return whether it has run, or waited for a choice, for too long."""
        lasts = CHOICE_LASTS if self.state is SigningState.CHOOSING else LASTS
        return now - self.changed_at >= lasts


@dataclass(frozen=True, slots=True)
class RemoteCredential:
    """Key of a person at the service: its certificate with the chain, as DER, and the OIDs of its algorithms.

    ``mode``: how the person confirms: ``implicit`` in the service's app, ``explicit`` by PIN or code given to us,
    ``oauth2code`` in a browser.
    """

    id: str
    certificates: tuple[bytes, ...]
    algorithms: tuple[str, ...]
    mode: str
    is_usable: bool
