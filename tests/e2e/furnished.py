"""A person with something on every page: a chat answered from a document, a template, and the pages to look at."""

from dataclasses import dataclass

from playwright.async_api import BrowserContext

from tests.appliance import Appliance, Person, eventually, person

RENT = "The rent for the mill on Alder Row is 875 crowns a month, due on the third.\n"
QUESTION = "What is the rent for the mill on Alder Row?"


@dataclass(frozen=True)
class Furnished:
    """Ids of what was made."""

    username: str
    chat: str
    document: str
    template: str
    cookies: dict[str, str]

    def places(self) -> dict[str, str]:
        """Every page of somebody who is logged in: its name and its path."""
        return {
            "new-chat": "/",
            "chat": f"/chat/{self.chat}",
            "library": "/library",
            "document": f"/library/{self.document}",
            "templates": "/templates",
            "template": f"/templates/{self.template}",
            "models": "/models",
            "status": "/status",
            "account": "/account",
        }

    async def enter(self, context: BrowserContext, appliance: Appliance) -> None:
        """Log this context in."""
        for name, value in self.cookies.items():
            await context.add_cookies([{"name": name, "value": value, "url": appliance.url}])


async def furnish(appliance: Appliance, username: str) -> Furnished:
    async with person(appliance, username) as somebody:
        document = (
            await somebody.http.post("/api/rag/documents/", json={"title": "mill.txt", "content": RENT})
        ).json()["id"]
        await eventually(lambda: _ready(somebody, document), timeout_s=30)
        chat = await somebody.chat(use_rag=True, max_tokens=24, seed=3)
        frames = await somebody.ask(chat, QUESTION)
        assert frames[-1]["message"]["sources"], frames[-1]
        draft = {
            "name": "Tutor",
            "description": "Explains patiently",
            "system_prompt": "You are a patient tutor of {{subject}}.",
            "variables": [{"name": "subject", "default": "mathematics"}],
            "examples": [{"user": "What is a prime?", "assistant": "A number with exactly two divisors."}],
        }
        template = (await somebody.http.post("/api/prompts/templates/", json=draft)).json()["id"]
        return Furnished(username, chat, document, template, dict(somebody.http.cookies))


async def _ready(somebody: Person, document: str) -> bool:
    return bool((await somebody.http.get(f"/api/rag/documents/{document}/")).json()["state"] == "ready")
