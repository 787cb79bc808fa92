"""Mail headers: one line each, whatever a device is called."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest

from cms.notifications.channels.mail import Mail
from cms.notifications.channels.port import ChannelMessage

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize("name", ["Loa\nBcc: a@x.vn", "Loa\r\nchợ", "Loa\u2028chợ", "Loa\x0bchợ\x00"])
def test_a_device_named_over_two_lines_does_not_stop_its_letter(name: str) -> None:
    letter = ChannelMessage("l1", "truc@x.vn", f"[Loa] Hỏng: {name}", "Có việc.", AT)
    made = Mail("smtp://localhost", "loa@x.vn")._composed(letter)
    read = message_from_bytes(made.as_bytes(), policy=policy.default)
    assert read["Bcc"] is None
    assert "\n" not in read["Subject"]
    assert read["Subject"].startswith("[Loa] Hỏng: Loa ")
    assert read.get_content().strip() == "Có việc."
