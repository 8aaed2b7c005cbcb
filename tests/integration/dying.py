"""A run that dies: publish in a process of its own and kill it (signal 9) before its n-th step on the database.

A step is a statement, a bulk load or a commit. Only this module knows how to die; the store has no switch for it.
"""

import os
import signal
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa

from sku_align.store import Store, bulk
from tests.integration.shop import publish


def publish_and_die(url: str, groups: Mapping[str, str], mark: str, at: int, count: Any = None) -> None:
    """Publish; die before step `at`. If `at` is never reached, `count` receives how many steps there were."""
    store = Store.open(url)
    steps = 0

    def step(*_: Any) -> None:
        nonlocal steps
        steps += 1
        if steps == at:
            os.kill(os.getpid(), signal.SIGKILL)

    def stepping(load: Callable[..., None]) -> Callable[..., None]:
        def wrapped(*arguments: Any) -> None:
            step()
            load(*arguments)
            step()

        return wrapped

    sa.event.listen(store.engine, "before_cursor_execute", step)
    sa.event.listen(store.engine, "commit", step)
    bulk.write = stepping(bulk.write)
    publish(store, groups, mark)
    if count is not None:
        count.value = steps
