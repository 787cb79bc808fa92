"""Repositories of people, their tokens and sessions, and of tallies of sign-ins."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, func, insert, or_, select, tuple_, update

from cms.accounts.errors import LoginTakenError
from cms.accounts.model import AccessRequest, FailureTally, Invitation, Passkey, SecondFactor, SignedIn, Token, User
from cms.accounts.tables import (
    AccessRequestRow,
    GrantRow,
    InvitationRow,
    PasskeyRow,
    RecoveryCodeRow,
    SecondFactorRow,
    SessionRow,
    SignInTallyRow,
    TokenRow,
    UserRow,
)
from cms.platform.store.insert_or_update import add_row, add_rows, insert_or, put_rows
from cms.platform.store.records import KeyedRepository
from cms.platform.store.rows import among, change, columns_of, names_of, value_of
from cms.platform.store.uow import Repository
from province.areas import AreaId
from province.errors import NotFoundError
from province.people import Grant, UserId

_COLUMNS = tuple(name for name in names_of(User) if name != "grants")
# Queries of every request, built once: building one takes longer than the database takes to answer.
_USER = select(UserRow).where(UserRow.id == bindparam("sought"))
_GRANTS = (
    select(GrantRow)
    .where(GrantRow.user_id.in_(bindparam("holders", expanding=True)))
    .order_by(GrantRow.role, GrantRow.area_id)
)
_ALL_USERS = select(*(getattr(UserRow, name) for name in _COLUMNS)).order_by(UserRow.login)
_ALL_GRANTS = select(GrantRow.user_id, GrantRow.role, GrantRow.area_id).order_by(GrantRow.role, GrantRow.area_id)
_SESSION = select(SessionRow).where(SessionRow.secret_hash == bindparam("sought"))
_FACTOR_HOLDER = select(SecondFactorRow.user_id).where(SecondFactorRow.user_id == bindparam("sought"))
_TOKEN = select(TokenRow).where(TokenRow.secret_hash == bindparam("sought"))


class People(Repository):
    """Repository of users with their grants, sessions and tokens."""

    def get(self, user_id: UserId) -> User:
        """Return the user. Raises NotFoundError."""
        row = self._session.scalar(_USER, {"sought": user_id})
        if row is None:
            raise NotFoundError("user", user_id)
        return self._with_grants([row])[0]

    def by_login(self, login: str) -> User | None:
        row = self._session.scalar(select(UserRow).where(UserRow.login == login))
        return None if row is None else self._with_grants([row])[0]

    def get_many(self, user_ids: Iterable[UserId]) -> Mapping[UserId, User]:
        """Return the existing ones, by id."""
        rows = self._session.scalars(select(UserRow).where(among(UserRow.id, user_ids))).all()
        return {user.id: user for user in self._with_grants(rows)}

    def all(self) -> Sequence[User]:
        """List all users, by login. A province has a thousand people: they are read past the ORM, in two queries."""
        connection = self._session.connection()
        held: dict[UserId, list[Grant]] = {}
        for user_id, role, area_id in connection.execute(_ALL_GRANTS):
            held.setdefault(user_id, []).append(Grant(role, area_id))
        rows = connection.execute(_ALL_USERS).mappings()
        return [User(**row, grants=tuple(held.get(row["id"], ()))) for row in rows]

    def add(self, user: User) -> None:
        """Add a user with its grants. Raises LoginTakenError."""
        if self.by_login(user.login) is not None:
            raise LoginTakenError(user.login)
        self.add_many([user])

    def add_many(self, users: Sequence[User]) -> None:
        """Add users whose logins are free, with their grants, in two statements."""
        add_rows(self._session, UserRow, map(_columns, users))
        grants = [(user.id, grant) for user in users for grant in dict.fromkeys(user.grants)]
        add_rows(self._session, GrantRow, ({"user_id": user_id, **columns_of(each)} for user_id, each in grants))

    def save(self, user: User) -> None:
        """Save everything but the grants."""
        saved = change(self._session, update(UserRow).where(UserRow.id == user.id).values(_columns(user)))
        if saved == 0:
            raise NotFoundError("user", user.id)

    def grant(self, user_id: UserId, grants: Sequence[Grant]) -> None:
        """Add these grants; existing ones stay."""
        rows = [{"user_id": user_id, **columns_of(grant)} for grant in dict.fromkeys(grants)]
        if rows:
            self._session.execute(insert_or(self._session, GrantRow).values(rows).on_conflict_do_nothing())

    def ungrant(self, user_id: UserId, grants: Sequence[Grant]) -> None:
        keys = [(grant.role, grant.area_id) for grant in grants]
        change(
            self._session,
            delete(GrantRow).where(GrantRow.user_id == user_id, tuple_(GrantRow.role, GrantRow.area_id).in_(keys)),
        )

    def granted_at(self, area_ids: Iterable[AreaId]) -> Sequence[tuple[UserId, Grant]]:
        """List every grant at exactly these areas."""
        rows = self._session.scalars(
            select(GrantRow).where(GrantRow.area_id.in_(list(area_ids))).order_by(GrantRow.user_id, GrantRow.role)
        )
        return [(row.user_id, value_of(Grant, row)) for row in rows]

    def add_session(self, session: SignedIn) -> None:
        self._session.execute(insert(SessionRow), [columns_of(session)])

    def session(self, secret_hash: str) -> SignedIn | None:
        return self._found(SignedIn, _SESSION, sought=secret_hash)

    def revoke_sessions(self, user_id: UserId, at: datetime, *, only_id: str | None = None) -> None:
        """Revoke all sessions of the user, or only the one named."""
        chosen = SessionRow.user_id == user_id if only_id is None else SessionRow.id == only_id
        change(self._session, update(SessionRow).where(chosen, SessionRow.revoked_at.is_(None)).values(revoked_at=at))

    def sessions_of(self, user_id: UserId, now: datetime) -> Sequence[SignedIn]:
        """Return the valid sessions, last used first."""
        row = SessionRow
        return self._listed(
            SignedIn,
            select(row)
            .where(row.user_id == user_id, row.revoked_at.is_(None), row.expires_at > now)
            .order_by(func.coalesce(row.last_seen_at, row.created_at).desc(), row.id),
        )

    def touch_session(self, session_id: str, seen_at: datetime, expires_at: datetime) -> None:
        touching = update(SessionRow).where(SessionRow.id == session_id, SessionRow.revoked_at.is_(None))
        change(self._session, touching.values(last_seen_at=seen_at, expires_at=expires_at))

    def replace_recovery_codes(self, user_id: UserId, recovery_hashes: Sequence[str]) -> None:
        change(self._session, delete(RecoveryCodeRow).where(RecoveryCodeRow.user_id == user_id))
        self._add_recovery_codes(user_id, recovery_hashes)

    def _add_recovery_codes(self, user_id: UserId, recovery_hashes: Sequence[str]) -> None:
        rows = ({"user_id": user_id, "code_hash": each, "used_at": None} for each in recovery_hashes)
        add_rows(self._session, RecoveryCodeRow, rows)

    def offer(self, session_id: str, sealed: str) -> None:
        """Store the TOTP secret shown in this session."""
        change(self._session, update(SessionRow).where(SessionRow.id == session_id).values(offered=sealed))

    def second_factor(self, user_id: UserId) -> SecondFactor | None:
        # SQLite's transactions exclude each other from the start; there FOR UPDATE has no effect.
        """Return it, locked against other transactions until this one ends, so that a code is used once."""
        return self._found(
            SecondFactor,
            select(SecondFactorRow)
            .where(SecondFactorRow.user_id == user_id)
            .with_for_update()
            .execution_options(populate_existing=True),
        )

    def has_second_factor(self, user_id: UserId) -> bool:
        """Return whether there is one, without locking it."""
        return self._session.scalar(_FACTOR_HOLDER, {"sought": user_id}) is not None

    def add_second_factor(self, factor: SecondFactor, recovery_hashes: Sequence[str]) -> bool:
        """Add the factor; return False if the user has one, which stays."""
        is_new = add_row(self._session, SecondFactorRow, columns_of(factor))
        if is_new:
            self._add_recovery_codes(factor.user_id, recovery_hashes)
        return is_new

    def save_second_factor(self, factor: SecondFactor) -> None:
        kept = update(SecondFactorRow).where(SecondFactorRow.user_id == factor.user_id)
        change(self._session, kept.values(columns_of(factor)))

    def remove_second_factor(self, user_id: UserId) -> None:
        """Remove it and its recovery codes."""
        for table in (RecoveryCodeRow, SecondFactorRow):
            change(self._session, delete(table).where(table.user_id == user_id))

    def use_recovery_code(self, user_id: UserId, code_hash: str, at: datetime) -> bool:
        """Mark the code as used; return False if it does not exist or was used."""
        mine = (RecoveryCodeRow.user_id == user_id, RecoveryCodeRow.code_hash == code_hash)
        using = update(RecoveryCodeRow).where(*mine, RecoveryCodeRow.used_at.is_(None)).values(used_at=at)
        return change(self._session, using) == 1

    def recovery_codes_left(self, user_id: UserId) -> int:
        unused = (RecoveryCodeRow.user_id == user_id, RecoveryCodeRow.used_at.is_(None))
        return self._session.scalar(select(func.count()).where(*unused)) or 0

    def add_token(self, token: Token) -> None:
        self._session.execute(insert(TokenRow), [columns_of(token)])

    def token(self, secret_hash: str) -> Token | None:
        return self._found(Token, _TOKEN, sought=secret_hash)

    def revoke_token(self, token_id: str, at: datetime) -> Token:
        """Revoke the token. Raises NotFoundError."""
        change(
            self._session,
            update(TokenRow).where(TokenRow.id == token_id, TokenRow.revoked_at.is_(None)).values(revoked_at=at),
        )
        return self._got(Token, select(TokenRow).where(TokenRow.id == token_id), "token", token_id)

    def touch_token(self, token_id: str, at: datetime) -> None:
        change(self._session, update(TokenRow).where(TokenRow.id == token_id).values(last_used_at=at))

    def tokens(self, user_id: UserId | None = None) -> Sequence[Token]:
        wanted = select(TokenRow).order_by(TokenRow.created_at)
        if user_id is not None:
            wanted = wanted.where(TokenRow.user_id == user_id)
        return self._listed(Token, wanted)

    def _with_grants(self, rows: Sequence[UserRow]) -> list[User]:
        held: dict[UserId, list[Grant]] = {row.id: [] for row in rows}
        for grant in self._session.scalars(_GRANTS, {"holders": list(held)}):
            held[grant.user_id].append(value_of(Grant, grant))
        return [User(**{name: getattr(row, name) for name in _COLUMNS}, grants=tuple(held[row.id])) for row in rows]


def _columns(user: User) -> dict[str, object]:
    return {name: getattr(user, name) for name in _COLUMNS}


class SignInTallies(Repository):
    """SQL implementation of ``cms.accounts.service.throttle.Tallies``."""

    def of(self, keys: Sequence[str]) -> Mapping[str, FailureTally]:
        rows = self._session.scalars(select(SignInTallyRow).where(SignInTallyRow.key.in_(list(keys))))
        return {row.key: value_of(FailureTally, row) for row in rows}

    def put(self, tallies: Sequence[FailureTally]) -> None:
        put_rows(self._session, SignInTallyRow, [columns_of(each) for each in tallies])

    def forget(self, keys: Sequence[str]) -> None:
        change(self._session, delete(SignInTallyRow).where(SignInTallyRow.key.in_(list(keys))))

    def forget_login(self, mark: str) -> bool:
        """Remove every key of this login, of any address or browser; return whether there was one."""
        mine = or_(*(SignInTallyRow.key.startswith(f"{kind}:{mark}:") for kind in ("pair", "browser")))
        return change(self._session, delete(SignInTallyRow).where(mine)) > 0

    def locked_until(self, mark: str, now: datetime) -> datetime | None:
        """Return the end of the longest lock on this login, of any address or browser; None if there is none."""
        row = SignInTallyRow
        mine = or_(*(row.key.startswith(f"{kind}:{mark}:") for kind in ("pair", "browser")))
        ends = self._session.scalars(select(row).where(mine)).all()
        tallies = [value_of(FailureTally, each).locked_until_at for each in ends]
        return max((each for each in tallies if each is not None and each > now), default=None)

    def locks(self, now: datetime, least: timedelta) -> Mapping[str, FailureTally]:
        """Return the longest lock of each login, by its mark, of those at least so long that hold now."""
        row = SignInTallyRow
        query = select(row).where(row.locked_until_at > now, row.key.startswith("pair:")).order_by(row.locked_until_at)
        found = [value_of(FailureTally, each) for each in self._session.scalars(query)]
        return {
            each.key.split(":")[1]: each
            for each in found
            if each.locked_until_at is not None and each.locked_until_at - each.last_at >= least
        }

    def prune(self, before_at: datetime, most: int) -> None:
        """Remove those without a failure since then, and the oldest beyond ``most``."""
        change(self._session, delete(SignInTallyRow).where(SignInTallyRow.last_at < before_at))
        count = self._session.scalar(select(func.count()).select_from(SignInTallyRow)) or 0
        if count > most:
            oldest = select(SignInTallyRow.key).order_by(SignInTallyRow.last_at).limit(count - most)
            change(self._session, delete(SignInTallyRow).where(SignInTallyRow.key.in_(oldest.scalar_subquery())))


class Invitations(KeyedRepository[str, Invitation], row=InvitationRow, noun="invitation"):
    def open_of(self, user_id: UserId, now: datetime) -> Invitation | None:
        """Return the person's link that still opens, if there is one."""
        row = InvitationRow
        is_open = (row.used_at.is_(None), row.revoked_at.is_(None), row.expires_at > now)
        return self._first(row.user_id == user_id, *is_open, order=(row.id.desc(),))

    def revoke_of(self, user_id: UserId, at: datetime) -> None:
        """Revoke the links of the person that were not used."""
        row = InvitationRow
        mine = (row.user_id == user_id, row.used_at.is_(None), row.revoked_at.is_(None))
        change(self._session, update(row).where(*mine).values(revoked_at=at))

    def use(self, invitation_id: str, at: datetime) -> bool:
        """Mark the link as used; return False where it was used or revoked meanwhile."""
        row = InvitationRow
        mine = (row.id == invitation_id, row.used_at.is_(None), row.revoked_at.is_(None))
        return change(self._session, update(row).where(*mine).values(used_at=at)) == 1


