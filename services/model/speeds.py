"""What this box does per second, measured step by step: by how many answers share a step, and by how full the pool is.

Every step attends the whole pool, so both answering and reading slow down with its depth (cells in use).
"""

import msgspec

from services.model.experience import Experience

ALPHA = 0.2
"""Weight of the newest measurement of a step."""
BUCKET_TOKENS = 256
"""Depths this close together are measured as one."""
GUESS_PROMPT_TOKENS_PER_S = 40.0
GUESS_STEP_S = 0.1
GUESS_ANSWER_TOKENS = 200.0


class SavedSpeeds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Seconds of a step by answers and depth, seconds of a prompt token by depth, tokens of an answer, what estimates
    were worth; depths are in buckets."""

    steps: dict[int, dict[int, float]]
    reading: dict[int, float]
    answer_tokens: float
    embed_tokens_per_s: float
    experience: dict[int, float] = {}


class Average:
    """Exponentially weighted mean; `weight` counts a measurement several times."""

    def __init__(self, guess: float) -> None:
        self.value = guess
        self.measured = False

    def add(self, value: float, weight: float = 1.0) -> None:
        if not self.measured:
            self.value, self.measured = value, True
            return
        alpha = 1.0 - (1.0 - ALPHA) ** weight
        self.value += alpha * (value - self.value)


class Curve:
    """A cost by depth: means of buckets, a line between their middles, level beyond the first and the last."""

    def __init__(self, saved: dict[int, float] | None = None) -> None:
        self._buckets: dict[int, Average] = {}
        for bucket, value in (saved or {}).items():
            self.add(bucket * BUCKET_TOKENS, value)

    def __bool__(self) -> bool:
        return bool(self._buckets)

    def add(self, depth: int, value: float, weight: float = 1.0) -> None:
        self._buckets.setdefault(depth // BUCKET_TOKENS, Average(value)).add(value, weight)

    def at(self, depth: float, guess: float = 0.0) -> float:
        if not self._buckets:
            return guess
        place = depth / BUCKET_TOKENS - 0.5
        below = max((b for b in self._buckets if b <= place), default=None)
        above = min((b for b in self._buckets if b > place), default=None)
        if below is None or above is None:
            known = above if below is None else below
            assert known is not None
            return self._buckets[known].value
        share = (place - below) / (above - below)
        return self._buckets[below].value * (1 - share) + self._buckets[above].value * share

    def saved(self) -> dict[int, float]:
        return {bucket: average.value for bucket, average in sorted(self._buckets.items())}


class Speeds:
    """`depth` is the number of cells in use when a step begins. `count` counts measurements."""

    def __init__(self, saved: SavedSpeeds | None = None) -> None:
        self._steps = {n: Curve(curve) for n, curve in saved.steps.items() if curve} if saved else {}
        self._reading = Curve(saved.reading if saved else None)
        self._embed = Average(saved.embed_tokens_per_s if saved else GUESS_PROMPT_TOKENS_PER_S * 10)
        self._answer = Average(saved.answer_tokens if saved else GUESS_ANSWER_TOKENS)
        self.experience = Experience(saved.experience if saved else None)
        self.count = 0

    def saved(self) -> SavedSpeeds:
        steps = {n: curve.saved() for n, curve in sorted(self._steps.items())}
        return SavedSpeeds(
            steps, self._reading.saved(), self.answer_tokens, self.embed_tokens_per_s, self.experience.saved()
        )

    # --- what to expect -------------------------------------------------------------------------------------------

    def step_s(self, decoding: int, depth: float = 0) -> float:
        """Seconds of a step in which `decoding` sequences get a token each and nothing is read."""
        if decoding == 0:
            return 0.0
        if decoding in self._steps:
            return self._steps[decoding].at(depth)
        known = min(self._steps, key=lambda count: abs(count - decoding), default=None)
        if known is None:
            return GUESS_STEP_S
        # One more sequence costs little: the weights are read once for all.
        return self._steps[known].at(depth) * (1 + 0.25 * (decoding - 1)) / (1 + 0.25 * (known - 1))

    def token_read_s(self, depth: float = 0) -> float:
        """Seconds that reading one prompt token takes, in slices."""
        return self._reading.at(depth, 1 / GUESS_PROMPT_TOKENS_PER_S)

    def read_s(self, tokens: float, depth: float = 0) -> float:
        """Seconds of reading `tokens` one slice after the other, the first at `depth`."""
        seconds, end = 0.0, depth + tokens
        while depth < end:
            piece = min(end - depth, BUCKET_TOKENS)
            seconds += piece * self.token_read_s(depth + piece / 2)
            depth += piece
        return seconds

    def decode_tokens_per_s(self, depth: float = 0) -> float:
        """Of one sequence alone; 0 when nothing was measured."""
        return 1.0 / self.step_s(1, depth) if self._steps else 0.0

    def prompt_tokens_per_s(self, depth: float = 0) -> float:
        return 1.0 / self.token_read_s(depth)

    @property
    def depths(self) -> list[int]:
        """The middles of the buckets in which answers that are alone were measured."""
        alone = self._steps.get(1)
        return [int((bucket + 0.5) * BUCKET_TOKENS) for bucket in alone.saved()] if alone else []

    @property
    def embed_tokens_per_s(self) -> float:
        return self._embed.value

    @property
    def answer_tokens(self) -> float:
        """How long answers were lately."""
        return self._answer.value

    # --- what was measured ----------------------------------------------------------------------------------------

    def add_step(self, seconds: float, decoding: int, read: int, depth: int = 0) -> None:
        """A step took `seconds`: `decoding` sequences got a token and `read` prompt tokens were read."""
        self.count += 1
        if read == 0:
            self._steps.setdefault(decoding, Curve()).add(depth, seconds)
        elif read >= 8:
            reading = max(seconds - self.step_s(decoding, depth), seconds * 0.1)
            self._reading.add(depth + read // 2, reading / read, weight=read / 32)

    def add_embedding(self, seconds: float, tokens: int) -> None:
        self._embed.add(tokens / max(seconds, 1e-6))

    def add_answer(self, tokens: int) -> None:
        self._answer.add(float(tokens))
