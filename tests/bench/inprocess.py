"""The yardstick: the same turns in one process, on the low-level API, without sockets, scheduling or streaming.

All users' prompts are read in one go, then every step decodes one token of each; nothing is read twice.
"""

import time
from collections.abc import Sequence
from pathlib import Path

import llama_cpp

from services.core.protocol.frames import Sampling
from services.model.engine.base import Slice
from services.model.engine.batch import NativeBatch
from services.model.engine.chain import Pointer
from services.model.engine.native import LoadOptions, chat_context, load_model
from services.model.engine.vocabulary import Vocabulary
from services.model.template import ChatFormat, probe
from tests.bench.talk import Script


class InProcess:
    """A model in this process. Sequences are the users' numbers."""

    def __init__(self, path: Path, context_tokens: int = 4096) -> None:
        options = LoadOptions(context_tokens=context_tokens, parallel=4, spare_sequences=0)
        self._model = load_model(path, options, lambda _percent: True)
        self._context = chat_context(self._model, path.name, options)
        self._batch = NativeBatch(llama_cpp.llama_n_batch(self._context))
        self._memory = llama_cpp.llama_get_memory(self._context)
        self._vocabulary = Vocabulary(self._model)
        self._format = self._chat_format()

    def play(self, scripts: Sequence[Script], sampling: Sampling) -> float:
        """Play all scripts side by side, turn by turn, from an empty context; returns the seconds it took."""
        llama_cpp.llama_memory_clear(self._memory, False)
        answers: list[list[tuple[int, ...]]] = [[] for _ in scripts]
        lengths = [0] * len(scripts)
        began = time.perf_counter()
        for turn in range(max(script.turns for script in scripts)):
            prompts = [self._tokens(script, turn, answers[seq]) for seq, script in enumerate(scripts)]
            rows = self._read([(seq, lengths[seq], prompt[lengths[seq] :]) for seq, prompt in enumerate(prompts)])
            lengths = [len(prompt) for prompt in prompts]
            said = self._answer(rows, lengths, scripts[0].answer_tokens, sampling)
            for seq, tokens in enumerate(said):
                answers[seq].append(tuple(tokens))
                lengths[seq] += len(tokens) - 1
        return time.perf_counter() - began

    def close(self) -> None:
        llama_cpp.llama_free(self._context)
        llama_cpp.llama_model_free(self._model)

    def _chat_format(self) -> ChatFormat:
        template = llama_cpp.llama_model_chat_template(self._model, None)
        text = template.decode() if template else ""
        words = self._vocabulary
        return probe(text, words, bos_text=words.bos_text, eos_text=words.eos_text)

    def _tokens(self, script: Script, turn: int, answers: Sequence[tuple[int, ...]]) -> list[int]:
        encoded = self._format.encode(script.messages(turn, answers), self._vocabulary)
        return [token for piece in encoded for token in piece.tokens]

    def _read(self, prompts: Sequence[tuple[int, int, list[int]]]) -> list[int]:
        """One batch for all; returns the output row of each."""
        slices = [Slice(seq, start, tokens, sample=True) for seq, start, tokens in prompts]
        return self._step(slices)

    def _step(self, slices: Sequence[Slice]) -> list[int]:
        rows = self._batch.fill(slices)
        result = llama_cpp.llama_decode(self._context, self._batch.native)
        assert result == 0, f"llama_decode returned {result}"
        return rows

    def _answer(self, rows: list[int], lengths: Sequence[int], count: int, sampling: Sampling) -> list[list[int]]:
        chains = [self._chain(sampling) for _ in rows]
        said: list[list[int]] = [[] for _ in rows]
        for step in range(count):
            for seq, chain in enumerate(chains):
                said[seq].append(int(llama_cpp.llama_sampler_sample(chain, self._context, rows[seq])))
            if step < count - 1:
                rows = self._step(
                    [Slice(seq, lengths[seq] + step, [tokens[-1]], sample=True) for seq, tokens in enumerate(said)]
                )
        for chain in chains:
            llama_cpp.llama_sampler_free(chain)
        return said

    def _chain(self, sampling: Sampling) -> Pointer:
        chain = llama_cpp.llama_sampler_chain_init(llama_cpp.llama_sampler_chain_default_params())
        ends = [llama_cpp.llama_logit_bias(token=token, bias=-1e9) for token in self._vocabulary.ends]
        array = (llama_cpp.llama_logit_bias * len(ends))(*ends)
        for link in (
            llama_cpp.llama_sampler_init_logit_bias(self._vocabulary.size, len(ends), array),
            llama_cpp.llama_sampler_init_top_k(sampling.top_k),
            llama_cpp.llama_sampler_init_top_p(sampling.top_p, 1),
            llama_cpp.llama_sampler_init_min_p(sampling.min_p, 1),
            llama_cpp.llama_sampler_init_temp(sampling.temperature),
            llama_cpp.llama_sampler_init_dist(sampling.seed or 0),
        ):
            llama_cpp.llama_sampler_chain_add(chain, link)
        return chain
