"""People, their rights, their sign-ins and the tokens that act for them. Secrets are hashed, TOTP secrets sealed."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from cms.accounts.model import FailureTally, SecondFactor, SignedIn, Token, TokenScope
from cms.platform.store.columns import Base
from province.areas import AreaId
from province.people import Role, UserId


class UserRow(Base):
    __tablename__ = "users"

    id: Mapped[UserId] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str]
    password_hash: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    password_set_at: Mapped[datetime | None]
    must_change_password: Mapped[bool] = mapped_column(server_default=false())


class SignInTallyRow(Base, value=FailureTally):
    """Count of wrong passwords from one place; see ``cms.accounts.service.throttle``."""

    __tablename__ = "sign_in_tallies"

    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    last_at: Mapped[datetime] = mapped_column(index=True)


class GrantRow(Base):
    """Grant: a role at a node of the area tree and everything below it."""

    __tablename__ = "grants"

    user_id: Mapped[UserId] = mapped_column(ForeignKey("users.id"), primary_key=True)
    role: Mapped[Role] = mapped_column(primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(ForeignKey("areas.id"), primary_key=True, index=True)


class SessionRow(Base, value=SignedIn):
    """Sign-in of a browser, revocable here; ``secret_hash`` is SHA-256 of the cookie's secret."""

    __tablename__ = "sessions"

    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[UserId] = mapped_column(ForeignKey("users.id"), index=True)
    secret_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    second_factor_at: Mapped[datetime | None]
    last_seen_at: Mapped[datetime | None]
    source: Mapped[str] = mapped_column(String(64), server_default=text("''"))
    agent: Mapped[str] = mapped_column(String(200), server_default=text("''"))


class SecondFactorRow(Base, value=SecondFactor):
    """Confirmed authenticator; ``sealed`` is opened with the installation's key only."""

    __tablename__ = "second_factors"

    user_id: Mapped[UserId] = mapped_column(ForeignKey("users.id"), primary_key=True)
    last_step: Mapped[int] = mapped_column(BigInteger)


class RecoveryCodeRow(Base):
    """Recovery code that replaces the authenticator once; ``code_hash`` is SHA-256 of 80 random bits."""

    __tablename__ = "recovery_codes"

    user_id: Mapped[UserId] = mapped_column(ForeignKey("users.id"), primary_key=True)
    code_hash: Mapped[str] = mapped_column(primary_key=True)
    used_at: Mapped[datetime | None]


class TokenRow(Base, value=Token):
    """API token: acts with its user's rights, within its scopes, until it expires or is revoked."""

    __tablename__ = "tokens"

    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[UserId] = mapped_column(ForeignKey("users.id"), index=True)
    secret_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    scopes: Mapped[tuple[TokenScope, ...]] = mapped_column(server_default='["read"]')
