"""The parser child cannot open what it was not handed."""

import asyncio
import sys
import textwrap
from pathlib import Path

from services.core.paths import PROJECT_ROOT
from services.ingest import jail
from tests.integration.ingest.conftest import Box

TRY = """
import os, socket, sys
from services.ingest import jail
open_file = open(sys.argv[2], "r+b")
confined = jail.confine([sys.prefix, "/usr", sys.argv[1]])
said = []
def attempt(name, action):
    try:
        action()
        said.append(name)
    except OSError:
        pass
attempt("allowed", lambda: open(sys.argv[1] + "/a").close())
attempt("secret", lambda: open(sys.argv[2]).close())
attempt("listing", lambda: os.listdir(os.path.dirname(sys.argv[2])))
attempt("writing", lambda: open(sys.argv[1] + "/b", "w").close())
attempt("open", lambda: (open_file.truncate(1), open_file.read()))
attempt("tcp", lambda: socket.create_connection(("127.0.0.1", int(sys.argv[3])), timeout=2).close())
print(int(confined), *said)
"""


async def test_only_what_is_allowed_or_already_open_can_be_used(tmp_path: Path) -> None:
    for name in ("allowed", "private"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a").write_text("words")
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", textwrap.dedent(TRY)),
        *(str(tmp_path / "allowed"), str(tmp_path / "private" / "a"), str(port)),
        cwd=PROJECT_ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    said = (await process.communicate())[0].decode().split()
    server.close()
    known = jail.version()
    if known == 0:
        assert said == ["0", "allowed", "secret", "listing", "writing", "open", "tcp"]
    else:
        assert said == ["1", "allowed", "open", *(["tcp"] if known < 4 else [])]


async def test_the_parser_child_is_confined(box: Box) -> None:
    await box.start()
    (box.shared / "a.txt").write_text("a", encoding="utf-8")
    await box.until(lambda: box.web.ready("shared/a.txt"))
    (child,) = box.children()
    status = Path(f"/proc/{child}/status").read_text()
    assert f"NoNewPrivs:\t{int(jail.version() > 0)}" in status
