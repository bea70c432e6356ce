"""A reranking model on llama.cpp: reads question and passage together and says how well they fit.

A pair is written as such models are trained, `[BOS] query [EOS] [SEP] passage [EOS]`, each mark only where the
vocabulary adds it.
"""

import unicodedata
from collections.abc import Sequence
from pathlib import Path

import llama_cpp

from services.core.errors import ModelUnavailable
from services.model.engine.encoder import MAX_CHARS, EncoderModel
from services.model.engine.native import LoadOptions, reads_both_ways
from services.model.engine.vocabulary import Vocabulary
from services.model.gguf_facts import GgufFacts

_RANK = 4  # enum llama_pooling_type of llama.h
_OTHER_KIND = "is a reranking model of a kind that is not run here (it must be an encoder)"
_HEADS = ("cls.output.weight", "cls.weight")


def head_fault(facts: GgufFacts) -> str:
    """Why the file holds no usable ranking head, empty where it does: the library ends the process without one, and
    reads beside the scores where the head is wider than the file's labels say."""
    if facts.number("pooling_type", -1) != _RANK:
        return "is no reranking model (its pooling is not rank)"
    shapes = {tensor.name: tensor.shape for tensor in facts.tensors}
    head = next((shapes[name] for name in _HEADS if name in shapes), None)
    if head is None:
        return "is no whole reranking model: its ranking head is missing"
    labels = max(facts.lengths.get(f"{facts.architecture}.classifier.output_labels", 1), 1)
    width = head[1] if len(head) > 1 else 1
    return "" if width == labels else f"is no reranking model: its head gives {width} values for {labels} labels"


class LlamaReranker(EncoderModel):
    """One GGUF encoder with a ranking head. Raises ModelUnavailable when the file, described by `facts`, is none."""

    def __init__(self, path: Path, facts: GgufFacts, options: LoadOptions) -> None:
        if fault := head_fault(facts):
            reason = _reason(path, fault)
            raise ModelUnavailable(reason, reason=reason)
        super().__init__(path, options, lambda model: "" if _runs_here(model) else _reason(path, _OTHER_KIND))
        self._width = int(llama_cpp.llama_model_n_cls_out(self._model))
        self._marks = _marks(self._vocabulary)

    def tokenize(self, query: str, text: str) -> tuple[int, ...]:
        """At most `max_batch_tokens`: the query is cut to half of them, the text to the rest."""
        begin, between, end = self._marks
        room = self.max_batch_tokens - len(begin) - len(between) - len(end)
        asked = self._plain(query)[: room // 2]
        return (*begin, *asked, *between, *self._plain(text)[: room - len(asked)], *end)

    def score(self, pairs: Sequence[Sequence[int]]) -> list[float]:
        return [float(values[0]) for values in self._encode(pairs, self._width)]

    def _plain(self, text: str) -> list[int]:
        return self._vocabulary.tokenize(unicodedata.normalize("NFKC", text[:MAX_CHARS]), special=False)


def _marks(vocabulary: Vocabulary) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Tokens before the query, between the two, and after the passage."""
    native = vocabulary.native
    sep = int(llama_cpp.llama_vocab_sep(native))
    eos = vocabulary.eos if vocabulary.eos is not None else sep
    end = (eos,) if llama_cpp.llama_vocab_get_add_eos(native) and eos >= 0 else ()
    between = (*end, sep) if llama_cpp.llama_vocab_get_add_sep(native) and sep >= 0 else end
    return (() if vocabulary.bos is None else (vocabulary.bos,)), between, end


def _runs_here(model: int) -> bool:
    return reads_both_ways(model) and llama_cpp.llama_model_n_cls_out(model) >= 1


def _reason(path: Path, fault: str) -> str:
    return f"{path.name} {fault}; set rag.reranker to one"
