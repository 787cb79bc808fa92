"""People's own signatures on an alert, in its report: who signed with which key, when, and whether it holds."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from broadcast.alerts.orders import Order
from cms.alerts.service.order_commands import command_of
from cms.officers.model import EnrolledKey
from cms.platform.signer.officers import KnownOfficers
from cms.reports.documents.sheets import Column, NumberFormat, Table
from devices.protocol.approvals import (
    ApprovalRefusal,
    ApprovalRefusedError,
    person_of,
    require_authorisation,
    signed_at_ms,
    statement_of,
)
from devices.protocol.authorisation import Authorisation, AuthorisationKind, OfficerSignature, Statement
from devices.protocol.commands import Command
from province.wall_clock import DEFAULT_ZONE, instant_of

RESULTS: Final[Mapping[str | None, str]] = {
    None: "Đúng",
    ApprovalRefusal.UNKNOWN_KEY: "Khóa không còn trong danh sách",
}
OTHER_RESULT: Final = "Không đúng"
TOGETHER: Final[Mapping[str | None, str]] = {
    None: "đủ và đúng",
    ApprovalRefusal.UNKNOWN_KEY: "không kiểm tra được nữa",
}
OTHER_TOGETHER: Final = "không đủ hoặc không đúng"
_UNKNOWN: Final = "–"
_ZONE: Final = ZoneInfo(DEFAULT_ZONE)


def signatures_of(
    order: Order, known: KnownOfficers | None, keys: Mapping[str, EnrolledKey]
) -> Mapping[str, Any] | None:
    """Return the signatures that let this order out, as it was first sent, judged by the officers in force now.

    None: it has none. ``keys``: those ever asked for, by id: a key that was taken out of the keyset still has an owner.
    """
    command = command_of(replace(order, part_ends=()))
    given = command.authorisation
    if given is None:
        return None
    statement = statement_of(command, AuthorisationKind(given.kind), given.scope)
    signatures = [
        _signature(each, statement, known, keys, issued_ms=command.iat, is_last=place == len(given.approvals))
        for place, each in enumerate(given.approvals, start=1)
    ]
    return {
        "kind": given.kind,
        "keyset_version": None if known is None else known.keyset.ver,
        "refusal": _refusal_of_all(command, given, known),
        "given": signatures,
    }


def _refusal_of_all(command: Command, given: Authorisation, known: KnownOfficers | None) -> str | None:
    """Return why the signatures together do not let out the order as it is stored; None: they do."""
    if known is None:
        return ApprovalRefusal.UNKNOWN_KEY
    try:
        require_authorisation(command, given, known.officers, known.covers)
    except ApprovalRefusedError as error:
        return error.reason
    return None


def _signature(
    approval: OfficerSignature,
    statement: Statement,
    known: KnownOfficers | None,
    keys: Mapping[str, EnrolledKey],
    *,
    issued_ms: int,
    is_last: bool,
) -> Mapping[str, Any]:
    refusal: str | None = ApprovalRefusal.UNKNOWN_KEY
    if known is not None:
        try:
            person_of(approval, statement, known.officers, known.covers, issued_ms, is_last=is_last)
            refusal = None
        except ApprovalRefusedError as error:
            refusal = error.reason
    owner = keys.get(approval.key)
    return {
        "key": approval.key,
        "fingerprint": None if owner is None else owner.fingerprint,
        "by": None if owner is None else owner.user_id,
        "by_name": None if owner is None else owner.user_name,
        "at": instant_of(signed_at_ms(approval.client)).isoformat(),
        "is_verified": refusal is None,
        "refusal": refusal,
    }


def table_of(signatures: Mapping[str, Any]) -> Table:
    """Return the table of the paper."""
    rows = [
        (
            each["by_name"] or _UNKNOWN,
            f"{datetime.fromisoformat(each['at']).astimezone(_ZONE):%H:%M:%S %d/%m/%Y}",
            each["fingerprint"] or each["key"],
            RESULTS.get(each["refusal"], OTHER_RESULT),
        )
        for each in signatures["given"]
    ]
    columns = [Column(label, NumberFormat.TEXT) for label in ("Người ký", "Lúc", "Dấu vân khóa", "Kiểm tra")]
    whole = TOGETHER.get(signatures["refusal"], OTHER_TOGETHER)
    return Table("chu-ky", f"Chữ ký riêng trên cảnh báo: {whole}", columns, rows)
