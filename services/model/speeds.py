"""What this box does per second, measured step by step."""

ALPHA = 0.2
"""Weight of the newest measurement of a step."""
GUESS_PROMPT_TOKENS_PER_S = 40.0
GUESS_STEP_S = 0.1


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


class Speeds:
    """Seconds of a step by the number of decoding sequences, and prompt and embedding tokens per second."""

    def __init__(self) -> None:
        self._steps: dict[int, Average] = {}
        self._prompt = Average(GUESS_PROMPT_TOKENS_PER_S)
        self._embed = Average(GUESS_PROMPT_TOKENS_PER_S * 10)
        self._answer = Average(200.0)

    def step_s(self, decoding: int) -> float:
        """Seconds of a step in which `decoding` sequences get a token each and nothing is read."""
        if decoding == 0:
            return 0.0
        if decoding in self._steps:
            return self._steps[decoding].value
        known = min(self._steps, key=lambda count: abs(count - decoding), default=None)
        if known is None:
            return GUESS_STEP_S
        # One more sequence costs little: the weights are read once for all.
        return self._steps[known].value * (1 + 0.25 * (decoding - 1)) / (1 + 0.25 * (known - 1))

    @property
    def decode_tokens_per_s(self) -> float:
        """Of one sequence alone."""
        return 1.0 / self.step_s(1) if self._steps else 0.0

    @property
    def prompt_tokens_per_s(self) -> float:
        return self._prompt.value

    @property
    def embed_tokens_per_s(self) -> float:
        return self._embed.value

    @property
    def answer_tokens(self) -> float:
        """How long answers were lately."""
        return self._answer.value

    def add_step(self, seconds: float, decoding: int, read: int) -> None:
        """A step took `seconds`: `decoding` sequences got a token and `read` prompt tokens were read."""
        if read == 0:
            self._steps.setdefault(decoding, Average(seconds)).add(seconds)
        elif read >= 8:
            reading = max(seconds - self.step_s(decoding), seconds * 0.1)
            self._prompt.add(read / reading, weight=read / 32)

    def add_embedding(self, seconds: float, tokens: int) -> None:
        self._embed.add(tokens / max(seconds, 1e-6))

    def add_answer(self, tokens: int) -> None:
        self._answer.add(float(tokens))
