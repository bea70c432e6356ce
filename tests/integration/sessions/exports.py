"""Exports of other programs, as they write them; the conversations are made up."""

from typing import Any

Json = dict[str, Any]


def _said(role: str, name: str, parts: list[Any], at: float | None, **more: Any) -> Json:
    content = {
        "content_type": "text" if all(isinstance(one, str) for one in parts) else "multimodal_text",
        "parts": parts,
    }
    return {
        "id": name,
        "author": {"role": role, "name": None, "metadata": {}},
        "create_time": at,
        "update_time": None,
        "content": content,
        "status": "finished_successfully",
        "end_turn": True,
        "weight": 1.0,
        "metadata": {},
        "recipient": "all",
        "channel": None,
        **more,
    }


def _place(name: str, parent: str | None, children: list[str], message: Json | None) -> Json:
    return {"id": name, "message": message, "parent": parent, "children": children}


PICTURE = {"content_type": "image_asset_pointer", "asset_pointer": "file-service://file-1", "width": 640, "height": 480}
HIDDEN = {"metadata": {"is_visually_hidden_from_conversation": True}}

CHATGPT: list[Json] = [
    {
        "title": "Bleeding a radiator",
        "create_time": 1700000000.25,
        "update_time": 1700000900.5,
        "mapping": {
            "root": _place("root", None, ["sys"], None),
            "sys": _place("sys", "root", ["q"], _said("system", "sys", [""], None, **HIDDEN)),
            "q": _place("q", "sys", ["a1", "tool"], _said("user", "q", ["Why does it gurgle?", PICTURE], 1700000001.0)),
            "a1": _place("a1", "q", [], _said("assistant", "a1", ["There is air in it."], 1700000002.0)),
            "tool": _place("tool", "q", ["ran"], _said("assistant", "tool", ["go()"], 1700000003.0, recipient="web")),
            "ran": _place("ran", "tool", ["a2"], _said("tool", "ran", ["12 results"], 1700000004.0)),
            "a2": _place("a2", "ran", ["q2"], _said("assistant", "a2", ["Bleed it **now**."], 1700000005.0)),
            "q2": _place("q2", "a2", [], _said("user", "q2", ["라디에이터 열쇠는 어디에 있나요?"], 1700000006.0)),
        },
        "moderation_results": [],
        "current_node": "a1",
        "plugin_ids": None,
        "conversation_id": "6f0c8d6e-0001",
        "default_model_slug": "gpt-4o",
        "is_archived": True,
        "id": "6f0c8d6e-0001",
    },
    {"title": "Nothing", "create_time": 1.0, "update_time": 2.0, "mapping": {}, "current_node": None, "id": "6f-2"},
    {"title": "Broken", "create_time": "yesterday", "mapping": {}, "id": "6f-3"},
]

OPENWEBUI: list[Json] = [
    {
        "id": "c0ffee-1",
        "user_id": "u1",
        "title": "저녁 메뉴",
        "chat": {
            "title": "저녁 메뉴",
            "models": ["llama3:8b"],
            "history": {
                "messages": {
                    "m1": {
                        "id": "m1", "parentId": None, "childrenIds": ["m2", "m3"], "role": "user",
                        "content": "두부로 뭘 만들까?", "timestamp": 1710000000, "models": ["llama3:8b"],
                        "files": [{"type": "image", "url": "data:image/png;base64,AAAA"}],
                    },
                    "m2": {
                        "id": "m2", "parentId": "m1", "childrenIds": [], "role": "assistant", "content": "두부조림",
                        "timestamp": 1710000005, "model": "llama3:8b", "done": True,
                    },
                    "m3": {
                        "id": "m3", "parentId": "m1", "childrenIds": [], "role": "assistant", "content": "순두부찌개",
                        "timestamp": 1710000009, "model": "llama3:8b", "done": True,
                    },
                },
                "currentId": "m3",
            },
            "messages": [],
            "tags": ["food"],
            "timestamp": 1710000000000,
        },
        "updated_at": 1710000010,
        "created_at": 1710000000,
        "share_id": None,
        "archived": False,
        "pinned": True,
        "meta": {"tags": ["food"]},
        "folder_id": None,
    },
    {
        "id": "c0ffee-2",
        "title": "Old",
        "chat": {
            "title": "Old",
            "messages": [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "Hi there."}],
            "timestamp": 1690000000000,
        },
    },
]  # fmt: skip
