"""Naming, finding and dropping blocks; the daily budget."""

from pathlib import Path

import pytest

from services.model.kv.blocks import BLOCK_TOKENS, blocks_of, root
from services.model.kv.budget import DailyBudget
from services.model.kv.index import BlockIndex, Entry

ROOT = root("model")
CHAT = list(range(1000, 1300))


def kept(*chats: list[int], used: float = 1.0) -> BlockIndex:
    index = BlockIndex()
    for chat in chats:
        for block in blocks_of(ROOT, chat):
            if not any(entry.block == block for entry in index):
                index.add(Entry(block, 10, used))
    return index


def test_chats_that_begin_alike_share_their_blocks_and_nothing_else() -> None:
    other = [*CHAT[:200], *range(5000, 5100)]
    names = [[block.digest for block in blocks_of(ROOT, chat)] for chat in (CHAT, other)]
    assert names[0][0] == names[1][0]
    assert not set(names[0][1:]) & set(names[1][1:])
    assert not set(names[0]) & {block.digest for block in blocks_of(root("another model"), CHAT)}


@pytest.mark.parametrize("length", [0, 1, 127, 128, 129, 250, 300])
def test_the_longest_kept_beginning_is_found_to_the_token(length: int) -> None:
    wanted = [*CHAT[:length], *range(7000, 7100)]
    hits = kept(CHAT).walk(ROOT, wanted)
    assert (hits[-1].end if hits else 0) == length
    assert [hit.entry.block.start for hit in hits] == list(range(0, length, BLOCK_TOKENS))


def test_of_two_ends_the_one_that_agrees_longer_is_taken() -> None:
    forked = [*CHAT[:260], *range(9000, 9040)]
    index = kept(CHAT, forked)
    assert index.walk(ROOT, forked)[-1].end == 300
    assert index.walk(ROOT, [*CHAT[:270], 1])[-1].end == 270


def test_a_grown_end_supersedes_the_shorter_one_and_no_other() -> None:
    index = kept(CHAT[:280], [*CHAT[:270], 5, 5, 5])
    *_, grown = blocks_of(ROOT, CHAT)
    assert [entry.block.end for entry in index.superseded(grown)] == [280]


def test_what_was_unused_longest_goes_first_and_a_chain_from_its_end() -> None:
    index = kept(CHAT, used=5.0)
    for block in blocks_of(ROOT, list(range(200))):
        index.add(Entry(block, 7, 4.0))
    gone = []
    while (entry := index.unused_longest()) is not None:
        assert index.remove(entry)
        assert not index.remove(entry)
        gone.append((entry.used, entry.block.start))
    assert gone == [(4.0, 128), (4.0, 0), (5.0, 256), (5.0, 128), (5.0, 0)]
    assert (index.size, index.count) == (0, 0)


def test_a_day_s_writing_has_an_end_that_outlives_the_process_but_not_the_day(tmp_path: Path) -> None:
    day = ["2026-11-22"]
    budget = DailyBudget(tmp_path, 100, lambda: day[0])
    assert budget.allows(100)
    budget.add(70)
    assert not budget.allows(40)
    assert budget.exhausted
    again = DailyBudget(tmp_path, 100, lambda: day[0])
    assert (again.written, again.allows(40), again.allows(30)) == (70, False, True)
    day[0] = "2026-11-23"
    assert (again.written, again.exhausted, again.allows(100)) == (0, False, True)
    (tmp_path / "written.json").write_text("{")
    assert DailyBudget(tmp_path, 0, lambda: day[0]).allows(10**12)
