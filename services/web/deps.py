"""What a request handler may reach, built once in `__main__` and handed to `create_app`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.core.config import Config
    from services.core.happenings import Happenings
    from services.core.protocol.client import ModelClient
    from services.web.chat.citations import Citations
    from services.web.chat.events import EventHub
    from services.web.chat.runs import RunManager
    from services.web.chat.selftest import SelfTest
    from services.web.chat.session_list import SessionList
    from services.web.library.library import Library
    from services.web.metrics import Metrics
    from services.web.parts import Parts
    from services.web.safety.keeper import Keeper
    from services.web.storage.database import Database
    from services.web.vitals.sampler import Sampler


@dataclass(frozen=True, slots=True)
class Deps:
    config: Config
    secret_key: str
    people: Database
    library: Library
    model: ModelClient
    runs: RunManager
    events: EventHub
    metrics: Metrics
    parts: Parts
    citations: Citations
    selftest: SelfTest
    sessions: SessionList
    happenings: Happenings
    keeper: Keeper
    sampler: Sampler
