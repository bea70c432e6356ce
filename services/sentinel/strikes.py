"""When a silent process counts as stuck. Pure."""

STRIKES = 2


class Strikes:
    """`judge` once a round for each service. Who has never answered is still starting, and is left alone."""

    def __init__(self) -> None:
        self._awake: dict[str, int] = {}
        """Service → process id of the life that has answered."""
        self._silent: dict[str, int] = {}

    def judge(self, service: str, pid: int, answered: bool) -> bool:
        """Whether process `pid` is to be ended: it answered once, and now twice in a row it did not."""
        if answered:
            self._awake[service], self._silent[service] = pid, 0
            return False
        if self._awake.get(service) != pid:
            return False
        self._silent[service] += 1
        return self._silent[service] >= STRIKES
