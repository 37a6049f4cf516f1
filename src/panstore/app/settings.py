"""`panstore.toml`: read, references to secrets resolved, checked to the last key."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from panstore.model.document import Language
from panstore.sdk.errors import ConfigError

__all__ = ["Config", "EngineConfig", "RouteConfig", "WebConfig", "explain", "load"]

_PREFIX = "PANSTORE__"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _public(text: str) -> str:
    """An address links can begin with; a buyer's link must not travel in the open."""
    try:
        parts = urlsplit(text)
        fine = parts.scheme == "https" and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fine = False
    whole = text.isascii() and text.isprintable() and not set(text) & set(" ?#@\"'<>\\")
    if not fine or not whole:
        raise ValueError("write an https address such as https://documents.example.com")
    return text.rstrip("/")


class WebConfig(_Strict):
    """The console, the API and the webhook inbox.

    Attributes:
        api_token: opens console and API; a reference to a secret is best.
        public_url: https address under which buyers reach PanStore from outside, such as
            `https://documents.example.com`; it is needed for links to documents only.
        links_days: so long a link to a document works after the shop was told of it.
    """

    host: str = "127.0.0.1"
    port: int = Field(default=8600, ge=0, le=65535)
    api_token: SecretStr
    public_url: Annotated[str, AfterValidator(_public)] | None = None
    links_days: int = Field(default=365, ge=1, le=3650)


class StoreConfig(_Strict):
    """Where PanStore remembers.

    Attributes:
        url: `sqlite:///file` (relative to the settings file) or
            `postgresql+psycopg://user:password@host/database`.
    """

    url: SecretStr = SecretStr("sqlite:///panstore.sqlite")


class BrakeConfig(_Strict):
    """From where on a change is a mass change; see the how-to on brakes."""

    from_items: int = Field(default=20, ge=1)
    share_percent: int = Field(default=20, ge=0, le=100)
    price_change_percent: int = Field(default=30, ge=1)
    window_minutes: int = Field(default=15, ge=1)
    fall_after_minutes: int = Field(default=5, ge=0)


class RouteConfig(_Strict):
    """A shop with its ERP.

    Attributes:
        erp, shop: names of connections.
        zone: the company's time zone, for business dates.
        printer: name of a connection that makes pages of invoices and delivery notes; or that of
            the ERP, which then prints its own (Tryton needs LibreOffice on its server for it).
        mail, sms: names of connections that hand messages for the buyer over.
        language: of pages and messages; without it, what the buyer is likely to understand.
        link: `auto`: articles whose code stands exactly once on both sides are linked by
            themselves; `ask`: only a person links (`panstore link`), for the first sync of two
            systems that are both full.
        modules: settings by module code; a module that is not named is off.
    """

    erp: str
    shop: str
    zone: str = "Europe/Ljubljana"
    printer: str | None = None
    mail: str | None = None
    sms: str | None = None
    language: Language | None = None
    link: Literal["auto", "ask"] = "auto"
    modules: dict[str, dict[str, Any]] = Field(default_factory=dict)
    brakes: BrakeConfig = BrakeConfig()


class EngineConfig(_Strict):
    """Pace of the engine; the defaults suit most."""

    poll_seconds: float = Field(default=5.0, gt=0)
    overlap_seconds: float = Field(default=300.0, gt=0)
    batch: int = Field(default=500, ge=1, le=1000)
    call_seconds: float = Field(default=120.0, gt=0)
    full_run_hours: float = Field(default=24.0, gt=0)
    order_shards: int = Field(default=4, ge=1, le=64)
    audit_days: int = Field(default=90, ge=1)
    payload_days: int = Field(default=90, ge=1)
    message_days: int = Field(default=90, ge=1)


class Config(BaseSettings):
    """Everything in `panstore.toml`; `PANSTORE__STORE__URL` and the like override it.

    Attributes:
        connections: by name; `connector` says which, the other keys belong to the connector.
    """

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix=_PREFIX, env_nested_delimiter="__"
    )

    store: StoreConfig = StoreConfig()
    web: WebConfig
    connections: dict[str, dict[str, Any]]
    routes: dict[str, RouteConfig]
    engine: EngineConfig = EngineConfig()
    log: Literal["debug", "info", "warning", "error"] = "info"


