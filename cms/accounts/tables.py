"""People, their rights, their sign-ins and the tokens that act for them. Secrets are hashed, TOTP secrets sealed."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from cms.accounts.model import (
    AccessRequest,
    FailureTally,
    Invitation,
    Passkey,
    SecondFactor,
    SignedIn,
    Token,
    TokenScope,
)
from cms.platform.store.columns import Base, partial_index
from province.areas import AreaId
from province.people import Role, UserId


class UserRow(Base, table="users"):
    id: Mapped[UserId] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str]
    password_hash: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    password_set_at: Mapped[datetime | None]
    must_change_password: Mapped[bool] = mapped_column(server_default=false())


class SignInTallyRow(Base, table="sign_in_tallies", value=FailureTally):
    """Count of wrong passwords from one place; see ``cms.accounts.service.throttle``."""

    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    last_at: Mapped[datetime] = mapped_column(index=True)
    locked_until_at: Mapped[datetime | None]


class GrantRow(Base, table="grants"):
    """Grant: a role at a node of the area tree and everything below it."""

    user_id: Mapped[UserId] = mapped_column(ForeignKey("users.id"), primary_key=True)
    role: Mapped[Role] = mapped_column(primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(ForeignKey("areas.id"), primary_key=True, index=True)


class SessionRow(Base, table="sessions", value=SignedIn):
    """Sign-in of a browser, revocable here; ``secret_hash`` is SHA-256 of the cookie's secret."""

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


class SecondFactorRow(Base, table="second_factors", value=SecondFactor):
    """Confirmed authenticator; ``sealed`` is opened with the installation's key only."""

    user_id: Mapped[UserId] = mapped_column(ForeignKey("users.id"), primary_key=True)
    last_step: Mapped[int] = mapped_column(BigInteger)


class RecoveryCodeRow(Base, table="recovery_codes"):
    """Recovery code that replaces the authenticator once; ``code_hash`` is SHA-256 of 80 random bits."""

    user_id: Mapped[UserId] = mapped_column(ForeignKey("users.id"), primary_key=True)
    code_hash: Mapped[str] = mapped_column(primary_key=True)
    used_at: Mapped[datetime | None]


class TokenRow(Base, table="tokens", value=Token):
    """API token: acts with its user's rights, within its scopes, until it expires or is revoked."""

    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[UserId] = mapped_column(ForeignKey("users.id"), index=True)
    secret_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    scopes: Mapped[tuple[TokenScope, ...]] = mapped_column(server_default='["read"]')


class InvitationRow(Base, table="invitations", value=Invitation):
    """Invitation; a link that was replaced by another is revoked."""

    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[UserId] = mapped_column(ForeignKey("users.id"), index=True)
    made_by: Mapped[UserId]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    is_reset: Mapped[bool]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class PasskeyRow(Base, table="passkeys", value=Passkey):
    """Passkey; its secret half never leaves the device."""

    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[UserId] = mapped_column(ForeignKey("users.id"), index=True)
    credential_id: Mapped[str] = mapped_column(String(1400), unique=True)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    challenged_at: Mapped[datetime]
    created_at: Mapped[datetime]


class AccessRequestRow(Base, table="access_requests", value=AccessRequest):
    """Request that waits for a second administrator, or is decided."""

    __table_args__ = (partial_index("ix_access_requests_open", "asked_at", where="decided_at IS NULL"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[UserId] = mapped_column(ForeignKey("users.id"), index=True)
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
