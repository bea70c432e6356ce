"""Questions by file are told to web, each state of each file once."""

import asyncio

from tests.integration.ingest.conftest import Box


async def test_a_question_is_told_when_it_rests_and_is_no_document(box: Box) -> None:
    (box.shared / "early.ask.md").write_text("Was I seen at the start?\n")
    await box.start()
    await box.until(lambda: "shared/early.ask.md" in box.web.asks)
    (box.shared / "bill.ask.md").write_bytes("전기 요금은 얼마인가요?\r\n".encode("cp949"))
    (box.shared / "bill.answer.md").write_text("An answer.\n")
    (box.shared / "bill.error.md").write_text("An error.\n")
    (box.shared / "plain.md").write_text("A document.\n")
    await box.until(lambda: box.web.ready("shared/plain.md") and "shared/bill.ask.md" in box.web.asks)
    assert box.web.asks["shared/bill.ask.md"] == "전기 요금은 얼마인가요?\n"
    assert list(box.web.documents) == ["shared/plain.md"]
    assert box.web.calls("ask") == ["shared/early.ask.md", "shared/bill.ask.md"]


async def test_edited_is_told_anew_and_gone_is_told(box: Box) -> None:
    ask = box.shared / "bill.ask.md"
    ask.write_text("How much?\n")
    await box.start()
    await box.until(lambda: "shared/bill.ask.md" in box.web.asks)
    ask.unlink()
    ask.write_text("How much, and when?\n")  # as editors save
    await box.until(lambda: box.web.asks.get("shared/bill.ask.md") == "How much, and when?\n")
    assert box.web.calls("ask removed") == []
    ask.unlink()
    await box.until(lambda: box.web.calls("ask removed") == ["shared/bill.ask.md"])


async def test_what_is_no_question_is_passed_over(box: Box) -> None:
    folder = box.shared / ".stfolder"
    folder.mkdir()
    (folder / "hidden.ask.md").write_text("?")
    for name in (".ask.md", "~$x.ask.md", "._x.ask.md", "x.ask.md.tmp"):
        (box.shared / name).write_text("?")
    (box.inbox / "nobody.ask.md").write_text("?")
    (box.shared / "link.ask.md").symlink_to("/etc/hostname")
    (box.shared / "folder.ask.md").mkdir()
    await box.start()
    (box.shared / "noise.ask.md").write_bytes(bytes(range(256)) * 40)
    (box.shared / "deep" / "er").mkdir(parents=True)
    (box.shared / "deep" / "er" / "real.ask.md").write_text("Really?")
    await box.until(lambda: len(box.web.asks) == 2)
    assert box.web.asks["shared/deep/er/real.ask.md"] == "Really?"
    assert "unsupported" in box.web.asks["shared/noise.ask.md"]
    assert sorted(box.web.calls("ask")) == ["shared/deep/er/real.ask.md", "shared/noise.ask.md"]


async def test_a_question_asked_while_web_was_away_is_told_when_it_is_back(box: Box) -> None:
    await box.start()
    await box.until(lambda: box.web.calls("files") != [])
    await box.served.stop()
    (box.shared / "bill.ask.md").write_text("How much?\n")
    await asyncio.sleep(1)
    await box.served.start()
    await box.until(lambda: box.web.asks.get("shared/bill.ask.md") == "How much?\n")
