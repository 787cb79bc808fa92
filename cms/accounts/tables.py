"""People, their rights, their sign-ins and the tokens that act for them. Secrets are hashed, TOTP secrets sealed."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from cms.accounts.model import TokenScope
from cms.areas.tables import AREA_ID
from cms.platform.store.columns import ID, Base, EnumColumn, Frozen, Utc
from province.areas import AreaId
from province.people import Role, UserId


class UserRow(Base):
    __tablename__ = "users"

    id: Mapped[UserId] = mapped_column(ID, primary_key=True)
    login: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Utc)
    disabled_at: Mapped[datetime | None] = mapped_column(Utc)
    password_set_at: Mapped[datetime | None] = mapped_column(Utc)
    must_change_password: Mapped[bool] = mapped_column(server_default=false())


class SignInTallyRow(Base):
    """Count of wrong passwords from one place; see ``cms.accounts.service.throttle``."""

    __tablename__ = "sign_in_tallies"

    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    failures: Mapped[int]
    began_at: Mapped[datetime] = mapped_column(Utc)
    last_at: Mapped[datetime] = mapped_column(Utc, index=True)
    locked_until_at: Mapped[datetime | None] = mapped_column(Utc)


class GrantRow(Base):
    """Grant: a role at a node of the area tree and everything below it."""

    __tablename__ = "grants"

    user_id: Mapped[UserId] = mapped_column(ID, ForeignKey("users.id"), primary_key=True)
    role: Mapped[Role] = mapped_column(EnumColumn(Role), primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(AREA_ID, ForeignKey("areas.id"), primary_key=True, index=True)


class SessionRow(Base):
    """Sign-in of a browser, revocable here; ``secret_hash`` is SHA-256 of the cookie's secret."""

    __tablename__ = "sessions"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    user_id: Mapped[UserId] = mapped_column(ID, ForeignKey("users.id"), index=True)
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(Utc)
    expires_at: Mapped[datetime] = mapped_column(Utc)
    revoked_at: Mapped[datetime | None] = mapped_column(Utc)
    second_factor_at: Mapped[datetime | None] = mapped_column(Utc)
    offered: Mapped[str | None] = mapped_column(Text)
    last_seen_at: Mapped[datetime | None] = mapped_column(Utc)
    source: Mapped[str] = mapped_column(String(64), server_default=text("''"))
    agent: Mapped[str] = mapped_column(String(200), server_default=text("''"))


class SecondFactorRow(Base):
    """Confirmed authenticator; ``sealed`` is opened with the installation's key only."""

    __tablename__ = "second_factors"

    user_id: Mapped[UserId] = mapped_column(ID, ForeignKey("users.id"), primary_key=True)
    sealed: Mapped[str] = mapped_column(Text)
    enrolled_at: Mapped[datetime] = mapped_column(Utc)
    last_step: Mapped[int] = mapped_column(BigInteger)
    failures: Mapped[int]
    locked_until_at: Mapped[datetime | None] = mapped_column(Utc)


class RecoveryCodeRow(Base):
    """Recovery code that replaces the authenticator once; ``code_hash`` is SHA-256 of 80 random bits."""

    __tablename__ = "recovery_codes"

    user_id: Mapped[UserId] = mapped_column(ID, ForeignKey("users.id"), primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    used_at: Mapped[datetime | None] = mapped_column(Utc)


class TokenRow(Base):
    """API token: acts with its user's rights, within its scopes, until it expires or is revoked."""

    __tablename__ = "tokens"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    user_id: Mapped[UserId] = mapped_column(ID, ForeignKey("users.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(Utc)
    expires_at: Mapped[datetime] = mapped_column(Utc)
    revoked_at: Mapped[datetime | None] = mapped_column(Utc)
    scopes: Mapped[tuple[TokenScope, ...]] = mapped_column(Frozen(tuple[TokenScope, ...]), server_default='["read"]')
