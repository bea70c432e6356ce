"""A file is cut into its chats wherever the pieces of it end."""

import json

import pytest

from services.web.chat.transfer.splitting import Splitter

ITEMS = [{"a": ']}"\\'}, {"b": [{"c": "{"}, []]}, [1, "가\\\\"], {"d": {}}]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_elements_come_out_whole(size: int, ascii_only: bool) -> None:
    for whole in (ITEMS, {"format": "x", "n": {"deep": [1]}, "chats": ITEMS, "more": [{"not": "this"}]}):
        data = json.dumps(whole, ensure_ascii=ascii_only).encode()
        splitter = Splitter(1000)
        found = [one for at in range(0, len(data), size) for one in splitter.feed(data[at : at + size])]
        assert [json.loads(one) for one in found if one is not None] == ITEMS
        assert splitter.found


def test_what_is_too_large_is_named_and_passed_over() -> None:
    data = json.dumps([{"a": "x" * 50}, {"b": 1}]).encode()
    splitter = Splitter(20)
    assert [one for at in range(0, len(data), 9) for one in splitter.feed(data[at : at + 9])] == [None, b'{"b": 1}']


def test_without_an_array_nothing_is_found() -> None:
    splitter = Splitter(100)
    assert list(splitter.feed(b'{"a": {"b": [1]}} hello')) == []
    assert not splitter.found
