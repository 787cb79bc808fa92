"""Training world of the demo: bulletins to approve and to return, and one for each commune to answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from bench.demo.run import await_true, sound_of, wall_time
from bench.demo.world import World
from cms.platform.cli.api_client import ApiClient
from cms.platform.settings import Settings
from province.people import Role

TO_APPROVE: Final = "Lịch thu gom rác thải"
TO_RETURN: Final = "Lịch họp tổ dân phố"
TO_ANSWER: Final = "Tuyên truyền an toàn giao thông"
_TEXTS: Final = {
    TO_APPROVE: "Từ thứ hai tuần sau, xe thu gom rác đến vào bảy giờ sáng. Đề nghị bà con để rác đúng nơi quy định.",
    # The day is missing: this is what the approver is to remark.
    TO_RETURN: "Mời bà con đến nhà văn hóa họp tổ dân phố vào lúc bảy giờ tối. Đề nghị các gia đình cử người đến dự.",
    TO_ANSWER: "Ban An toàn giao thông tỉnh đề nghị bà con đội mũ bảo hiểm khi đi xe máy, xe đạp điện.",
}
_SOUND_S: Final = 60


def furnish(settings: Settings, world: World, *, now: datetime, say: Callable[[str], None]) -> None:
    """Write and submit two bulletins, and hand one down to the communes, through the API.

    Raises:
        DemoError: a sound was not made.
    """
    url = settings.effective_public_url
    editor = ApiClient(url, world.token_of(Role.PROVINCE_EDITOR))
    approver = ApiClient(url, world.token_of(Role.APPROVER))
    starts = wall_time((now + timedelta(days=1)).replace(minute=0, second=0, microsecond=0))
    written = {
        title: _written(editor, title, world, {} if title == TO_ANSWER else {"schedules": [{"starts": starts}]})
        for title in _TEXTS
    }
    for title, path in written.items():
        await_true(partial(_is_ready, editor, path), _SOUND_S, f"sound of {title}")
        submitted = editor.post(f"{path}/submit", etag=editor.get(path).etag)
        if title == TO_ANSWER:
            approver.post(f"{path}/approve", etag=submitted.etag)
    say(f"to practise: two bulletins wait for approval, and one waits for the answer of {len(world.areas)} communes")


def _is_ready(editor: ApiClient, path: str) -> bool:
    return bool(sound_of(editor, path)["state"] == "ready")


def _written(editor: ApiClient, title: str, world: World, more: dict[str, object]) -> str:
    """Write a bulletin, and return its path; without a time it is handed down, and each commune chooses one."""
    areas = list(world.areas) if not more else list(world.areas[:1])
    draft = {
        "title": title,
        "text": _TEXTS[title],
        "topic": "notice",
        "priority": "normal",
        "language": "vi",
        "targets": {"areas": areas},
        "is_handed_down": not more,
        **more,
    }
    return f"/bulletins/{editor.post('/bulletins', draft).body['id']}"
