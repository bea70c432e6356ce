"""Files come, change, move and go; web hears of it."""

import asyncio
import os
import shutil
import unicodedata

from tests.integration.ingest.conftest import Box

KOREAN = "온돌은 방바닥을 데우는 난방 방식이다.\n\n고래를 지난 열기가 오래 남는다.\n"


async def test_dropped_file_is_read_and_gone_when_deleted(box: Box) -> None:
    await box.start(settle_s="1.0")
    await box.until(lambda: "idle" in box.web.calls("heartbeat"))
    file = box.shared / "ondol.txt"
    file.write_text(KOREAN, encoding="utf-8")
    found_s = await box.until(lambda: box.web.ready("shared/ondol.txt"))
    document = box.web.documents["shared/ondol.txt"]
    assert document.text == KOREAN.strip()
    assert [document.text[chunk["start"] : chunk["end"]] for chunk in document.chunks] == [KOREAN.strip()]
    file.unlink()
    gone_s = await box.until(lambda: not box.web.documents)
    assert found_s < 2.5
    assert gone_s < 5.0


async def test_files_that_lie_there_at_start_are_read(box: Box) -> None:
    (box.inbox / "minsu" / "집" / "계약").mkdir(parents=True)
    (box.inbox / "minsu" / "집" / "계약" / "임대차.md").write_text("# 제1조\n\n보증금은 천만 원이다.", encoding="utf-8")
    (box.shared / "rows.csv").write_text("이름,나이\n민수,41\n지수,39\n", encoding="cp949")
    (box.shared / "facts.json").write_text('{"city": "서울", "rooms": [{"name": "안방"}]}', encoding="utf-8")
    (box.shared / "empty.txt").touch()
    await box.start()
    await box.until(lambda: box.web.count() == 4)
    assert box.web.documents["minsu/집/계약/임대차.md"].chunks[0]["heading"] == "제1조"
    assert box.web.documents["shared/rows.csv"].text == "이름: 민수; 나이: 41\n이름: 지수; 나이: 39"
    assert box.web.documents["shared/facts.json"].text == "rooms.name: 안방\n\ncity: 서울"
    assert box.web.documents["shared/empty.txt"].chunks == []


async def test_change_is_read_again_and_a_rewrite_of_the_same_is_not(box: Box) -> None:
    await box.start()
    file = box.shared / "note.md"
    file.write_text("first", encoding="utf-8")
    await box.until(lambda: box.web.ready("shared/note.md"))
    file.write_text("second", encoding="utf-8")
    await box.until(lambda: box.web.documents["shared/note.md"].text == "second")
    before = len(box.web.calls("announce"))
    file.write_text("second", encoding="utf-8")
    await box.until(lambda: len(box.web.calls("announce")) > before)
    assert len(box.web.calls("chunks")) == 2


async def test_rename_moves_the_document(box: Box) -> None:
    await box.start()
    file = box.shared / "old.txt"
    file.write_text("a text that moves", encoding="utf-8")
    await box.until(lambda: box.web.ready("shared/old.txt"))
    (box.inbox / "minsu").mkdir()
    file.rename(box.inbox / "minsu" / "new.txt")
    await box.until(lambda: "minsu/new.txt" in box.web.documents)
    assert box.web.calls("moved") == ["minsu/new.txt"]
    assert box.web.calls("removed") == []
    assert len(box.web.calls("chunks")) == 1


async def test_renamed_folder_moves_all_in_it(box: Box) -> None:
    (box.shared / "a").mkdir()
    for number in range(20):
        (box.shared / "a" / f"{number}.txt").write_text(f"text number {number}", encoding="utf-8")
    await box.start()
    await box.until(lambda: box.web.count() == 20)
    (box.shared / "a").rename(box.shared / "b")
    await box.until(lambda: len(box.web.calls("moved")) == 20)
    assert sorted(box.web.documents) == sorted(f"shared/b/{number}.txt" for number in range(20))
    shutil.rmtree(box.shared / "b")
    await box.until(lambda: not box.web.documents)


