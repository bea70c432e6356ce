"""Vocabularies for tests: the demonstration model's, and small ones that the native library tokenises with."""

from collections.abc import Sequence
from pathlib import Path

import llama_cpp
from gguf import GGUFWriter

from services.core.paths import PROJECT_ROOT
from services.model.engine.vocabulary import Vocabulary

SMOLLM2 = PROJECT_ROOT / ".cache" / "models" / "SmolLM2-135M-Instruct.Q4_1.gguf"
_NORMAL, _UNKNOWN, _CONTROL, _BYTE = 1, 2, 3, 6
_WORDS = ("▁Hi", "Hi", "INST", "the", "Yes", "No", "▁the", "▁[", "▁Yes", "▁No", "▁▁")
_MERGES = ("</", "s>", "<s", "/s", "IN", "ST", "th", "he", "Ye", "es", "▁H", "▁t", "▁th", "▁Y", "▁Ye", "▁N")
_LETTERS = "▁abcdefghijklmnopqrstuvwxyzHINSTYEO[]/<>.0,!?_"


def load_vocabulary(path: Path) -> Vocabulary:
    """Only the vocabulary: a tenth of a second. Lives as long as the tests do."""
    params = llama_cpp.llama_model_default_params()
    params.vocab_only = True
    model = llama_cpp.llama_model_load_from_file(str(path).encode(), params)
    assert model
    return Vocabulary(int(model))


def write_sentencepiece(path: Path, controls: Sequence[str] = (), *, space_prefix: bool = True) -> Path:
    """A Llama-like vocabulary: <unk> 0, <s> 1, </s> 2, bytes, `controls`, a few words; pieces begin with a space."""
    tokens = [("<unk>", 0.0, _UNKNOWN), ("<s>", 0.0, _CONTROL), ("</s>", 0.0, _CONTROL)]
    tokens += [(f"<0x{byte:02X}>", 0.0, _BYTE) for byte in range(256)]
    tokens += [(text, 0.0, _CONTROL) for text in controls]
    tokens += [(text, -1.0 - rank, _NORMAL) for rank, text in enumerate((*_WORDS, *_MERGES))]
    tokens += [(letter, -1000.0, _NORMAL) for letter in _LETTERS]
    writer = GGUFWriter(str(path), "llama")
    writer.add_block_count(1)
    writer.add_context_length(512)
    writer.add_embedding_length(32)
    writer.add_feed_forward_length(32)
    writer.add_head_count(1)
    writer.add_head_count_kv(1)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(32)
    writer.add_tokenizer_model("llama")
    writer.add_token_list([text.encode() for text, _, _ in tokens])
    writer.add_token_scores([score for _, score, _ in tokens])
    writer.add_token_types([kind for _, _, kind in tokens])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_add_bos_token(True)
    writer.add_add_space_prefix(space_prefix)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def text_of(vocabulary: Vocabulary, tokens: Sequence[int]) -> str:
    """With control tokens written out."""
    return b"".join(vocabulary.piece(token, control=True) for token in tokens).decode(errors="replace")
