"""When a silent process counts as stuck. Pure."""

STRIKES = 2
PATIENCE_S = 1800.0
"""Who has not answered yet, or has closed its socket, starts or stops; on a slow card even a large database is looked
through and migrated in so long a time."""


class Strikes:
    """`judge` once a round for each service that runs."""

    def __init__(self) -> None:
        self._awake: dict[str, int] = {}
        """Service → process id of the life that has answered."""
        self._silent: dict[str, int] = {}
        self._since: dict[str, tuple[int, float]] = {}
        """Service → process id and when its answer, or it itself, was last there."""

    def judge(self, service: str, pid: int, answered: bool | None, now: float) -> bool:
        """Whether process `pid` is to be ended: it answered once, and now twice in a row it did not; or for PATIENCE_S
        it has done neither that nor listened. `answered` is None for one that does not listen; `now` is monotonic."""
        if answered or self._since.get(service, (0, 0.0))[0] != pid:
            self._since[service] = pid, now
        if answered:
            self._awake[service], self._silent[service] = pid, 0
            return False
        if now - self._since[service][1] >= PATIENCE_S:
            return True
        if answered is None or self._awake.get(service) != pid:
            return False
        self._silent[service] += 1
        return self._silent[service] >= STRIKES
