"""Every setting of the house, typed, with its unit in its name. Unknown keys are refused.

Order: `config/ondol.toml` (complete), then `$ONDOL_HOME/ondol.toml`, then `ONDOL_<SECTION>__<KEY>`, then the
short names (ONDOL_PORT and the like). `config/ondol.toml` must name exactly the keys below; a test holds the two
together.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from services.core.errors import ConfigError
from services.core.paths import PROJECT_ROOT, Home, default_home

Positive = Annotated[int, msgspec.Meta(gt=0)]
NotNegative = Annotated[int, msgspec.Meta(ge=0)]
Seconds = Annotated[float, msgspec.Meta(gt=0)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class HouseConfig(_Section, frozen=True):
    stop_timeout_s: Annotated[int, msgspec.Meta(ge=1, le=8)]  # systemd and compose wait 10 s


class WebConfig(_Section, frozen=True):
    host: str
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)]
    allowed_origins: list[str]
    allowed_hosts: list[str]
    max_json_bytes: Positive
    max_upload_bytes: Positive
    max_frame_bytes: Positive
    session_lifetime_s: Positive
    owner: str


class ModelConfig(_Section, frozen=True):
    name: str
    embedder: str
    allow_oversize: bool


class EngineConfig(_Section, frozen=True):
    context_tokens: Positive
    parallel: Annotated[int, msgspec.Meta(ge=1, le=64)]
    max_queue: Positive
    threads: NotNegative
    max_stall_ms: Positive
    kv_type: Literal["auto", "f16", "q8_0"]
    kv_disk_bytes: NotNegative
    kv_daily_write_bytes: NotNegative
    kv_save_after_s: Seconds
    calibrate: bool
    step_timeout_s: Seconds
    retry_s: Annotated[float, msgspec.Meta(ge=0)]


class ChatConfig(_Section, frozen=True):
    system_prompt: str
    max_tokens: Positive
    max_message_chars: Positive
    journal_interval_ms: Annotated[int, msgspec.Meta(ge=0, le=250)]
    drafts: bool
    max_draft_chars: Positive


class RagConfig(_Section, frozen=True):
    index: Literal["auto", "sqlite-vec", "sqlite-vss"]
    storage: Literal["auto", "float32", "int8", "bit"]
    passages: Positive
    passage_tokens: Positive
    vector_weight: Share
    min_score: Share
    embed_timeout_ms: Positive
    reranker: str
    rerank_passages: Annotated[int, msgspec.Meta(ge=2, le=50)]
    rerank_timeout_ms: Positive
    shared_writable: bool


class IngestConfig(_Section, frozen=True):
    settle_s: Seconds
    rescan_s: Seconds
    poll: bool
    poll_interval_s: Seconds
    max_file_bytes: Positive
    parse_timeout_s: Seconds
    parse_cpu_s: Positive
    parse_memory_bytes: Positive
    max_text_chars: Positive
    chunk_tokens: Annotated[int, msgspec.Meta(ge=32, le=480)]
    pause_above_c: Annotated[float, msgspec.Meta(gt=0)]
    ignore: list[str]


class BackupConfig(_Section, frozen=True):
    nightly: bool
    hour: Annotated[int, msgspec.Meta(ge=0, le=23)]
    folder: str
    documents: bool
    keep_daily: Positive
    keep_weekly: NotNegative
    max_bytes: Positive
    in_browser: bool


class DiskConfig(_Section, frozen=True):
    low_bytes: NotNegative
    full_bytes: NotNegative


class HubConfig(_Section, frozen=True):
    endpoint: str
    token: str


class LogConfig(_Section, frozen=True):
    level: Literal["debug", "info", "warning", "error"]


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All settings, and the state folder they were read for."""

    home: Home
    house: HouseConfig
    web: WebConfig
    model: ModelConfig
    engine: EngineConfig
    chat: ChatConfig
    rag: RagConfig
    ingest: IngestConfig
    backup: BackupConfig
    disk: DiskConfig
    hub: HubConfig
    log: LogConfig


SECTIONS: dict[str, type[_Section]] = {
    "house": HouseConfig,
    "web": WebConfig,
    "model": ModelConfig,
    "engine": EngineConfig,
    "chat": ChatConfig,
    "rag": RagConfig,
    "ingest": IngestConfig,
    "backup": BackupConfig,
    "disk": DiskConfig,
    "hub": HubConfig,
    "log": LogConfig,
}
SHORT_NAMES = {
    "ONDOL_HOST": ("web", "host"),
    "ONDOL_PORT": ("web", "port"),
    "ONDOL_MODEL": ("model", "name"),
    "ONDOL_EMBEDDER": ("model", "embedder"),
}

Tables = dict[str, dict[str, object]]


