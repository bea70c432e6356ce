"""Web goes and comes back, the parser child is killed, disks and limits say no: nothing is lost."""

import asyncio
import os
import signal
import time
from pathlib import Path

from services.core.process import rss_bytes
from tests.integration.ingest.conftest import Box

MIB = 1024 * 1024


async def test_web_that_restarts_misses_nothing(box: Box) -> None:
    await box.start()
    (box.shared / "before.txt").write_text("before", encoding="utf-8")
    await box.until(lambda: box.web.ready("shared/before.txt"))
    await box.served.stop()
    (box.shared / "during.txt").write_text("during", encoding="utf-8")
    (box.shared / "before.txt").unlink()
    await asyncio.sleep(1)
    await box.served.start()
    await box.until(lambda: list(box.web.documents) == ["shared/during.txt"] and box.web.ready("shared/during.txt"))
    (box.shared / "after.txt").write_text("after", encoding="utf-8")
    await box.until(lambda: box.web.ready("shared/after.txt"))


async def test_ingest_started_before_web_waits_for_it(box: Box) -> None:
    await box.served.stop()
    (box.shared / "a.txt").write_text("a", encoding="utf-8")
    await box.start()
    await asyncio.sleep(1)
    await box.served.start()
    await box.until(lambda: box.web.ready("shared/a.txt"))


async def test_restart_reads_only_what_changed(box: Box) -> None:
    await box.start()
    for name in ("same", "changed", "deleted"):
        (box.shared / f"{name}.txt").write_text(f"{name} one", encoding="utf-8")
    await box.until(lambda: box.web.count() == 3)
    assert await box.stop() == 0
    (box.shared / "changed.txt").write_text("changed two", encoding="utf-8")
    (box.shared / "deleted.txt").unlink()
    (box.shared / "new.txt").write_text("new", encoding="utf-8")
    box.web.log.clear()
    await box.start()
    await box.until(lambda: "shared/deleted.txt" not in box.web.documents and box.web.count() == 3)
    assert sorted(box.web.calls("announce")) == ["shared/changed.txt", "shared/new.txt"]
    assert box.web.documents["shared/changed.txt"].text == "changed two"


async def test_documents_of_an_older_reader_are_read_again(box: Box) -> None:
    await box.start()
    (box.shared / "a.txt").write_text("a", encoding="utf-8")
    await box.until(lambda: box.web.ready("shared/a.txt"))
    await box.stop()
    box.web.documents["shared/a.txt"].parser_version = "0"
    await box.start()
    await box.until(lambda: len(box.web.calls("chunks")) == 2)
    assert box.web.documents["shared/a.txt"].parser_version != "0"


def large_text() -> str:
    return "\n\n".join(f"{number} " + ("온돌은 방을 데운다. " * 30).strip() for number in range(20_000))


async def test_killed_parser_child_fails_that_file_only(box: Box) -> None:
    await box.start()
    (box.shared / "large.txt").write_text(large_text(), encoding="utf-8")
    await box.until(lambda: bool(box.web.progress), within_s=20)
    (child,) = box.children()
    os.kill(child, signal.SIGKILL)
    await box.until(lambda: box.web.count("failed") == 1)
    error = box.web.documents["shared/large.txt"].error
    assert error is not None
    assert error["code"] == "parse_killed"
    (box.shared / "next.txt").write_text("next", encoding="utf-8")
    await box.until(lambda: box.web.ready("shared/next.txt"))


async def test_retry_asked_by_web_reads_a_failed_file_again(box: Box) -> None:
    await box.start()
    (box.shared / "a.txt").write_text("a", encoding="utf-8")
    await box.until(lambda: box.web.ready("shared/a.txt"))
    box.web.documents["shared/a.txt"].state = "queued"
    box.web.orders = {"retry": ["shared/a.txt"]}
    await box.until(lambda: len(box.web.calls("chunks")) == 2)


async def test_file_deleted_while_it_is_read_is_given_up(box: Box) -> None:
    await box.start()
    (box.shared / "large.txt").write_text(large_text(), encoding="utf-8")
    await box.until(lambda: bool(box.web.progress), within_s=20)
    (box.shared / "large.txt").unlink()
    await box.until(lambda: not box.web.documents)
    assert box.web.calls("chunks") == []


async def test_reading_goes_on_at_its_page_after_a_restart(box: Box) -> None:
    await box.start()
    (box.shared / "large.txt").write_text(large_text(), encoding="utf-8")
    await box.until(lambda: len(box.web.progress) >= 1, within_s=20)
    assert box.process is not None
    await box.stop(signal.SIGKILL)
    (log,) = (box.home / "run" / "spool").iterdir()
    kept = log.stat().st_size
    assert kept > 10_000
    await box.start()
    await box.until(lambda: box.web.ready("shared/large.txt"), within_s=60)
    assert box.web.documents["shared/large.txt"].text == large_text()
    await box.until(lambda: list((box.home / "run" / "spool").iterdir()) == [])