async def test_slowly_copied_file_is_not_read_early(box: Box) -> None:
    await box.start()
    with (box.shared / "slow.txt").open("w", encoding="utf-8") as file:
        for number in range(12):
            file.write(f"line {number}\n")
            file.flush()
            await asyncio.sleep(0.25 if number % 4 else 0.6)  # rests longer than settle_s, but stays open
        assert box.web.calls("announce") == []
    await box.until(lambda: box.web.ready("shared/slow.txt"))
    assert box.web.documents["shared/slow.txt"].text.endswith("line 11")
    assert len(box.web.calls("announce")) == 1


async def test_ignored_names_links_and_strays_are_not_read(box: Box) -> None:
    secret = box.home / "secret.txt"
    secret.write_text("must stay inside", encoding="utf-8")
    (box.home / "elsewhere").mkdir()
    (box.home / "elsewhere" / "x.txt").write_text("must stay inside", encoding="utf-8")
    for name in (".hidden.txt", "~$doc.txt", "film.txt.part", "x.crdownload", "q.ask.md", "q.answer.md", "Thumbs.db"):
        (box.shared / name).write_text("no", encoding="utf-8")
    (box.shared / "@eaDir").mkdir()
    (box.shared / "@eaDir" / "thumb.txt").write_text("no", encoding="utf-8")
    (box.inbox / "stray.txt").write_text("no", encoding="utf-8")
    await box.start(ignore="*.bak.txt")
    (box.shared / "link.txt").symlink_to(secret)
    (box.shared / "folder").symlink_to(box.home / "elsewhere")
    os.mkfifo(box.shared / "pipe.txt")
    (box.shared / "a.bak.txt").write_text("no", encoding="utf-8")
    (box.shared / "good.txt").write_text("yes", encoding="utf-8")
    await box.until(lambda: box.web.ready("shared/good.txt"))
    await asyncio.sleep(1)
    assert list(box.web.documents) == ["shared/good.txt"]


async def test_file_replaced_by_a_link_is_removed(box: Box) -> None:
    secret = box.home / "secret.txt"
    secret.write_text("must stay inside", encoding="utf-8")
    await box.start()
    (box.shared / "a.txt").write_text("a", encoding="utf-8")
    await box.until(lambda: box.web.ready("shared/a.txt"))
    (box.shared / "new").symlink_to(secret)
    (box.shared / "new").rename(box.shared / "a.txt")
    await box.until(lambda: not box.web.documents)


async def test_decomposed_name_is_the_same_path(box: Box) -> None:
    await box.start()
    name = "회의록.txt"
    (box.shared / unicodedata.normalize("NFD", name)).write_text("첫 번째", encoding="utf-8")
    await box.until(lambda: box.web.ready(f"shared/{name}"))
    (box.shared / unicodedata.normalize("NFD", name)).unlink()
    await box.until(lambda: not box.web.documents)


async def test_unknown_binary_and_broken_files_are_told(box: Box) -> None:
    await box.start()
    (box.shared / "film.mp4").write_bytes(os.urandom(1000))
    (box.shared / "noise.txt").write_bytes(os.urandom(4000))
    (box.shared / "broken.json").write_text('{"a": ', encoding="utf-8")
    (box.shared / "good.txt").write_text("yes", encoding="utf-8")
    await box.until(lambda: len(box.web.documents) == 4 and box.web.count("queued") == 0)
    states = {path.removeprefix("shared/"): document.state for path, document in box.web.documents.items()}
    assert states == {
        "film.mp4": "unsupported",
        "noise.txt": "unsupported",
        "broken.json": "failed",
        "good.txt": "ready",
    }
    error = box.web.documents["shared/broken.json"].error
    assert error is not None
    assert error["code"] == "invalid_json"


async def test_two_thousand_files_are_all_found_once(box: Box) -> None:
    await box.start()
    await box.until(lambda: "idle" in box.web.calls("heartbeat"))
    for number in range(2000):
        folder = box.shared / str(number % 37)
        folder.mkdir(exist_ok=True)
        (folder / f"{number}.txt").write_text(f"file number {number}", encoding="utf-8")
    await box.until(lambda: box.web.count() == 2000, within_s=90)
    assert len(box.web.calls("chunks")) == 2000
    for folder in box.shared.iterdir():
        shutil.rmtree(folder)
    await box.until(lambda: not box.web.documents, within_s=20)
