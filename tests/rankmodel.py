"""A tiny reranking model: a GGUF file with random weights, and the same network in numpy to know its scores by.

One layer of BERT (post-norm, tanh GELU) with RoBERTa's head: out(tanh(dense(first position))).
"""

from pathlib import Path

import gguf
import numpy as np

WIDTH, HEADS, WIDE, POSITIONS = 32, 2, 64, 64
EPS = 1e-6
MARKS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
WORDS = ("boiler", "pump", "lease", "deposit", "garden", "rose", "returned", "replaced", "who", "the", "was", "and")
CLS, SEP = MARKS.index("[CLS]"), MARKS.index("[SEP]")
Weights = dict[str, np.ndarray]


def make_weights(seed: int = 7) -> Weights:
    """Large enough that pairs of different words lie apart."""
    random = np.random.default_rng(seed)
    shapes: dict[str, tuple[int, ...]] = {
        "token_embd.weight": (len(MARKS) + len(WORDS), WIDTH),
        "token_types.weight": (1, WIDTH),
        "position_embd.weight": (POSITIONS, WIDTH),
        "blk.0.ffn_up.weight": (WIDE, WIDTH),
        "blk.0.ffn_up.bias": (WIDE,),
        "blk.0.ffn_down.weight": (WIDTH, WIDE),
        "blk.0.ffn_down.bias": (WIDTH,),
        "cls.weight": (WIDTH, WIDTH),
        "cls.bias": (WIDTH,),
        "cls.output.weight": (1, WIDTH),
        "cls.output.bias": (1,),
    }
    for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
        shapes |= {f"blk.0.{part}.weight": (WIDTH, WIDTH), f"blk.0.{part}.bias": (WIDTH,)}
    weights = {name: random.normal(0, 0.5, shape).astype(np.float32) for name, shape in shapes.items()}
    for norm in ("token_embd_norm", "blk.0.attn_output_norm", "blk.0.layer_output_norm"):
        weights[f"{norm}.weight"] = np.ones(WIDTH, np.float32)
        weights[f"{norm}.bias"] = np.zeros(WIDTH, np.float32)
    return weights


def tokens_of(query: str, text: str) -> list[int]:
    """[CLS] query [SEP] [SEP] text [SEP], one token a word, words of `WORDS` only."""
    asked, said = ([len(MARKS) + WORDS.index(word) for word in part.split()] for part in (query, text))
    return [CLS, *asked, SEP, SEP, *said, SEP]


def score(weights: Weights, tokens: list[int]) -> float:
    """The network in numpy."""
    positions = weights["position_embd.weight"][: len(tokens)]
    x = _norm(weights["token_embd.weight"][tokens] + positions + weights["token_types.weight"][0])
    x = _norm(x + _attention(weights, x))
    inner = _linear(weights, "blk.0.ffn_up", x)
    inner = 0.5 * inner * (1 + np.tanh(np.sqrt(2 / np.pi) * (inner + 0.044715 * inner**3)))
    x = _norm(x + _linear(weights, "blk.0.ffn_down", inner))
    return float(_linear(weights, "cls.output", np.tanh(_linear(weights, "cls", x[0])))[0])


def _attention(weights: Weights, x: np.ndarray) -> np.ndarray:
    query, key, value = (
        _linear(weights, f"blk.0.attn_{part}", x).reshape(len(x), HEADS, -1).transpose(1, 0, 2) for part in "qkv"
    )
    marks = query @ key.transpose(0, 2, 1) / np.sqrt(WIDTH / HEADS)
    shares = np.exp(marks - marks.max(axis=-1, keepdims=True))
    mixed = shares / shares.sum(axis=-1, keepdims=True) @ value
    return _linear(weights, "blk.0.attn_output", mixed.transpose(1, 0, 2).reshape(len(x), WIDTH))


def _linear(weights: Weights, name: str, x: np.ndarray) -> np.ndarray:
    return np.asarray(x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"])


def _norm(x: np.ndarray) -> np.ndarray:
    centred = x - x.mean(axis=-1, keepdims=True)
    return np.asarray(centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + EPS))


def write_rank_model(path: Path, weights: Weights, *, labels: int = 0, pooling: int = gguf.PoolingType.RANK) -> None:
    """Write `path` with `weights`, whichever are there."""
    writer = gguf.GGUFWriter(path, "bert")
    writer.add_context_length(POSITIONS)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(1)
    writer.add_head_count(HEADS)
    writer.add_feed_forward_length(WIDE)
    writer.add_layer_norm_eps(EPS)
    writer.add_causal_attention(False)
    writer.add_pooling_type(gguf.PoolingType(pooling))
    if labels:
        writer.add_classifier_output_labels([f"label {n}" for n in range(labels)])
    _write_vocabulary(writer)
    for name, tensor in weights.items():
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _write_vocabulary(writer: gguf.GGUFWriter) -> None:
    writer.add_tokenizer_model("bert")
    writer.add_tokenizer_pre("default")
    writer.add_token_list([*MARKS, *(f"▁{word}" for word in WORDS)])
    writer.add_token_types([gguf.TokenType.CONTROL] * len(MARKS) + [gguf.TokenType.NORMAL] * len(WORDS))
    writer.add_token_type_count(1)
    writer.add_pad_token_id(MARKS.index("[PAD]"))
    writer.add_unk_token_id(MARKS.index("[UNK]"))
    writer.add_bos_token_id(CLS)
    writer.add_eos_token_id(SEP)
    writer.add_sep_token_id(SEP)
    writer.add_mask_token_id(MARKS.index("[MASK]"))
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(True)
    writer.add_add_sep_token(True)
