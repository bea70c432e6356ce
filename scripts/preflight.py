"""Checks the settings and the port before anything starts, and prints where the page will be.

`python -m scripts.preflight [--running] [--anyway]` prints `HOST PORT SECONDS`, the address to ask on this machine and
how long a stop may take, then one line an address for people. Exit 2 and one line on stderr when a setting or the port
will not do; `--running` skips the port, `--anyway` lets a mistake in the own settings file pass: the page will tell it.
"""

import errno
import socket
import sys
from pathlib import Path

from services.core.config import Config, load_config, load_without_own
from services.core.errors import ConfigError

ANY_ADDRESS = {"", "0.0.0.0", "::"}
# sun_path of unix(7) holds 108 bytes with its end; supervisord first binds `supervisor.sock.<pid>`.
LONGEST_SOCKET_PATH = 107
SUPERVISOR_SOCKET = "supervisor.sock.4194304"


class Refused(Exception):
    """What stands in the way of a start, and what to do."""


def check_paths(run: Path) -> None:
    """Raises Refused when the sockets' paths would be longer than the kernel takes."""
    path = str(run / SUPERVISOR_SOCKET)
    if (length := len(path.encode())) > LONGEST_SOCKET_PATH:
        raise Refused(
            f"ONDOL_HOME is {length - LONGEST_SOCKET_PATH} bytes too long for a Unix socket below it ({path}); "
            "choose a shorter folder"
        )


def check_port(host: str, port: int) -> None:
    """Raises Refused when `host:port` cannot be listened on."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, proto) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except socket.gaierror:
        raise Refused(f"web.host {host!r} is no address of this machine (ONDOL_HOST)") from None
    except OSError as error:
        raise Refused(_port_reason(host, port, error)) from None


def _port_reason(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is taken by another program; stop it, or choose another port: ONDOL_PORT={port + 1}"
    if error.errno == errno.EACCES:
        return f"port {port} may only be used by root; choose one from 1024 on: ONDOL_PORT=8000"
    return f"cannot listen on {host}:{port}: {error.strerror} (ONDOL_HOST, ONDOL_PORT)"


def lan_address() -> str | None:
    """The address other machines see, or None without a network. No packet is sent; 192.0.2.1 is RFC 5737's."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address: str = probe.getsockname()[0]
    return None if address.startswith("127.") else address


def addresses(host: str, port: int, lan: str | None) -> list[str]:
    """Lines for people: this machine first, then the network, when the page is open to it."""
    if host not in ANY_ADDRESS:
        return [f"http://{f'[{host}]' if ':' in host else host}:{port}"]
    here = f"http://localhost:{port}"
    return [here, f"http://{lan}:{port}"] if lan else [here]


def prepare(running: bool, anyway: bool) -> Config:
    config = _settings(anyway)
    check_paths(config.home.run)
    if not running:
        config.home.create()
        check_port(config.web.host, config.web.port)
    return config


def _settings(anyway: bool) -> Config:
    try:
        return load_config()
    except ConfigError as error:
        if not anyway:
            raise
        print(f"ondol: {error}", file=sys.stderr)
        return load_without_own()


def main(arguments: list[str]) -> int:
    try:
        config = prepare("--running" in arguments, "--anyway" in arguments)
    except (ConfigError, Refused) as error:
        print(f"ondol: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"ondol: ONDOL_HOME cannot be made: {error.strerror}: {error.filename}", file=sys.stderr)
        return 2
    host, port = config.web.host, config.web.port
    print("127.0.0.1" if host in ANY_ADDRESS else host, port, config.house.stop_timeout_s)
    print("\n".join(addresses(host, port, lan_address())))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
