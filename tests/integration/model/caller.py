"""A caller that asks for a very long answer and says when it comes; to be killed."""

import asyncio
import sys
from pathlib import Path

from services.core.protocol.client import ModelClient
from services.core.protocol.frames import Sampling, Tokens
from tests.integration.model.box import READY_S, ask


async def call(socket: Path) -> None:
    client = ModelClient(socket, "caller")
    client.start()
    await client.wait_ready(READY_S)
    request = ask(client, "Talk.", max_tokens=3500, sampling=Sampling(temperature=0.0, ignore_eos=True))
    told = False
    async for frame in client.generate(request):
        if isinstance(frame, Tokens) and not told:
            told = True
            sys.stdout.write("answering\n")
            sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(call(Path(sys.argv[1])))