def load(path: Path) -> Config:
    """Read and check the settings.

    Raises:
        ConfigError: names the key, what is wrong with it, and what is allowed.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(str(path), "no such file", "write one with `panstore init`") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(str(path), f"is not valid TOML: {error}") from error
    merged = _merge(_resolve(raw, "", path.parent), _environment())
    try:
        config = Config.model_validate(merged)
    except ValidationError as error:
        raise explain(error, "", Config) from error
    return _anchor(config, path.parent)


def _anchor(config: Config, folder: Path) -> Config:
    """A relative SQLite file lies beside the settings file, wherever the command is called."""
    url = config.store.url.get_secret_value()
    if url.startswith("sqlite:///") and not url.startswith("sqlite:////"):
        file = (folder / url.removeprefix("sqlite:///")).resolve()
        store = StoreConfig(url=SecretStr(f"sqlite:///{file}"))
        return config.model_copy(update={"store": store})
    return config


def _environment() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in os.environ.items():
        if not name.startswith(_PREFIX):
            continue
        place = found
        *parents, last = name.removeprefix(_PREFIX).split("__")
        for parent in parents:
            place = place.setdefault(parent.lower(), {})
        place[last.lower() if last.lower() != last.upper() else last] = value
    return found


def _merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        # Names in the file may be in capitals (S1); those in the environment always are.
        name = next((k for k in merged if k.lower() == key.lower()), key)
        old = merged.get(name)
        merged[name] = (
            _merge(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
        )
    return merged


def _resolve(value: Any, path: str, folder: Path) -> Any:
    """Replace `{ env = "NAME" }` and `{ file = "path" }` by what they refer to.

    `{ path = "path" }` is the path itself, from where the settings file lies.
    """
    if isinstance(value, list):
        return [_resolve(v, f"{path}[{i}]", folder) for i, v in enumerate(value)]
    if not isinstance(value, dict):
        return value
    if set(value) == {"env"} and isinstance(value["env"], str):
        name = value["env"]
        if name not in os.environ:
            raise ConfigError(
                path, f"the environment has no {name}", "set it, or use { file = ... }"
            )
        return os.environ[name]
    if set(value) == {"path"} and isinstance(value["path"], str):
        return str((folder / value["path"]).resolve())
    if set(value) == {"file"} and isinstance(value["file"], str):
        file = folder / value["file"]
        try:
            return file.read_text(encoding="utf-8").strip()
        except OSError as error:
            what = f"the secret in {file} cannot be read: {error.strerror}"
            raise ConfigError(path, what, "check the path and its permissions") from error
    return {k: _resolve(v, f"{path}.{k}" if path else k, folder) for k, v in value.items()}


def explain(error: ValidationError, prefix: str, model: type[BaseModel]) -> ConfigError:
    """The first thing that is wrong, with the key's whole name and what is allowed there."""
    first = error.errors(include_input=False, include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    path = ".".join(part for part in (prefix, place) if part) or "panstore.toml"
    if first["type"] == "extra_forbidden":
        allowed = ", ".join(sorted(_allowed(model, first["loc"][:-1])))
        return ConfigError(path, "there is no such setting", f"allowed here: {allowed}")
    if first["type"] == "missing":
        return ConfigError(path, "is missing", "add it to panstore.toml")
    return ConfigError(path, str(first["msg"]).removeprefix("Value error, "))


def _allowed(model: type[BaseModel], path: tuple[int | str, ...]) -> list[str]:
    current: Any = model
    for part in path:
        fields = getattr(current, "model_fields", {})
        if part in fields:
            current = fields[part].annotation
        else:
            # A name inside a table of connections or routes: its values have the table's type.
            arguments = getattr(current, "__args__", ())
            current = arguments[-1] if arguments else current
    return list(getattr(current, "model_fields", {}))
