"""Idempotency keys: the answer is stored in the very transaction that made the change.

So a retry after a lost answer, or after the process died right after its commit, gets the answer of the first try and
changes nothing. Refusals are not stored: they changed nothing, and the next try may succeed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from typing import Protocol, TypeVar

from flask import Response, request
from werkzeug.exceptions import BadRequest

from cms.platform.api import caller
from cms.platform.api.problems import KeyReusedError
from cms.platform.api.strict import Output
from cms.platform.store.idempotency import IdempotencyKeys, KeptAnswer
from cms.platform.store.uow import UnitOfWork

KEY_HEADER = "Idempotency-Key"
KEY_MAX = 200


T = TypeVar("T")


@dataclass(frozen=True)
class SubjectAnswer:
    """Answer about a subject: its JSON and its ETag."""

    body: str
    etag: str


class _Numbered(Protocol):
    @property
    def version(self) -> int: ...


def saying(schema: type[Output]) -> Callable[[_Numbered], SubjectAnswer]:
    """Return the function that answers about a subject in this schema, with its version as the ETag."""
    return lambda found: SubjectAnswer(schema.model_validate(found).model_dump_json(), f'"{found.version}"')


class _AlreadyKeptError(Exception):
    """The same request was carried out by another one at the same time."""


def _keeping(stored: Callable[[UnitOfWork], T], say: Callable[[T], SubjectAnswer], status: int, key: str) -> UnitOfWork:
    """Open a unit of work that commits, with the change, the answer about the subject that ``stored`` reads."""
    unit = caller.context().uow()

    def keep() -> None:
        answered = say(stored(unit))
        kept = KeptAnswer(
            user_id=caller.actor().user_id,
            key=key,
            request_hash=_request_hash(),
            status=status,
            headers={"ETag": answered.etag},
            body=answered.body,
            created_at=caller.context().now(),
        )
        if not unit[IdempotencyKeys].keep(kept):
            raise _AlreadyKeptError

    unit.before_commit(keep)
    return unit


def once_said(
    status: int, act: Callable[[UnitOfWork], T], stored: Callable[[UnitOfWork], T], say: Callable[[T], SubjectAnswer]
) -> Response:
    """Do ``act`` in a unit of work, or repeat the first answer; ``stored`` reads its result in that transaction.

    Raises:
        KeyReusedError: the key was used for another request.
    """
    key = request.headers.get(KEY_HEADER, "")
    if len(key) > KEY_MAX:
        raise BadRequest(f"{KEY_HEADER} is longer than {KEY_MAX}")
    if not key:
        return said(say(act(caller.context().uow())), status)
    kept = _kept(key)
    if kept is not None:
        return kept
    try:
        return said(say(act(_keeping(stored, say, status, key))), status)
    except _AlreadyKeptError:
        kept = _kept(key)
        assert kept is not None
        return kept


def created(
    kind: str, act: Callable[[UnitOfWork], T], stored: Callable[[UnitOfWork], T], say: Callable[[T], SubjectAnswer]
) -> Response:
    """Do ``act``, which makes a subject, as ``once_said``; answer 201 with its address below ``/api/v1/{kind}/``."""
    made = once_said(HTTPStatus.CREATED, act, stored, say)
    made.headers["Location"] = f"/api/v1/{kind}/{made.get_json()['id']}"
    return made


def said(answered: SubjectAnswer, status: int) -> Response:
    return _response(answered.body, status, {"ETag": answered.etag})


def _kept(key: str) -> Response | None:
    with caller.context().uow.reading() as uow:
        kept = uow[IdempotencyKeys].find(caller.actor().user_id, key)
    if kept is None:
        return None
    if kept.request_hash != _request_hash():
        raise KeyReusedError
    return _response(kept.body, kept.status, {**kept.headers, "Idempotency-Replayed": "true"})


def _request_hash() -> str:
    return sha256(b"\0".join((request.method.encode(), request.path.encode(), request.get_data()))).hexdigest()


def _response(body: str, status: int, headers: dict[str, str]) -> Response:
    return Response(body, status=status, mimetype="application/json", headers=headers)
