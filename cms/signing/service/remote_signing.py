"""Remote signing of an approval: ordered on a page, made by a job, and verified like any signature that is uploaded."""

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Final

from broadcast.bulletins.model import BulletinId
from broadcast.bulletins.transmissions import TransmissionId
from cms.accounts.errors import UnreadableSecretError
from cms.accounts.repository import People
from cms.accounts.service.vault import Vault, vault_of
from cms.areas.repository import Places
from cms.bulletins.repository.bulletins import Bulletins
from cms.bulletins.service import signatures
from cms.platform.context import Context
from cms.platform.store.uow import UnitOfWork
from cms.signing.model import (
    CertificateChoice,
    RemoteCredential,
    RemoteSigning,
    SigningError,
    SigningFailure,
    SigningSecrets,
    SigningState,
)
from cms.signing.repository import RemoteSignings
from cms.signing.service.csc_client import CscClient
from province.call import Call
from province.errors import DomainError, InvalidError, NotAllowedError, Problem, problem_if, refuse, too_long
from province.people import Action

ACCOUNT_MOST: Final = 200
_SECRET_MOST: Final = 64
log = logging.getLogger(__name__)


def latest(
    uow: UnitOfWork, bulletin_id: BulletinId, transmission_id: TransmissionId, *, call: Call
) -> RemoteSigning | None:
    """Return the latest signing of an approval of one's own. Raises NotFoundError, NotAllowedError as ``order``."""
    _require_own(uow, bulletin_id, transmission_id, call)
    return uow[RemoteSignings].find(transmission_id)


def order(
    uow: UnitOfWork,
    vault: Vault,
    bulletin_id: BulletinId,
    transmission_id: TransmissionId,
    *,
    paper_sha256: str,
    account: str,
    secrets: SigningSecrets,
    call: Call,
) -> RemoteSigning:
    """Order the signature of an approval of one's own; the job makes it. A running one is left as it is.

    Raises:
        NotFoundError: no such bulletin, or no such approval of it.
        NotAllowedError: another person approved it (NOT_YOUR_APPROVAL), or no right to review there any more.
        InvalidError: no account, or something too long.
    """
    with uow:
        _require_own(uow, bulletin_id, transmission_id, call)
        known = uow[RemoteSignings].find(transmission_id)
        if known is not None and known.is_running(call.now):
            return known
        account = account.strip()
        refuse(
            [
                *problem_if(not account, "account", "MISSING"),
                *too_long("account", account, ACCOUNT_MOST),
                *too_long("pin", secrets.pin, _SECRET_MOST),
                *too_long("code", secrets.code, _SECRET_MOST),
            ]
        )
        ordered = RemoteSigning(
            transmission_id,
            bulletin_id,
            paper_sha256,
            account,
            call.actor.user_id,
            call.now,
            call.now,
            sealed=vault.seal(json.dumps(asdict(secrets)), transmission_id),
        )
        uow[RemoteSignings].put(ordered)
        uow.record(call.event("bulletin.remote_signing_ordered", bulletin_id, transmission=transmission_id))
        uow.commit()
    return ordered


def choose(
    uow: UnitOfWork, bulletin_id: BulletinId, transmission_id: TransmissionId, credential_id: str, *, call: Call
) -> RemoteSigning:
    """Go on with one of the certificates found. Raises as ``order``; InvalidError: none of these, or no longer."""
    with uow:
        known = latest(uow, bulletin_id, transmission_id, call=call)
        choices = () if known is None or known.state is not SigningState.CHOOSING else known.choices
        if known is None or credential_id not in {each.credential_id for each in choices}:
            raise InvalidError([Problem("credential", "SIGNING_NO_CHOICE")])
        going_on = replace(known, state=SigningState.WAITING, credential=credential_id, changed_at=call.now)
        if uow[RemoteSignings].move(known, going_on):
            uow.commit()
    return going_on


def _require_own(uow: UnitOfWork, bulletin_id: BulletinId, transmission_id: TransmissionId, call: Call) -> None:
    bulletin = uow[Bulletins].get(bulletin_id)
    document = signatures.document_in(uow, bulletin_id, transmission_id)
    call.require(Action.BULLETIN_REVIEW, bulletin.targets.areas, uow[Places].tree())
    if document.approved_by != call.actor.user_id:
        raise NotAllowedError(Action.BULLETIN_REVIEW, "NOT_YOUR_APPROVAL", bulletin.targets.areas)


