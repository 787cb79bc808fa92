"""Columns of the store that name or describe people, and what erasure does to each.

A test compares them with the tables: a new column that refers to a person is classified here before it is stored.
Identifiers of accounts may stay anywhere: the account that they lead to bears a pseudonym after erasure.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from cms.personal_data.model import Erasure, PersonalDataKind

_KIND: Final = PersonalDataKind


@dataclass(frozen=True, slots=True)
class PersonalColumns:
    """Columns of one table that are treated alike.

    ``owners`` hold the id of an account; ``names`` those copied beside an owner, ``texts`` all else about a person.
    """

    table: str
    kind: PersonalDataKind
    erasure: Erasure
    owners: tuple[str, ...]
    names: tuple[str, ...]
    texts: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        return self.owners + self.names + self.texts


# Owner, its name after a colon; a text after a plus sign.
_COLUMNS: Final[Mapping[tuple[PersonalDataKind, Erasure], Mapping[str, str]]] = {
    (_KIND.ACCOUNTS, Erasure.DELETED): {
        "grants": "user_id",
        "declaration_rights": "user_id",
        "invitations": "user_id made_by",
        "passkeys": "user_id +name",
        "recovery_codes": "user_id",
        "second_factors": "user_id",
        "tokens": "user_id +name",
    },
    (_KIND.ACCOUNTS, Erasure.PSEUDONYM): {"users": "id +login +name"},
    (_KIND.SIGN_INS, Erasure.DELETED): {"sessions": "user_id +source +agent"},
    (_KIND.SIGN_INS, Erasure.EXPIRES): {"sign_in_tallies": "+key", "public_uses": "+mark"},
    (_KIND.ADDRESSES, Erasure.DELETED): {
        "notification_choices": "user_id +email +phone",
        "push_subscriptions": "user_id +endpoint +agent",
    },
    (_KIND.NOTIFICATIONS, Erasure.DELETED): {"notifications": "user_id"},
    (_KIND.WORK, Erasure.DELETED): {
        "autosaves": "owner_id +title +fields",
        "awaited_submissions": "ordered_by",
        "calendar_feeds": "user_id",
        "idempotency_keys": "user_id +body",
        "remote_signings": "ordered_by +account +sealed +choices",
        "report_subscriptions": "user_id:user_name",
        "review_snapshots": "user_id +shown",
        "saved_filters": "user_id +name +query",
        "speech_previews": "ordered_by +text +clip",
    },
    (_KIND.WORK, Erasure.EXPIRES): {"sent_recordings": "owner_id"},
    (_KIND.CITIZEN_SUBSCRIPTIONS, Erasure.SEPARATE): {"citizen_subscriptions": "+address"},
    (_KIND.FEEDBACK_CONTACTS, Erasure.SEPARATE): {"feedback": "+contact"},
    (_KIND.KEY_HOLDERS, Erasure.SEPARATE): {"key_holders": "+person_name +phone"},
    (_KIND.CONTACTS, Erasure.SEPARATE): {
        "area_contacts": "+people",
        "duties": "+address +name",
        "notice_faults": "+address",
        "notices": "+address",
    },
    (_KIND.AUTHORSHIP, Erasure.PSEUDONYM): {
        "alert_zones": "changed_by:changed_by_name",
        "audit_checks": "asked_by:asked_by_name",
        "broadcast_sessions": "changed_by:changed_by_name",
        "bulletin_templates": "changed_by:changed_by_name",
        "chimes": "changed_by:changed_by_name",
        "date_sets": "changed_by:changed_by_name",
        "firmware_images": "uploaded_by:uploaded_by_name",
        "gauge_rules": "changed_by:changed_by_name",
        "gauges": "added_by:added_by_name",
        "hazard_tables": "loaded_by:loaded_by_name",
        "listening_answers": "listener",
        "listening_tests": "begun_by:begun_by_name",
        "pronunciations": "changed_by:changed_by_name",
        "reports": "asked_by:asked_by_name",
        "retention_rules": "changed_by:changed_by_name",
        "royalty_tables": "changed_by:changed_by_name",
        "shares": "shared_by:shared_by_name",
        "station_feeds": "made_by",
        "stations": "changed_by:changed_by_name",
    },
    (_KIND.AUTHORSHIP, Erasure.KEPT): {
        "access_requests": "user_id asked_by:asked_by_name decided_by +levels",
        "acknowledgements": "by:by_name",
        "alert_reports": "+summary",
        "alert_firings": "reviewed_by:reviewed_by_name",
        "alert_standing_orders": "proposed_by:proposed_by_name agreed_by:agreed_by_name +suspended_by_name"
        " +ended_by_name +pattern",
        "alerts": "author_id:author_name submitter_id:submitter_name approver_id:approver_name signed_off_by"
        " +ended_by_name",
        "approval_documents": "approved_by +text",
        "approval_signatures": "attached_by:attached_by_name +signer",
        "bulletins": "author_id:author_name submitter_id:submitter_name approver_id +pen_name +remarks +proposal +notes"
        " +editors",
        "call_log": "by:by_name",
        "command_batches": "asked_by:asked_by_name agreed_by:agreed_by_name +ended_by_name",
        "device_keys": "+holder_id",
        "device_lifecycle": "registered_by:registered_by_name +claimed_by_name",
        "drill_plans": "proposed_by:proposed_by_name approved_by:approved_by_name +ended_by_name +pattern",
        "exemptions": "asked_by:asked_by_name decided_by:decided_by_name",
        "feedback": "taken_by:taken_by_name answered_by:answered_by_name closed_by:closed_by_name"
        " published_by:published_by_name",
        "firmware_rollouts": "created_by:created_by_name started_by:started_by_name +released_by_name",
        "handed_down": "approved_by:approved_by_name answered_by:answered_by_name +seen_by_name",
        "hidden_bulletins": "by:by_name",
        "key_holders": "issued_by:issued_by_name +withdrawn_by_name",
        "key_presses": "+holder_id +holder_name",
        "live_sessions": "owner_id:owner_name +released_by_name +ended_by_name",
        "local_alerts": "proposed_by:proposed_by_name approved_by:approved_by_name +withdrawn_by_name",
        "maintenance_windows": "by:by_name +ended_by_name",
        "missed_airings": "+decided_by_name",
        "officer_keys": "user_id:user_name +confirmed +revoked",
        "offers": "offered_by:offered_by_name",
        "offers_taken": "+taken_by_name",
        "orders": "approved_by",
        "raised_orders": "signer_id:signer_name +frozen",
        "phrases": "changed_by:changed_by_name +by_name",
        "programme_receipts": "+reported_by_name",
        "programmes": "+approved_by_name",
        "relay_sources": "written_by:written_by_name approved_by:approved_by_name +suspended_by_name +editors",
        "royalties": "recorded_by:recorded_by_name +author",
        "self_test_hours": "asked_by:asked_by_name agreed_by:agreed_by_name",
        "slots": "holder_id:holder_name granted_by:granted_by_name",
        "standing_orders": "ordered_by:ordered_by_name",
        "stops": "by:by_name",
        "ticket_entries": "by:by_name",
        "tickets": "opened_by:opened_by_name holder:holder_name +ended_by_name",
        "transmissions": "submitted_by:submitted_by_name approved_by:approved_by_name",
    },
    (_KIND.EVENT_LOG, Erasure.KEPT): {"events": "by:by_name"},
}


def _read() -> Iterator[PersonalColumns]:
    for (kind, erasure), tables in _COLUMNS.items():
        for table, words in tables.items():
            owned = [word.partition(":") for word in words.split() if not word.startswith("+")]
            yield PersonalColumns(
                table,
                kind,
                erasure,
                owners=tuple(owner for owner, _colon, _name in owned),
                names=tuple(name for _owner, _colon, name in owned if name),
                texts=tuple(word[1:] for word in words.split() if word.startswith("+")),
            )


PERSONAL_COLUMNS: Final = tuple(_read())
"""All columns, by table; a table may appear twice, with columns that are treated differently."""
DELETED: Final = tuple(each for each in PERSONAL_COLUMNS if each.erasure is Erasure.DELETED)
"""Tables of what a person has for themselves, which no other record needs; the first owner is that person."""
ERASURES: Final[Mapping[PersonalDataKind, frozenset[Erasure]]] = {
    kind: frozenset(each.erasure for each in PERSONAL_COLUMNS if each.kind is kind) for kind in PersonalDataKind
}
"""Treatments of each kind of personal data by erasure."""
