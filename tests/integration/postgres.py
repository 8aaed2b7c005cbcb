"""A PostgreSQL server of the tests' own, in a temporary folder, from the binaries of this computer."""

import os
import shutil
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


@contextmanager
def server(**options: str) -> Iterator[str]:
    """Run a server in a folder of its own and yield the URL of its database `postgres`.

    PostgreSQL refuses to run as root, so root runs it as an unprivileged user; hence no folder of pytest's, which
    only its owner may enter.
    """
    found = binaries()
    assert found, "no PostgreSQL here"
    folder = Path(tempfile.mkdtemp(prefix="sku-align-postgres-"))
    become: list[str] = []
    if os.geteuid() == 0:
        become = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        os.chown(folder, 65534, 65534)
    data, log = folder / "data", folder / "log"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {"listen_addresses": "127.0.0.1", "port": str(port), "unix_socket_directories": "", **options}
    subprocess.run(
        [*become, found / "initdb", "-D", data, "-U", "sku", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    arguments = " ".join(f"-c {name}={value!r}" for name, value in settings.items())
    control = [*become, found / "pg_ctl", "-D", data, "-w"]
    subprocess.run([*control, "-l", log, "-o", arguments, "start"], check=True, stdout=subprocess.DEVNULL)
    try:
        yield f"postgresql://sku@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=True, stdout=subprocess.DEVNULL)
        shutil.rmtree(folder)
