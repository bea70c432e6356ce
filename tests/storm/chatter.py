"""Somebody who asks one question after another and comes back after every cut, as the page does."""

import asyncio
import random
import time
from dataclasses import dataclass, field

import httpx
import websockets

from tests.appliance import ChatSocket, Json, Person

AWAY_S = 0.1
QUESTIONS = (
    "Tell a long story about a lighthouse.",
    "등대 이야기를 길게 해 줘.",
    "List what a harbour needs, and why.",
)


@dataclass
class Shown:
    """What the screen shows of one answer, up to stream_token `seq`."""

    run_id: str
    seq: int = 0
    text: str = ""
    rewound: int = 0
    """Tokens that were shown and then replaced."""
    replaced_s: float = 0.0
    """Of what was replaced: between when the first and the last of it was shown."""
    shown_at: dict[int, float] = field(default_factory=dict)

    def take(self, frame: Json) -> None:
        """Raises AssertionError when a viewer would see a gap."""
        match frame["type"]:
            case "stream_start" | "stream_rewind":
                self._replace(frame["seq"])
                self.seq, self.text = frame["seq"], frame["content"]
            case "stream_token" if frame["seq"] > self.seq:
                assert frame["seq"] == self.seq + 1, f"run {self.run_id}: {frame['seq']} after {self.seq}"
                self.seq, self.text = frame["seq"], self.text + frame["token"]
                self.shown_at[self.seq] = time.monotonic()

    def _replace(self, seq: int) -> None:
        if seq < self.seq:
            self.rewound += self.seq - seq
            began = self.shown_at.get(seq + 1, self.shown_at.get(self.seq, 0.0))
            self.replaced_s = max(self.replaced_s, self.shown_at.get(self.seq, began) - began)


@dataclass
class Tally:
    """What one chatter lived through."""

    answers: int = 0
    failed: list[str] = field(default_factory=list)
    """Codes of failed answers."""
    cuts: int = 0
    restarting: int = 0
    rewound: list[int] = field(default_factory=list)
    """Tokens replaced, of each answer that lost some."""
    replaced_s: float = 0.0
    """The longest time that was shown and then replaced."""


class Chatter:
    """`stopping` lets the answer under way end and asks nothing more."""

    def __init__(self, who: Person, session: str, chance: random.Random) -> None:
        self._who = who
        self._session = session
        self._chance = chance
        self._shown: Shown | None = None
        self._asked = False
        self.tally = Tally()
        self.stopping = asyncio.Event()

    async def run(self) -> None:
        while not (self.stopping.is_set() and not self._asked):
            try:
                async with self._who.socket(self._session) as chat:
                    await self._watch(chat)
            except (OSError, TimeoutError, websockets.WebSocketException, httpx.HTTPError):
                self.tally.cuts += 1
                await asyncio.sleep(AWAY_S)

    async def _watch(self, chat: ChatSocket) -> None:
        if self._shown is not None:
            await chat.send(type="resume", run_id=self._shown.run_id, after_seq=self._shown.seq)
        elif self._asked:
            self._asked = await self._arrived()
        while True:
            if not self._asked:
                if self.stopping.is_set():
                    return
                self._asked = True
                await chat.send(type="message", content=self._chance.choice(QUESTIONS))
            self._take(await chat.next(timeout_s=120))

    async def _arrived(self) -> bool:
        """Whether a question that was sent just before a cut is being answered."""
        messages = (await self._who.http.get(f"/api/sessions/{self._session}/messages/?limit=1")).json()
        return bool(messages) and messages[-1]["status"] in ("queued", "running")

    def _take(self, frame: Json) -> None:
        run_id: str = frame.get("run_id") or ""
        if frame["type"] == "model_restarting":
            self.tally.restarting += 1
        if frame["type"] == "error" and not run_id:
            raise AssertionError(f"refused: {frame['error']}")
        if frame["type"] not in ("stream_start", "stream_token", "stream_rewind", "stream_end", "error"):
            return
        if self._shown is None or self._shown.run_id != run_id:
            if frame["type"] == "stream_end":
                return
            self._shown = Shown(run_id)
        if frame["type"] in ("stream_end", "error"):
            self._end(frame)
        else:
            self._shown.take(frame)

    def _end(self, frame: Json) -> None:
        assert self._shown is not None
        if frame["type"] == "error":
            self.tally.failed.append(frame["error"]["code"])
        else:
            self.tally.answers += 1
            assert frame["message"]["content"] == self._shown.text, f"run {self._shown.run_id}: shown is not stored"
        if self._shown.rewound:
            self.tally.rewound.append(self._shown.rewound)
            self.tally.replaced_s = max(self.tally.replaced_s, self._shown.replaced_s)
        self._shown, self._asked = None, False
