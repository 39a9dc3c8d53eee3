"""Who holds a port: asked before a server is started, so that the refusal names the culprit."""

import socket
from pathlib import Path

_LISTEN = "0A"


def holder(host: str, port: int) -> str | None:
    """Return who listens on an address and port, or None where it is free.

    Raises:
        PermissionError: the port needs a privilege that we lack; the message has the remedy.

    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError as error:
            raise PermissionError(
                f"{host}:{port} may be bound by root alone on this machine; allow it with"
                " sudo sysctl net.ipv4.ip_unprivileged_port_start=443"
            ) from error
        except OSError:
            return _name(_inode(host, port)) or "another process"
    return None


def _inode(host: str, port: int) -> str | None:
    """Find the listening socket in the kernel's table: its addresses are little-endian hex."""
    wanted = {socket.inet_aton(each)[::-1].hex().upper() for each in (host, "0.0.0.0")}  # noqa: S104 - looked for, not bound
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        address, _, number = fields[1].partition(":")
        if address in wanted and int(number, 16) == port and fields[3] == _LISTEN:
            return fields[9]
    return None


def _name(inode: str | None) -> str | None:
    if inode is None:
        return None
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and _owns(process, inode):
            words = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
            return f"process {process.name} ({' '.join(words).strip()[:80]})"
    return None


def _owns(process: Path, inode: str) -> bool:
    try:
        return any(
            str(each.readlink()) == f"socket:[{inode}]" for each in (process / "fd").iterdir()
        )
    except OSError:
        return False
