"""Sentences for problems of a schedule's rule, and of fields that only API clients send."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cms.platform.web.languages import _
from province.errors import Problem

PROBLEMS: Mapping[str, Callable[[Problem], str]] = {
    "RULE_UNTIL_BEFORE_START": lambda _p: _("Ngày cuối ở trước ngày đầu. Hãy chọn ngày cuối muộn hơn."),
    "RULE_UNTIL": lambda _p: _("Ngày cuối của lịch không đọc được."),
    "RULE_COUNT_AND_UNTIL": lambda _p: _("Lịch có cả số lần và ngày cuối; hãy chọn một."),
    "RULE_COUNT": lambda p: _("Số lần phát từ 1 đến %(max)s.", max=p.detail.get("max", "")),
    "RULE_INTERVAL": lambda p: _("Khoảng cách giữa các lần từ 1 đến %(max)s.", max=p.detail.get("max", "")),
    "RULE_BYDAY": lambda p: _("“%(day)s” không phải là một thứ trong tuần.", day=p.detail.get("day", "")),
    "RULE_MONTH_TWICE": lambda _p: _("Chọn một: ngày trong tháng, hoặc thứ trong tuần."),
    "RULE_MONTH_DAY": lambda _p: _("Ngày trong tháng: từ 1 đến 31, hoặc ngày cuối tháng."),
    "RULE_MONTH_WEEKDAY": lambda _p: _("Chọn một thứ trong tuần, và là thứ mấy trong tháng."),
    "RULE_FREQ": lambda _p: _("Lịch lặp lại chỉ có hằng ngày hoặc hằng tuần."),
    "RULE_WKST": lambda _p: _("Tuần của lịch phải bắt đầu từ thứ Hai."),
    "RULE_PART_UNKNOWN": lambda p: _("Không hiểu phần “%(part)s” của lịch.", part=p.detail.get("part", "")),
    "RULE_PART_TWICE": lambda p: _("Phần “%(part)s” của lịch được nêu hai lần.", part=p.detail.get("part", "")),
    "NOT_WALL_TIME": lambda _p: _("Giờ phát là giờ địa phương, không ghi kèm múi giờ."),
    "SCHEDULE_ID": lambda _p: _("Mã của lịch phát không hợp lệ."),
    "SCHEDULE_ID_TWICE": lambda _p: _("Hai lịch phát mang cùng một mã."),
    "ZONE_UNKNOWN": lambda _p: _("Không biết múi giờ này."),
    "FIXED": lambda _p: _("Mục này định từ lần lưu đầu, không đổi được nữa."),
    "ONLY_AN_UPDATE_REPLACES": lambda _p: _("Chỉ bản cập nhật mới thay cho cảnh báo trước."),
}
