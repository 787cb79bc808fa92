"""Access to the screens about people: rows of ``tests.contract.permissions.matrix``.

The person has a password; the request was made by a second administrator who is not in the table.
"""

from __future__ import annotations

from tests.contract.permissions.matrix import ADMINS, ANYONE, EVERYBODY, EXCHANGERS, NOBODY, Row

_PERSON: dict[str, object] = {"name": "Nguyễn Thị Lan", "email": "", "phone": ""}
_RIGHT: dict[str, object] = {"role": "station", "area": "bt-mui-ne"}
# The name of what is removed is filled in by the test.
_FEED: dict[str, object] = {"name": "Đài KTTV", "url": "https://kttv.example/cap.atom", "poll_s": "60"}
_POLICY: dict[str, object] = {"hours_max": "168", "all_clear_minutes": "60", "may_send_alone": "1"}

WEB: dict[tuple[str, str], Row] = {
    ("GET", "web.people_list"): Row(ADMINS, "/people"),
    # A key that nobody has asked for is not found, and a passkey that is not there changes nothing.
    ("GET", "web.signing_keys"): Row(ADMINS, "/people/signing-keys"),
    ("POST", "web.confirm_signing_key"): Row(ADMINS, "/people/signing-keys/{signing_key}/confirm"),
    ("POST", "web.revoke_signing_key"): Row(ADMINS, "/people/signing-keys/{signing_key}/revoke"),
    ("POST", "web.ask_signing_key"): Row(EVERYBODY, "/account/passkeys/none/signing-key"),
    ("GET", "web.new_person"): Row(ADMINS, "/people/new"),
    ("POST", "web.invite_person"): Row(ADMINS, "/people/new", body={**_PERSON, **_RIGHT, "login": "moi.vao"}),
    ("GET", "web.people_import"): Row(ADMINS, "/people/import"),
    ("POST", "web.import_people"): Row(
        ADMINS,
        "/people/import",
        body={"table": "Họ tên,Tên đăng nhập,Vai trò,Địa bàn\nLan,lan.bang,station,bt-mui-ne", "act": "invite"},
    ),
    ("GET", "web.person"): Row(ADMINS, "/people/{person}"),
    ("POST", "web.edit_person"): Row(ADMINS, "/people/{person}/edit", body=_PERSON),
    ("POST", "web.give_right"): Row(ADMINS, "/people/{person}/rights", body=_RIGHT),
    ("POST", "web.take_right"): Row(ADMINS, "/people/{person}/rights/take", body=_RIGHT),
    ("POST", "web.renew_invitation"): Row(ADMINS, "/people/{invited}/invitation"),
    ("POST", "web.ask_reset"): Row(ADMINS, "/people/{person}/reset"),
    ("POST", "web.block_person"): Row(ADMINS, "/people/{person}/block"),
    ("POST", "web.unblock_person"): Row(ADMINS, "/people/{person}/unblock"),
    ("POST", "web.revoke_token_of"): Row(ADMINS, "/people/{token_holder}"),
    ("POST", "web.confirm_request"): Row(ADMINS, "/people/requests/{access_request}/confirm"),
    ("POST", "web.refuse_request"): Row(ADMINS, "/people/requests/{access_request}/refuse"),
    ("GET", "web.hazard_table"): Row(EVERYBODY, "/alerts/hazards"),
    ("GET", "web.alert_policy"): Row(ADMINS, "/alerts/policy"),
    ("POST", "web.set_alert_policy"): Row(ADMINS, "/alerts/policy", body=_POLICY),
    ("POST", "web.add_feed"): Row(ADMINS, "/exchange/feeds", body=_FEED),
    ("POST", "web.add_sender"): Row(
        ADMINS, "/exchange/senders", body={"sender": "kttv.example", "sender_name": "KTTV"}
    ),
    ("POST", "web.remove_feed"): Row(ADMINS, "/exchange/feeds/remove", body=_FEED),
    ("POST", "web.add_webhook"): Row(ADMINS, "/exchange/webhooks", body=_FEED),
    ("GET", "web.webhook_log"): Row(EXCHANGERS, "/exchange/webhooks/{subscriber}"),
    ("POST", "web.send_again"): Row(ADMINS, "/exchange/webhooks/{delivered}/again"),
    ("POST", "web.remove_webhook"): Row(ADMINS, "/exchange/webhooks/remove", body=_FEED),
    ("GET", "web.join_form"): Row(ANYONE, "{link}"),
    # The link without its key opens nothing.
    ("POST", "web.join"): Row(NOBODY, "/join/none"),
}
