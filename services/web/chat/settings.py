"""A chat's settings: defaults, ranges, merging. Only what differs from the defaults is stored."""

from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec

from services.core.config import ChatConfig
from services.core.errors import BadRequest, InvalidSampling
from services.core.protocol.frames import Sampling

MAX_SEED = 2**32 - 2  # llama.h: 0xFFFFFFFF means "draw one"
NotBlank = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Penalty = Annotated[float, msgspec.Meta(ge=-2, le=2)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class ChatSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All settings of a chat with their defaults. `document_ids` and `collections` (folders) say what is searched:
    all documents where both are empty, else what either names. `seed` null draws one a run."""

    temperature: Annotated[float, msgspec.Meta(ge=0, le=5)] = 0.7
    top_p: Share = 0.95
    top_k: Annotated[int, msgspec.Meta(ge=0, le=100_000)] = 40
    min_p: Share = 0.05
    typical_p: Share = 1.0
    repeat_penalty: Annotated[float, msgspec.Meta(ge=0.1, le=5)] = 1.0
    repeat_last_n: Annotated[int, msgspec.Meta(ge=-1, le=32_768)] = 64
    frequency_penalty: Penalty = 0.0
    presence_penalty: Penalty = 0.0
    dry_multiplier: Annotated[float, msgspec.Meta(ge=0, le=100)] = 0.0
    dry_base: Annotated[float, msgspec.Meta(ge=1, le=100)] = 1.75
    dry_allowed_length: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 2
    dry_penalty_last_n: Annotated[int, msgspec.Meta(ge=-1, le=32_768)] = -1
    xtc_probability: Share = 0.0
    xtc_threshold: Share = 0.1
    mirostat: Annotated[int, msgspec.Meta(ge=0, le=2)] = 0
    mirostat_tau: Annotated[float, msgspec.Meta(ge=0, le=100)] = 5.0
    mirostat_eta: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.1
    logit_bias: dict[str, float] = {}
    seed: Annotated[int, msgspec.Meta(ge=0, le=MAX_SEED)] | None = None
    grammar: Annotated[str, msgspec.Meta(max_length=100_000)] | None = None
    json_schema: Annotated[str, msgspec.Meta(max_length=100_000)] | None = None
    logprobs: Annotated[int, msgspec.Meta(ge=0, le=20)] = 0
    ignore_eos: bool = False
    max_tokens: Annotated[int, msgspec.Meta(ge=1, le=131_072)] = 1024
    stop: Annotated[list[NotBlank], msgspec.Meta(max_length=16)] = []
    system_prompt: Annotated[str, msgspec.Meta(max_length=100_000)] = ""
    template_id: str | None = None
    template_variables: dict[str, str] = {}
    use_rag: bool = False
    document_ids: Annotated[list[str], msgspec.Meta(max_length=1000)] = []
    collections: Annotated[list[Annotated[str, msgspec.Meta(max_length=1000)]], msgspec.Meta(max_length=100)] = []


Overrides = dict[str, Any]
_HINTS = get_type_hints(ChatSettings, include_extras=True)


def defaults(config: ChatConfig) -> ChatSettings:
    """What a chat has where it says nothing."""
    return ChatSettings(max_tokens=config.max_tokens, system_prompt=config.system_prompt)


def merge(overrides: Overrides, changes: Overrides, base: ChatSettings) -> Overrides:
    """The overrides after `changes`: a key replaces, null resets to the default.

    Raises BadRequest for an unknown key or wrong type, InvalidSampling (field, min, max) for a number out of range.
    """
    merged = {**overrides, **changes}
    merged = {key: value for key, value in merged.items() if value is not None or key not in changes}
    resolve(merged, base)
    return merged


def resolve(overrides: Overrides, base: ChatSettings) -> ChatSettings:
    """Defaults and overrides together, checked. Raises as `merge`."""
    try:
        return msgspec.convert({**msgspec.to_builtins(base), **overrides}, ChatSettings)
    except msgspec.ValidationError as error:
        raise _typed(error, overrides) from None


def _typed(error: msgspec.ValidationError, overrides: Overrides) -> BadRequest | InvalidSampling:
    text = str(error)
    field = text.rpartition("$.")[2].rstrip("`").split("[")[0] if "$." in text else ""
    low, high = _range(field)
    value = overrides.get(field)
    if (low is not None or high is not None) and isinstance(value, int | float) and not isinstance(value, bool):
        return InvalidSampling(
            f"settings.{field} must lie between {low} and {high}, not {value}", field=field, min=low, max=high
        )
    return BadRequest(f"settings.{field}: {text.partition(' - at')[0]}" if field else f"settings: {text}", field=field)


def _range(field: str) -> tuple[float | None, float | None]:
    for part in _alternatives(_HINTS.get(field)):
        for meta in get_args(part)[1:] if get_origin(part) is Annotated else ():
            if isinstance(meta, msgspec.Meta) and (meta.ge is not None or meta.le is not None):
                return meta.ge, meta.le
    return None, None


def _alternatives(hint: Any) -> tuple[Any, ...]:
    """A union's members, or the type itself."""
    return (hint,) if get_origin(hint) is Annotated or hint is None else (get_args(hint) or (hint,))


def sampling(settings: ChatSettings, seed: int) -> Sampling:
    """The part of the settings that the model draws tokens by."""
    shared = {
        name: getattr(settings, name) for name in Sampling.__struct_fields__ if name not in {"seed", "logit_bias"}
    }
    bias = {int(token): value for token, value in settings.logit_bias.items() if token.isdigit()}
    return Sampling(seed=seed, logit_bias=bias, **shared)
