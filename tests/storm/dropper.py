"""Somebody who drops files into the shared folder while the house is under fire."""

import asyncio
import os
from pathlib import Path

from tests.appliance import Person

PAUSE_S = 1.5


class Dropper:
    """Every file holds one word that no other has; now and then one is written anew or taken away."""

    def __init__(self, inbox: Path) -> None:
        self._folder = inbox / "shared"
        self.words: dict[str, str] = {}
        """File name → the word that must be found in it."""
        self.stopping = asyncio.Event()

    async def run(self) -> None:
        number = 0
        while not self.stopping.is_set():
            number += 1
            self._drop(f"note-{number}.txt", f"zq{number:05d}a")
            if number % 5 == 0:
                self._drop(f"note-{number - 3}.txt", f"zq{number - 3:05d}b")
            if number % 7 == 0:
                self.words.pop(f"note-{number - 4}.txt", None)
                (self._folder / f"note-{number - 4}.txt").unlink(missing_ok=True)
            await asyncio.sleep(PAUSE_S)

    def _drop(self, name: str, word: str) -> None:
        text = f"The keeper of lamp {name} writes down the word {word}. " + "Boats come and go in the harbour. " * 40
        part = self._folder / f".{name}.part"
        part.write_text(text)
        os.replace(part, self._folder / name)
        self.words[name] = word

    async def all_found(self, who: Person) -> bool:
        """Whether exactly the files that lie there are listed, ready, each once."""
        listed = []
        before = ""
        while page := (await who.http.get(f"/api/rag/documents/?limit=200{before}")).json():
            listed += page
            before = f"&before={page[-1]['id']}"
        states = {one["title"]: one["state"] for one in listed if one["title"].startswith("note-")}
        assert len(listed) == len({one["id"] for one in listed}), "a document is listed twice"
        return states == dict.fromkeys(self.words, "ready")

    async def lost(self, who: Person) -> list[str]:
        """Files whose word a search does not find in them."""
        missing = []
        for name, word in self.words.items():
            results = (await who.http.get("/api/rag/search/", params={"q": word, "k": 3})).json()["results"]
            if name not in [hit["title"] for hit in results if word in hit["text"]]:
                missing.append(name)
        return missing
