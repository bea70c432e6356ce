"""Text to tokens and back, by the vocabulary in a model file."""

import ctypes

import llama_cpp

_PIECE_BYTES = 64


class Vocabulary:
    """`bos` is None where texts of this vocabulary begin with none. Never adds BOS by itself; `special` only for text
    of the house, never for text of people or documents."""

    def __init__(self, model: int) -> None:
        self._model = model  # keeps nothing alive; the owner of the model outlives this
        self._pieces: dict[int, bytes] = {}
        self._vocab = llama_cpp.llama_model_get_vocab(model)
        self.size = int(llama_cpp.llama_vocab_n_tokens(self._vocab))
        bos = self._token(llama_cpp.llama_vocab_bos(self._vocab))
        self.bos = bos if llama_cpp.llama_vocab_get_add_bos(self._vocab) else None
        self.bos_text = self._text(bos)
        self.eos = self._token(llama_cpp.llama_vocab_eos(self._vocab))
        self.eos_text = self._text(self.eos)
        self.ends = frozenset(t for t in range(self.size) if llama_cpp.llama_vocab_is_eog(self._vocab, t))
        self.sentencepiece = llama_cpp.llama_vocab_type(self._vocab) == llama_cpp.LLAMA_VOCAB_TYPE_SPM

    @property
    def native(self) -> int:
        assert self._vocab is not None
        return int(self._vocab)

    def controls(self) -> dict[int, str]:
        """Control tokens with their texts: what text of people must never become."""
        is_control = llama_cpp.llama_vocab_is_control
        found = {t: self._text(t) for t in range(self.size) if is_control(self._vocab, t)}
        return {token: text for token, text in found.items() if text}

    def tokenize(self, text: str, *, special: bool) -> list[int]:
        return self._tokenize(text, special=special, ends=False)

    def tokenize_with_ends(self, text: str) -> list[int]:
        """With the BOS and EOS the model was trained with (embedders)."""
        return self._tokenize(text, special=False, ends=True)

    def piece(self, token: int, *, control: bool = False) -> bytes:
        """Bytes of one token; control tokens are empty unless `control`. Raises ValueError for no token of this
        model."""
        if control:
            return self._read_piece(token, control=True)
        found = self._pieces.get(token)
        if found is None:
            found = self._pieces[token] = self._read_piece(token, control=False)
        return found

    def _tokenize(self, text: str, *, special: bool, ends: bool) -> list[int]:
        data = text.encode("utf-8", errors="replace")
        room = len(data) + 8
        buffer = (llama_cpp.llama_token * room)()
        count = llama_cpp.llama_tokenize(self._vocab, data, len(data), buffer, room, ends, special)
        if count < 0:
            room = -count
            buffer = (llama_cpp.llama_token * room)()
            count = llama_cpp.llama_tokenize(self._vocab, data, len(data), buffer, room, ends, special)
        return list(buffer[:count])

    def _read_piece(self, token: int, *, control: bool) -> bytes:
        if not 0 <= token < self.size:
            raise ValueError(f"token {token} in a vocabulary of {self.size}")
        room = _PIECE_BYTES
        while True:
            buffer = ctypes.create_string_buffer(room)
            count = llama_cpp.llama_token_to_piece(self._vocab, token, buffer, room, 0, control)
            if count >= 0:
                return buffer.raw[:count]
            room = -count

    def _text(self, token: int | None) -> str:
        return "" if token is None else self.piece(token, control=True).decode(errors="replace")

    def _token(self, token: int) -> int | None:
        return int(token) if 0 <= token < self.size else None