def _read_toml(path: Path) -> Tables:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not valid TOML: {error}", file=str(path)) from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}", file=str(path)) from None
    for section, keys in data.items():
        if section not in SECTIONS:
            raise ConfigError(f"{path}: unknown section [{section}]", file=str(path), key=section)
        if not isinstance(keys, dict):
            raise ConfigError(f"{path}: {section} must be a section", file=str(path), key=section)
        known = SECTIONS[section].__struct_fields__
        for key in keys:
            if key not in known:
                raise ConfigError(
                    f"{path}: unknown setting {section}.{key}; known are {', '.join(known)}",
                    file=str(path),
                    key=f"{section}.{key}",
                )
    return data


def _from_environment(environ: Mapping[str, str]) -> dict[tuple[str, str], tuple[str, str]]:
    """(section, key) → (variable, text)."""
    found = {target: (name, environ[name]) for name, target in SHORT_NAMES.items() if name in environ}
    for name, text in environ.items():
        if not name.startswith("ONDOL_") or "__" not in name:
            continue
        section, _, key = name.removeprefix("ONDOL_").lower().partition("__")
        if section not in SECTIONS or key not in SECTIONS[section].__struct_fields__:
            raise ConfigError(f"{name}: unknown setting {section}.{key}", file="environment", key=name)
        found[(section, key)] = (name, text)
    return found


def _value_of(text: str, source: str, section: str, key: str) -> object:
    """A variable's text as the setting's own type: text as it is, lists split at commas, the rest parsed."""
    kind = msgspec.inspect.type_info(SECTIONS[section])
    assert isinstance(kind, msgspec.inspect.StructType)
    field = next(f for f in kind.fields if f.name == key)
    if isinstance(field.type, msgspec.inspect.ListType):
        return [part.strip() for part in text.split(",") if part.strip()]
    if isinstance(field.type, msgspec.inspect.StrType | msgspec.inspect.LiteralType):
        return text
    if isinstance(field.type, msgspec.inspect.BoolType):
        lowered = text.strip().lower()
        if lowered not in {"true", "false", "1", "0"}:
            raise ConfigError(f"{source}: {section}.{key} must be true or false, not {text!r}", file=source, key=key)
        return lowered in {"true", "1"}
    try:
        return float(text) if isinstance(field.type, msgspec.inspect.FloatType) else int(text)
    except ValueError:
        raise ConfigError(f"{source}: {section}.{key} must be a number, not {text!r}", file=source, key=key) from None


def load_config(environ: Mapping[str, str] | None = None, home: Home | None = None) -> Config:
    """Read and check all settings.

    Raises ConfigError naming the file (or variable) and the key when a setting is unknown, missing or of a wrong type.
    """
    environ = os.environ if environ is None else environ
    home = home or _home(environ)
    return _assembled(environ, home, _read_toml(home.settings) if home.settings.exists() else {})


def load_without_own(environ: Mapping[str, str] | None = None, home: Home | None = None) -> Config:
    """The settings of a house whose own file cannot be used: defaults, environment, and of the file what says where the
    page is, as far as it can be read. Raises ConfigError when the environment is at fault."""
    environ = os.environ if environ is None else environ
    home = home or _home(environ)
    return _assembled(environ, home, {"web": _address(home.settings)})


def _home(environ: Mapping[str, str]) -> Home:
    return Home(Path(environ["ONDOL_HOME"]).resolve()) if environ.get("ONDOL_HOME") else default_home()


def _assembled(environ: Mapping[str, str], home: Home, own: Tables) -> Config:
    default_file = PROJECT_ROOT / "config" / "ondol.toml"
    tables = _read_toml(default_file)
    sources = {(s, k): str(default_file) for s, keys in tables.items() for k in keys}
    for section, keys in own.items():
        tables.setdefault(section, {}).update(keys)
        sources.update({(section, key): str(home.settings) for key in keys})
    for (section, key), (name, text) in _from_environment(environ).items():
        tables.setdefault(section, {})[key] = _value_of(text, name, section, key)
        sources[(section, key)] = name
    return Config(home=home, **{s: _section(s, tables.get(s, {}), sources) for s in SECTIONS})  # type: ignore[arg-type]


def _address(file: Path) -> dict[str, object]:
    """Its web.host and web.port, those that are there and can be used."""
    try:
        web = tomllib.loads(file.read_text(encoding="utf-8")).get("web")
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return {}
    found: dict[str, object] = {}
    if isinstance(web, dict):
        if isinstance(host := web.get("host"), str):
            found["host"] = host
        if type(port := web.get("port")) is int and 0 < port < 65_536:
            found["port"] = port
    return found


def _section(name: str, values: dict[str, object], sources: dict[tuple[str, str], str]) -> _Section:
    try:
        return msgspec.convert(values, SECTIONS[name])
    except msgspec.ValidationError as error:
        text = str(error)
        key = text.rpartition("$.")[2].split("`")[0].split("[")[0] if "$." in text else ""
        source = sources.get((name, key), str(PROJECT_ROOT / "config" / "ondol.toml"))
        reason = text.partition(" - at")[0]
        raise ConfigError(f"{source}: {name}.{key or '?'}: {reason}", file=source, key=f"{name}.{key}") from None