async def test_refusals_of_web_are_tried_again(box: Box) -> None:
    box.web.refuse_chunks = [507, 409]
    await box.start()
    (box.shared / "a.txt").write_text("a", encoding="utf-8")
    await box.until(lambda: box.web.ready("shared/a.txt"), within_s=15)


async def test_too_large_and_too_long_fail_with_a_reason(box: Box) -> None:
    await box.start(max_file_bytes="1000000", max_text_chars="5000")
    (box.shared / "bytes.txt").write_bytes(b"x" * 1_000_001)
    (box.shared / "chars.txt").write_text("word " * 2000, encoding="utf-8")
    await box.until(lambda: box.web.count("failed") == 2)
    codes = {path: document.error["code"] for path, document in box.web.documents.items() if document.error}
    assert codes == {"shared/bytes.txt": "too_large", "shared/chars.txt": "too_much_text"}


async def test_a_text_of_one_gigabyte_fails_and_costs_little(box: Box) -> None:
    file = box.shared / "huge.txt"
    line = ("a line of a very long log file, of which there are many more to come\n" * 15_000).encode()
    with file.open("wb") as out:
        for _ in range(1_000_000_000 // len(line)):
            out.write(line)
    await box.start()
    peak = 0
    begun = time.monotonic()
    while box.web.count("failed") == 0:
        assert time.monotonic() - begun < 100
        assert box.process is not None
        pids = [box.process.pid, *box.children()]
        peak = max(peak, sum(rss_bytes(pid) or 0 for pid in pids))
        await asyncio.sleep(0.1)
    file.unlink()
    error = box.web.documents["shared/huge.txt"].error
    assert error is not None
    assert error["code"] == "too_much_text"
    assert peak < 300 * MIB


async def test_unplugged_inbox_keeps_its_documents(box: Box) -> None:
    await box.start()
    (box.shared / "a.txt").write_text("a", encoding="utf-8")
    await box.until(lambda: box.web.ready("shared/a.txt"))
    box.inbox.rename(box.home / "unplugged")
    await asyncio.sleep(3)
    assert list(box.web.documents) == ["shared/a.txt"]
    (box.home / "unplugged").rename(box.inbox)
    (box.shared / "b.txt").write_text("b", encoding="utf-8")
    await box.until(lambda: box.web.ready("shared/b.txt"))
    assert "shared/a.txt" in box.web.documents


async def test_polling_finds_changes_without_events(box: Box) -> None:
    await box.start(poll="true", poll_interval_s="0.3")
    await box.until(lambda: "idle" in box.web.calls("heartbeat"))
    (box.shared / "sub").mkdir()
    (box.shared / "sub" / "a.txt").write_text("a", encoding="utf-8")
    await box.until(lambda: box.web.ready("shared/sub/a.txt"))
    (box.shared / "sub" / "a.txt").unlink()
    await box.until(lambda: not box.web.documents)


async def test_idle_memory_and_priority(box: Box) -> None:
    await box.start()
    (box.shared / "a.txt").write_text("a", encoding="utf-8")
    await box.until(lambda: box.web.ready("shared/a.txt"))
    assert box.process is not None
    (child,) = box.children()
    assert os.getpriority(os.PRIO_PROCESS, box.process.pid) == 5
    assert os.getpriority(os.PRIO_PROCESS, child) == 10
    (box.shared / "large.txt").write_text(large_text(), encoding="utf-8")
    await box.until(lambda: bool(box.web.progress), within_s=20)
    assert os.sched_getscheduler(child) == os.SCHED_IDLE
    assert (rss_bytes(box.process.pid) or 0) < 35 * MIB


async def test_no_child_outlives_its_parent(box: Box) -> None:
    await box.start()
    (box.shared / "a.txt").write_text("a", encoding="utf-8")
    await box.until(lambda: box.web.ready("shared/a.txt"))
    (child,) = box.children()
    await box.stop(signal.SIGKILL)
    await box.until(
        lambda: not Path(f"/proc/{child}/cmdline").exists() or not Path(f"/proc/{child}/cmdline").read_bytes()
    )


async def test_a_web_that_cannot_forget_now_is_told_later(box: Box) -> None:
    (box.shared / "a.md").write_text("The floor is warm.")
    await box.start()
    await box.until(lambda: box.web.ready("shared/a.md"))
    assert box.process is not None
    pid = box.process.pid
    box.web.refuse_removed = [507]
    (box.shared / "a.md").unlink()
    await box.until(lambda: not box.web.refuse_removed)
    (box.shared / "b.md").write_text("So is the kettle.")
    await box.until(lambda: box.web.ready("shared/b.md"))
    await box.until(lambda: "shared/a.md" not in box.web.documents, within_s=15)
    assert box.process.returncode is None
    assert box.process.pid == pid
