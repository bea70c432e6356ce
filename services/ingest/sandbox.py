"""The parser child as its parent sees it: started when needed, watched, ended when idle or when it hangs."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable

from services.core.errors import ProtocolError
from services.core.paths import PROJECT_ROOT
from services.core.protocol.codec import FrameDecoder
from services.ingest.messages import MAX_FRAME_BYTES, Failed, Job, Outcome, Progress, Report, encode

_log = logging.getLogger(__name__)
_RECEIVE_BYTES = 65_536
_KILLED = Failed("parse_killed", "the reader was ended while it read this document")


class Sandbox:
    """One child, one document at a time. `silence_s`: longest time without a finished page; `idle_s`: life after the
    last document."""

    def __init__(self, silence_s: float, idle_s: float = 60.0) -> None:
        self._silence_s = silence_s
        self._idle_s = idle_s
        self._process: asyncio.subprocess.Process | None = None
        self._link: socket.socket | None = None
        self._retire: asyncio.TimerHandle | None = None
        self._heard = False
        self._going = asyncio.Event()
        self._going.set()

    @property
    def pid(self) -> int | None:
        """Process id of the child, None when there is none."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def parse(self, job: Job, descriptors: tuple[int, int, int], progress: Callable[[int, int], None]) -> Outcome:
        """Read a document. A child that hangs or dies is a Failed outcome, never an exception."""
        if self._retire:
            self._retire.cancel()
        await self._going.wait()
        try:
            outcome = await self._attempt(job, descriptors, progress)
        except BaseException:
            await self.close()
            raise
        self._retire = asyncio.get_running_loop().call_later(self._idle_s, self._hang_up)
        return outcome

    async def _attempt(
        self, job: Job, descriptors: tuple[int, int, int], progress: Callable[[int, int], None]
    ) -> Outcome:
        warm, self._heard = self._link is not None, False
        try:
            link = await self._send(job, descriptors)
            return await self._follow(link, progress)
        except TimeoutError:
            await self.close()
            return Failed("parse_timeout", f"no page could be read within {self._silence_s:g} s")
        except (OSError, ProtocolError):
            status = await self._buried()
            if status == -signal.SIGXCPU:
                return Failed("parse_timeout", f"reading took more than {job.cpu_s} s of processor time")
            if warm and not self._heard:  # it may have died before it was given the document
                return await self._attempt(job, descriptors, progress)
            _log.warning("parser child ended with status %s while reading %s", status, job.name)
            return _KILLED

    async def _send(self, job: Job, descriptors: tuple[int, int, int]) -> socket.socket:
        """A living child gets the job; one that retired meanwhile is replaced once."""
        frame = encode(job)
        link = self._link
        if link is not None and not _is_closed(link):
            with contextlib.suppress(OSError):
                socket.send_fds(link, [frame], list(descriptors))
                return link
        await self.close()
        link = await self._start()
        socket.send_fds(link, [frame], list(descriptors))
        return link

    async def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        try:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-X", "utf8", "-m", "services.ingest.worker", str(theirs.fileno()), str(os.getpid())),
                cwd=PROJECT_ROOT,
                pass_fds=(theirs.fileno(),),
                stdin=asyncio.subprocess.DEVNULL,
                env={**os.environ, "MALLOC_ARENA_MAX": "1"},
                start_new_session=True,
            )
        finally:
            theirs.close()
        self._link = ours
        return ours

    async def _follow(self, link: socket.socket, progress: Callable[[int, int], None]) -> Outcome:
        decoder: FrameDecoder[Report] = FrameDecoder(Report, MAX_FRAME_BYTES)
        while True:
            data = await self._patiently(link)
            if not data:
                raise ConnectionResetError
            for report in decoder.feed(data):
                if isinstance(report, ProtocolError):
                    raise report
                self._heard = True
                if not isinstance(report, Progress):
                    return report
                progress(report.done, report.total)

    async def _patiently(self, link: socket.socket) -> bytes:
        """Wait for data; time in which the child is held back does not count."""
        task = asyncio.create_task(asyncio.get_running_loop().sock_recv(link, _RECEIVE_BYTES))
        try:
            while True:
                await self._going.wait()
                done, _ = await asyncio.wait({task}, timeout=self._silence_s)
                if done:
                    return task.result()
                if self._going.is_set():
                    raise TimeoutError
        finally:
            task.cancel()

    def hold(self) -> None:
        """Stop the child where it is."""
        if self._going.is_set():
            self._going.clear()
            self._signal(signal.SIGSTOP)

    def release(self) -> None:
        """Let a held child go on."""
        if not self._going.is_set():
            self._going.set()
            self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        # Not Process.send_signal: it polls, and so takes the exit status away from the one who waits for it.
        if self._process and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process.pid, number)

    def _hang_up(self) -> None:
        """The child ends by itself when its socket closes."""
        if self._link:
            self._link.close()
            self._link = None

    async def _buried(self) -> int | None:
        process = self._process
        await self.close()
        return process.returncode if process else None

    async def close(self) -> None:
        """End the child and wait until it is gone."""
        if self._retire:
            self._retire.cancel()
        self._hang_up()
        self._signal(signal.SIGKILL)
        process, self._process = self._process, None
        if process:
            await process.wait()


def _is_closed(link: socket.socket) -> bool:
    try:
        return link.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True