class Passkeys(KeyedRepository[str, Passkey], row=PasskeyRow, noun="passkey"):
    def of(self, user_id: UserId) -> Sequence[Passkey]:
        row = PasskeyRow
        return self._list(row.user_id == user_id, order=(row.created_at, row.id))

    def by_credential(self, credential_id: str) -> Passkey | None:
        return self._first(PasskeyRow.credential_id == credential_id)

    def answer(self, passkey: Passkey) -> bool:
        """Store that a challenge was answered; return False where one as new was answered meanwhile, or it is gone."""
        row, after = PasskeyRow, columns_of(passkey)
        kept = {name: after[name] for name in ("sign_count", "challenged_at", "last_used_at")}
        is_newer = (row.id == passkey.id, row.challenged_at < passkey.challenged_at)
        return change(self._session, update(row).where(*is_newer).values(kept)) == 1

    def remove_all(self, user_id: UserId) -> None:
        change(self._session, delete(PasskeyRow).where(PasskeyRow.user_id == user_id))


class AccessRequests(KeyedRepository[str, AccessRequest], row=AccessRequestRow, noun="access_request"):
    def open(self, now: datetime, user_id: UserId | None = None) -> Sequence[AccessRequest]:
        """List the undecided ones, of one person or all, longest waiting first."""
        row = AccessRequestRow
        where = [row.decided_at.is_(None), row.expires_at > now]
        if user_id is not None:
            where.append(row.user_id == user_id)
        return self._list(*where, order=(row.asked_at, row.id))

    def decide(self, request: AccessRequest) -> bool:
        """Store the decision; return False where it was decided meanwhile."""
        row, decided = AccessRequestRow, columns_of(request)
        kept = {name: decided[name] for name in ("decided_by", "decided_at", "is_confirmed")}
        is_it = (row.id == request.id, row.decided_at.is_(None))
        return change(self._session, update(row).where(*is_it).values(kept)) == 1
