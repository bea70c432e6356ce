"""Files and folders that may not be read: told, kept, and read as soon as they may."""

import asyncio

from tests.integration.ingest.conftest import Box


async def test_unreadable_file_is_told_once_and_read_when_it_may_be(box: Box) -> None:
    file = box.shared / "a.txt"
    file.write_text("a", encoding="utf-8")
    file.chmod(0)
    await box.start(powerless=True, rescan_s="0.5")
    await box.until(lambda: box.web.count("failed") == 1)
    error = box.web.documents["shared/a.txt"].error
    assert error is not None
    assert error["code"] == "unreadable"
    await asyncio.sleep(1.5)
    assert box.web.calls("failed") == ["shared/a.txt"]
    file.chmod(0o644)
    await box.until(lambda: box.web.ready("shared/a.txt"))


async def test_documents_of_an_unreadable_folder_are_kept(box: Box) -> None:
    folder = box.shared / "sub"
    folder.mkdir()
    (folder / "a.txt").write_text("a", encoding="utf-8")
    (box.shared / "b.txt").write_text("b", encoding="utf-8")
    await box.start(powerless=True, rescan_s="0.5")
    await box.until(lambda: box.web.count() == 2)
    folder.chmod(0)
    (box.shared / "b.txt").unlink()
    await box.until(lambda: list(box.web.documents) == ["shared/sub/a.txt"])
    await asyncio.sleep(3)
    folder.chmod(0o755)
    assert list(box.web.documents) == ["shared/sub/a.txt"]
    assert box.web.calls("removed") == ["shared/b.txt"]
