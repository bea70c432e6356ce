"""Chats that outlive the model process: real processes, the real model, real files."""

import asyncio
import signal
import time
from pathlib import Path

import pytest

from services.core.protocol.client import ModelClient
from services.core.protocol.frames import Message, Sampling, Stats
from tests.integration.model.box import Answer, Box, answer, ask, said, until

LONG = "Tell me about the floor of an old house, the stove below it and the smoke that runs through it. " * 12
ENDLESS = Sampling(temperature=0.0, ignore_eos=True)


async def first_turn(client: ModelClient) -> list[Message]:
    got = await answer(client, ask(client, LONG, chat="c", max_tokens=12))
    return [said("user", LONG), said("assistant", "", got.tokens)]


async def second_turn(client: ModelClient, history: list[Message]) -> Answer:
    return await answer(client, ask(client, "And why?", chat="c", history=history, max_tokens=12))


def unread(got: Answer) -> int:
    return got.finished.usage.prompt_tokens - got.finished.usage.cached_tokens


def files(box: Box) -> list[Path]:
    return sorted((box.home / "kv").glob("*.kv"))


@pytest.mark.parametrize("kv_type", ["f16", "q8_0"])
async def test_a_restarted_process_reads_only_what_is_new(box: Box, kv_type: str) -> None:
    box.fill()
    box.settings["engine__kv_type"] = kv_type
    await box.start()
    async with box.client() as client:
        history = await first_turn(client)
        expected = await second_turn(client, history)
    began = time.monotonic()
    code, log = await box.end()
    assert (code, "Traceback" in log) == (0, False)
    assert time.monotonic() - began < 4
    assert {path.stat().st_mode & 0o777 for path in files(box)} == {0o600}
    await box.start()
    async with box.client() as client:
        got = await second_turn(client, history)
        assert unread(got) < 40
        assert got.finished.usage.prompt_tokens > 250
        assert got.text == expected.text
        stats: Stats = await client.stats()
        assert (stats.kv_restores_total, stats.kv_rejected_files_total) == (1, 0)
        assert stats.kv_restored_tokens_total == got.finished.usage.cached_tokens
        assert stats.kv_files == len(files(box)) > 1
        assert stats.kv_disk_bytes == sum(path.stat().st_size for path in files(box))


async def test_a_pulled_plug_loses_only_what_was_said_last(box: Box) -> None:
    box.fill()
    box.settings["engine__kv_save_after_s"] = "0.2"
    await box.start()
    async with box.client() as client:
        history = await first_turn(client)

        async def kept() -> bool:
            stats = await client.stats()
            return stats.kv_written_bytes_total > 0 and stats.kv_files >= 3 and len(files(box)) == stats.kv_files

        await until(kept)
    await box.end(signal.SIGKILL)
    await box.start()
    async with box.client() as client:
        assert unread(await second_turn(client, history)) < 40


async def test_another_kind_of_cache_and_damage_are_read_again_not_fatal(box: Box) -> None:
    box.fill()
    await box.start()
    async with box.client() as client:
        history = await first_turn(client)
        expected = await second_turn(client, history)
    await box.end()
    for path in files(box):
        data = bytearray(path.read_bytes())
        data[-100] ^= 1
        path.write_bytes(data)
    await box.start()
    async with box.client() as client:
        got = await second_turn(client, history)
        assert (got.text, got.finished.usage.cached_tokens) == (expected.text, 0)
        assert (await client.stats()).kv_rejected_files_total >= 1
    await box.end()
    assert files(box)
    box.settings["engine__kv_type"] = "q8_0"
    await box.start()
    async with box.client() as client:
        assert (await second_turn(client, history)).finished.usage.cached_tokens == 0
        assert (await client.stats()).kv_rejected_files_total >= 3


async def test_a_stop_in_mid_answer_keeps_it_and_leaves_no_half_file(box: Box) -> None:
    box.fill()
    await box.start()
    async with box.client() as client:
        request = ask(client, LONG, chat="c", max_tokens=300, sampling=ENDLESS)
        got: list[int] = []
        async for frame in client.generate(request):
            got += getattr(frame, "tokens", ())
            if len(got) > 20:
                break
        await box.end()
    assert not list((box.home / "kv").glob("*.part"))
    await box.start()
    async with box.client() as client:
        resumed = ask(client, LONG, chat="c", max_tokens=25, sampling=ENDLESS, resume=tuple(got))
        again = await answer(client, resumed)
        assert (await client.stats()).kv_restored_tokens_total > again.finished.usage.prompt_tokens
        assert again.finished.usage.cached_tokens == again.finished.usage.prompt_tokens


async def test_turned_off_nothing_is_written(box: Box) -> None:
    box.fill()
    box.settings["engine__kv_disk_bytes"] = "0"
    await box.start()
    async with box.client() as client:
        history = await first_turn(client)
        await asyncio.to_thread((box.home / "kv").rmdir)
    await box.end()
    await box.start()
    async with box.client() as client:
        assert (await second_turn(client, history)).finished.usage.cached_tokens == 0
