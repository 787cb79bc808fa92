"""Review of a bulletin: returned with a remark at a place, corrected beside it, approved with the changes in view."""

from __future__ import annotations

from playwright.sync_api import expect

from broadcast.bulletins.model import BulletinStatus
from tests.e2e.browser.conftest import Visitor
from tests.e2e.browser.served_console import ServedConsole

_MARK = """(words) => {
  const text = document.getElementById("text").firstChild;
  const at = text.data.indexOf(words);
  document.getSelection().setBaseAndExtent(text, at, text, at + words.length);
}"""

_MARKED = """(() => {
  const field = document.activeElement;
  return field.value.slice(field.selectionStart, field.selectionEnd);
})()"""


def test_a_remark_at_a_place_goes_to_the_author_and_the_change_comes_back(
    served: ServedConsole, visitor: Visitor
) -> None:
    waiting = served.submitted(days=4, hour=15, title="Tin có góp ý")
    approver = visitor("approver").page
    author = visitor("editor").page
    address = f"{served.url}/bulletins/{waiting.id}"
    approver.goto(f"{address}/approval")
    expect(approver.locator("#map[data-ready=yes]")).to_be_visible()
    words = waiting.text.split(".")[0][:12].strip()
    # As a pointer ends a selection: the event comes after it.
    approver.evaluate(_MARK, words)
    approver.locator("#text").dispatch_event("pointerup")
    expect(approver.get_by_label("Đoạn trong bài")).to_have_value(words)
    approver.get_by_label("Cần sửa gì").fill("Chào thế này chưa đủ")
    approver.get_by_role("button", name="Góp ý chỗ khác").click()
    expect(approver.get_by_label("Đoạn trong bài")).to_have_count(2)
    approver.get_by_role("button", name="Trả lại để sửa").click()
    approver.wait_for_url("**/approvals")

    author.goto(f"{address}/edit")
    note = author.locator(".note-line")
    expect(note).to_contain_text("Chào thế này chưa đủ")
    note.get_by_role("button", name="Đến chỗ này").click()
    assert author.evaluate(_MARKED) == words
    author.get_by_label("Lời đọc", exact=True).fill(f"{waiting.text} Trân trọng.")
    note.get_by_role("button", name="Đã sửa xong").click()
    expect(note).to_contain_text("đã xong")
    author.get_by_role("button", name="Lưu", exact=True).click()
    expect(author.get_by_text("Đã lưu.")).to_be_visible()
    served.make_sound(waiting.id)
    author.goto(address)
    author.get_by_role("button", name="Gửi duyệt").click()
    expect(author.get_by_text("Đã gửi duyệt.")).to_be_visible()

    approver.goto(f"{address}/approval")
    # In the spoken text, and in the boards' text.
    for changed in approver.locator("ins", has_text="Trân trọng.").all():
        expect(changed).to_be_visible()
    expect(approver.locator("ins", has_text="Trân trọng.")).to_have_count(2)
    approver.get_by_role("button", name="Duyệt cho phát").click()
    approver.wait_for_url(address)
    assert served.bulletin(waiting.id).status is BulletinStatus.APPROVED
