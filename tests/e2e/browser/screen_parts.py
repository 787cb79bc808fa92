"""Routes that are no screens of their own."""

# Fetched by a screen or a program, or kept as a file: no screens of their own.
PARTS = frozenset(
    f"web.{name}"
    for name in (
        *("alert_called", "alert_live", "alert_map", "alert_news", "alert_plot_of", "alert_sounds", "approval_ahead"),
        *("bulletin_map", "bulletin_paper", "decision_ahead", "heard_clip", "heard_sentence"),
        *("calendar_events", "live_news", "live_recording", "move_clashes", "report_list", "rollout_figures", "sound"),
        *("approval_document", "approval_paper", "approval_signature", "as_run_csv", "audit_csv", "audit_json"),
        *("board_page", "content", "help_picture", "practice_certificate", "programme_file", "report_file"),
        *("alert_calls", "alert_forecast", "alert_report_file", "alert_signature_options"),
        *("device_clusters", "fault_clusters", "gauge_clusters", "device_photo", "map_ground", "ticket_photo"),
        *("alert_state", "on_air_lamp", "server_state_line", "session_state", "work_points"),
        *("alert_passkey_options", "problem_type", "robots", "station_session_file", "station_session_order"),
        *("emblem", "metrics", "passkey_challenge", "passkey_options", "ready", "royalty_file", "static"),
    )
) | frozenset(
    f"public.{name}"
    for name in (
        *("aired_csv", "aired_json", "alerts", "calendar", "catalogue", "loudspeakers_csv", "loudspeakers_json"),
        *("months_csv", "months_json", "past_csv", "past_feed", "past_json", "past_report", "rss"),
        *("bulletin_image", "image", "manifest", "place_alerts", "place_image", "sitemap", "transcript"),
    )
)
# Between the password and the console: test_second_factor, and test_account of the integration tests.
AT_THE_DOOR = frozenset({"web.second_factor_form", "web.enrol_form", "web.first_password_form"})
