"""A PostgreSQL server of the tests' own, in a temporary folder, from the binaries of this computer."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "50"}


def binaries() -> Path | None:
    """Folder of `initdb` and `postgres`, if this computer has them."""
    folders = [Path(found).resolve().parent for name in ("initdb",) if (found := shutil.which(name))]
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()), None)


class Server:
    """A server in a folder of its own; it can be killed and started again.

    PostgreSQL refuses to run as root, so root runs it as an unprivileged user; hence no folder of pytest's, which
    only its owner may enter.

    Args:
        options: Settings of the server.
    """

    def __init__(self, **options: str) -> None:
        found = binaries()
        assert found, "no PostgreSQL here"
        self.folder = Path(tempfile.mkdtemp(prefix="sku-align-postgres-"))
        become: list[str] = []
        if os.geteuid() == 0:
            become = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
            os.chown(self.folder, 65534, 65534)
        self.data = self.folder / "data"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        settings = {"listen_addresses": "127.0.0.1", "port": str(self.port), "unix_socket_directories": "", **options}
        self._arguments = " ".join(f"-c {name}={value!r}" for name, value in settings.items())
        self._control = [*become, str(found / "pg_ctl"), "-D", str(self.data), "-w"]
        subprocess.run(
            [*become, found / "initdb", "-D", self.data, "-U", "sku", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"],
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def url(self, database: str = "postgres") -> str:
        """URL of a database."""
        return f"postgresql://sku@127.0.0.1:{self.port}/{database}"

    def start(self) -> bool:
        """Start it; false while processes of a killed one still hold its memory."""
        words = [*self._control, "-l", str(self.folder / "log"), "-o", self._arguments, "start"]
        return subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0

    def kill(self) -> None:
        """End its first process by signal 9; the others follow when they notice."""
        os.kill(int((self.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)

    def remove(self) -> None:
        """Stop it and delete its folder."""
        subprocess.run([*self._control, "-m", "immediate", "stop"], check=True, stdout=subprocess.DEVNULL)
        shutil.rmtree(self.folder)


@contextmanager
def server(**options: str) -> Iterator[str]:
    """Run a server and yield the URL of its database `postgres`."""
    made = Server(**options)
    assert made.start(), (made.folder / "log").read_text()[-2000:]
    try:
        yield made.url()
    finally:
        made.remove()