def sign(context: Context, client: CscClient, ordered: RemoteSigning) -> RemoteSigning:
    """Make the signature, verify it and attach it to the approval; return how it ended. Every step is stored."""
    run = _Run(context, ordered)
    try:
        _sign(run, client)
    except SigningError as error:
        log.warning("signing.failed: %s %s", error.failure, error.detail)
        run.fail(error.failure)
    except InvalidError as error:
        run.fail(error.problems[0].code)
    except (DomainError, UnreadableSecretError) as error:
        log.warning("signing.failed: %s", error.code)
        run.fail(SigningFailure.INTERRUPTED)
    return run.now


def end_interrupted(uow: UnitOfWork, over: Sequence[RemoteSigning], now: datetime) -> None:
    """Fail what a stopped process left running, and what nobody chose a certificate for."""
    with uow:
        for each in over:
            uow[RemoteSignings].move(each, _failed(each, SigningFailure.INTERRUPTED, now))
        uow.commit()


def _sign(run: "_Run", client: CscClient) -> None:
    context, ordered = run.context, run.now
    from cms.signing.service import pdf_signer  # noqa: PLC0415 - it loads much, and few processes sign

    run.move(SigningState.ASKING)
    secrets = SigningSecrets(**json.loads(vault_of(context).open(ordered.sealed, ordered.transmission_id)))
    token = client.sign_in()
    credential = _credential(client, token, ordered, run.choose, pdf_signer.choice_of)
    if credential is None:
        return
    run.move(SigningState.CONFIRMING)
    what = f"Phe duyet {ordered.transmission_id}"

    def sign_digest(digest: bytes, algorithm: str) -> bytes:
        sad = client.authorize(token, credential, digest, secrets, what)
        return client.sign_hash(token, credential, digest, sad, algorithm)

    paper = context.content.read_bytes(ordered.paper_sha256)
    signed = pdf_signer.signed_pdf(paper, credential, sign_digest, context.now())
    with context.uow.reading() as uow:
        person = uow[People].get(ordered.ordered_by)
    if person.disabled_at is not None:
        raise SigningError(SigningFailure.INTERRUPTED, "the account is locked")
    signatures.attach(
        context.uow(),
        context.content,
        context.signatures,
        ordered.bulletin_id,
        ordered.transmission_id,
        signature=signed,
        call=context.call(person.actor),
    )
    run.end(SigningState.SIGNED)


def _credential(
    client: CscClient,
    token: str,
    ordered: RemoteSigning,
    choose_one: Callable[[tuple[CertificateChoice, ...]], None],
    choice_of: Callable[[RemoteCredential], CertificateChoice],
) -> RemoteCredential | None:
    """Return the key to sign with; None: the person has to choose. Raises SigningError."""
    ids = [ordered.credential] if ordered.credential else client.credential_ids(token, ordered.account)
    usable = [each for each in (client.credential(token, credential_id) for credential_id in ids) if each.is_usable]
    if not usable:
        raise SigningError(SigningFailure.NO_CERTIFICATE)
    if len(usable) > 1:
        choose_one(tuple(map(choice_of, usable)))
        return None
    if usable[0].mode not in {"implicit", "explicit"}:
        raise SigningError(SigningFailure.BROWSER_ONLY, usable[0].mode)
    return usable[0]


class _Run:
    """One signing on its way; ``now`` is its state as stored."""

    def __init__(self, context: Context, ordered: RemoteSigning) -> None:
        self.context = context
        self.now = ordered

    def move(self, state: SigningState) -> None:
        """Store the state. Raises SigningError: it was ordered anew, or ended, meanwhile."""
        self._store(replace(self.now, state=state, changed_at=self.context.now()))

    def choose(self, choices: tuple[CertificateChoice, ...]) -> None:
        self._store(replace(self.now, state=SigningState.CHOOSING, choices=choices, changed_at=self.context.now()))

    def end(self, state: SigningState) -> None:
        self._store(replace(_emptied(self.now), state=state, changed_at=self.context.now()))

    def fail(self, failure: str) -> None:
        with self.context.uow() as uow:
            failed = _failed(self.now, failure, self.context.now())
            if uow[RemoteSignings].move(self.now, failed):
                uow.commit()
        self.now = failed

    def _store(self, new: RemoteSigning) -> None:
        with self.context.uow() as uow:
            if not uow[RemoteSignings].move(self.now, new):
                raise SigningError(SigningFailure.INTERRUPTED, "ordered anew")
            uow.commit()
        self.now = new


def _emptied(signing: RemoteSigning) -> RemoteSigning:
    return replace(signing, account="", sealed="", credential="", choices=())


def _failed(signing: RemoteSigning, failure: str, now: datetime) -> RemoteSigning:
    return replace(_emptied(signing), state=SigningState.FAILED, failure=failure, changed_at=now)
