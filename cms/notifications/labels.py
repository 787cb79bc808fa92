"""Labels of channels, and sentences about what a person typed for them."""

from collections.abc import Iterable
from typing import Final

from broadcast.notifications.model import NotificationChannel
from cms.platform.web.languages import lazy as __
from cms.platform.web.wording import LabelText, Sentence

CHANNEL: Final[dict[str, LabelText]] = {
    NotificationChannel.EMAIL: __("E-mail"),
    NotificationChannel.SMS: __("SMS"),
    NotificationChannel.ZALO: __("Zalo"),
    NotificationChannel.CALL: __("Telephone call, when an alert waits for me"),
}
_WAY: Final[dict[str, LabelText]] = {
    **CHANNEL,
    NotificationChannel.SCREEN: __("screen"),
    NotificationChannel.PUSH: __("browser"),
    NotificationChannel.CALL: __("telephone"),
}


def channel_names(channels: Iterable[str]) -> str:
    """Return the names of the channels in one line."""
    return ", ".join(str(_WAY[each]) for each in channels)


PROBLEMS: dict[str, Sentence] = {
    "NOT_AN_EMAIL": __("This is no e-mail address. Enter it as name@example.vn."),
    "NOT_A_MOBILE": __("This is no mobile number. Enter its digits, as 0912345678."),
    "NOT_A_SUBSCRIPTION": __("The browser did not give a usable subscription. Turn notifications on in it again."),
}
FIELDS: Final[dict[str, LabelText]] = {
    "email": __("E-mail"),
    "phone": __("Mobile telephone"),
    "quiet_from": __("Quiet from"),
    "quiet_until": __("Quiet until"),
    "endpoint": __("Notifications of the browser"),
}
