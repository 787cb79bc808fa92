"""Access to the routes of one's own account: rows of ``tests.contract.permissions.matrix``.

A wrong entry redirects to the account's page with a message, and changes nothing.
"""

from __future__ import annotations

from tests.contract.permissions.matrix import ADMINS, ANYONE, EVERYBODY, NOBODY, Row

# The example of RFC 8291.
_BROWSER: dict[str, object] = {
    "endpoint": "https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV",
    "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
}
WEB: dict[tuple[str, str], Row] = {
    ("GET", "web.components"): Row(ADMINS, "/design"),
    ("GET", "web.audit_log"): Row(frozenset({"auditor", "admin"}), "/audit"),
    ("GET", "web.help_index"): Row(ANYONE, "/help"),
    ("GET", "web.help_topic"): Row(ANYONE, "/help/official/approve-a-bulletin"),
    ("GET", "web.help_picture"): Row(ANYONE, "/help/pictures/write.png"),
    ("GET", "web.practice"): Row(EVERYBODY, "/practice"),
    ("GET", "web.practice_certificate"): Row(EVERYBODY, "/practice/certificate.pdf"),
    ("GET", "web.practice_results"): Row(frozenset({"auditor", "admin"}), "/practice/results"),
    ("POST", "web.put_away_first_steps"): Row(EVERYBODY, "/first-steps/put-away"),
    ("GET", "web.audit_csv"): Row(frozenset({"auditor", "admin"}), "/audit.csv"),
    ("GET", "web.audit_json"): Row(frozenset({"auditor", "admin"}), "/audit.json"),
    ("GET", "web.audit_chain"): Row(frozenset({"auditor", "admin"}), "/audit/chain"),
    ("POST", "web.ask_audit_check"): Row(frozenset({"auditor", "admin"}), "/audit/chain/check"),
    ("POST", "web.compare_anchors"): Row(frozenset({"auditor", "admin"}), "/audit/chain/compare", body={"key": ""}),
    ("GET", "web.personal_data"): Row(ADMINS, "/personal-data"),
    ("POST", "web.export_person"): Row(ADMINS, "/personal-data/export", body={"login": "station"}),
    ("POST", "web.erase_citizen"): Row(ADMINS, "/personal-data/citizens/erase"),
    ("POST", "web.erase_person"): Row(ADMINS, "/personal-data/erase", body={"reason": "Người ấy yêu cầu"}),
    ("POST", "web.set_retention"): Row(
        ADMINS,
        "/personal-data/retention",
        body={
            "accounts": "1825",
            "sign_ins": "365",
            "notifications": "90",
            "work": "180",
            "feedback_contacts": "180",
            "key_holders": "365",
        },
    ),
    ("GET", "web.account"): Row(EVERYBODY, "/account"),
    ("POST", "web.change_password"): Row(EVERYBODY, "/account/password"),
    ("POST", "web.end_session"): Row(EVERYBODY, "/account/sessions/nothing/end"),
    ("POST", "web.end_other_sessions"): Row(EVERYBODY, "/account/sessions/end-others"),
    ("POST", "web.renew_recovery_codes"): Row(EVERYBODY, "/account/recovery-codes"),
    # Without the answer of a device each leads back to the account's page, or to the sign-in.
    ("GET", "web.passkey_options"): Row(EVERYBODY, "/account/passkeys/options"),
    ("POST", "web.add_passkey"): Row(EVERYBODY, "/account/passkeys"),
    ("POST", "web.remove_passkey"): Row(EVERYBODY, "/account/passkeys/none/remove"),
    ("GET", "web.passkey_challenge"): Row(ANYONE, "/sign-in/passkey"),
    ("POST", "web.sign_in_by_passkey"): Row(NOBODY, "/sign-in/passkey"),
    ("GET", "web.own_tokens"): Row(EVERYBODY, "/account/tokens"),
    # With the wrong password nobody makes one.
    ("POST", "web.make_token"): Row(NOBODY, "/account/tokens", body={"token": "Máy phát", "days": "30", "old": "sai"}),
    ("POST", "web.revoke_token"): Row(EVERYBODY, "/account/tokens/none/revoke"),
    ("GET", "web.notifications"): Row(EVERYBODY, "/account/notifications"),
    ("POST", "web.choose_notifications"): Row(EVERYBODY, "/account/notifications"),
    ("POST", "web.test_notifications"): Row(EVERYBODY, "/account/notifications/test"),
    ("POST", "web.subscribe_browser"): Row(EVERYBODY, "/account/notifications/browsers", body=_BROWSER),
    ("POST", "web.remove_browser"): Row(EVERYBODY, "/account/notifications/browsers/none/remove"),
    ("POST", "web.see_news"): Row(EVERYBODY, "/news/seen", body={"event": "review:none:1"}),
    # For people between password and console; a signed-in person is redirected.
    ("GET", "web.first_password_form"): Row(EVERYBODY, "/new-password"),
    ("POST", "web.set_first_password"): Row(EVERYBODY, "/new-password"),
}
