"""Who may talk to the house from a browser: known hosts, own origin, and nobody else's pages."""

import ipaddress
import secrets
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from services.core.durable import write_durably
from services.core.errors import ForbiddenOrigin

HOME_SUFFIXES = (".local", ".lan", ".home", ".home.arpa", ".internal", ".localhost")
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def host_is_home(host: str, allowed: Sequence[str]) -> bool:
    """True for addresses, bare names and home suffixes: a page of the open internet that was rebound to our address
    still calls itself by its own name."""
    name = urlsplit(f"//{host}").hostname or ""
    if name in allowed or "." not in name or name.endswith(HOME_SUFFIXES):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def check_origin(origin: str | None, host: str, allowed: Sequence[str]) -> None:
    """Raise ForbiddenOrigin unless the caller is no browser (no Origin), our own page, or a configured origin."""
    if origin is None or origin in allowed:
        return
    if origin != "null" and urlsplit(origin).netloc == host:
        return
    raise ForbiddenOrigin(
        f"pages of {origin} may not do this; add it to web.allowed_origins if it is yours", origin=origin
    )


def load_secret_key(path: Path) -> str:
    """The key that signs login cookies, made once, readable by the owner alone. Raises OSError."""
    if not path.exists() or not path.read_text().strip():
        write_durably(path, secrets.token_hex(32).encode())
    return path.read_text().strip()
