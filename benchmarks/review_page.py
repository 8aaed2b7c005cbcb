"""How fast the page answers a key: plays answers in headless Chromium and measures key to next question.

python benchmarks/review_page.py RUN_FOLDER [--answers 300] [--pictures DIR]
"""

import argparse
import base64
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from websocket import WebSocket, create_connection

WATCH = """
window.latency = [];
let pressed = 0;
addEventListener('keydown', (event) => { if (!event.target.matches('input')) pressed = performance.now(); }, true);
new MutationObserver(() => { const start = pressed; if (start) requestAnimationFrame(() => {
  latency.push(performance.now() - start); pressed = 0; }); }
).observe(document.getElementById('card'), { attributes: true, attributeFilter: ['data-question'] });
"""


class Browser:
    """A page of headless Chromium, driven by its debugging protocol."""

    def __init__(self, port: int) -> None:
        deadline = time.monotonic() + 60
        while True:
            try:
                pages = httpx.get(f"http://127.0.0.1:{port}/json").json()
                page = next(each for each in pages if each["type"] == "page")
                break
            except (httpx.HTTPError, StopIteration):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
        self._socket: WebSocket = create_connection(page["webSocketDebuggerUrl"], suppress_origin=True, timeout=60)
        self._number = 0

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method of the protocol and wait for its answer."""
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while True:
            reply: dict[str, Any] = json.loads(self._socket.recv())
            if reply.get("id") == self._number:
                return dict(reply.get("result", {}))

    def run(self, script: str) -> Any:
        """Value of a script in the page."""
        return self.call("Runtime.evaluate", expression=script, returnByValue=True)["result"].get("value")

    def wait(self, script: str) -> None:
        """Wait until a script in the page is true."""
        deadline = time.monotonic() + 60
        while not self.run(script):
            if time.monotonic() > deadline:
                raise TimeoutError(script)
            time.sleep(0.02)

    def press(self, key: str) -> None:
        """Press and release a key."""
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, text=key if len(key) == 1 else "")

    def picture(self, path: Path, width: int = 1200, height: int = 850, dark: bool = False) -> None:
        """Save what a window of this size shows."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.call("Emulation.setEmulatedMedia", features=scheme)
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def main() -> None:
    """Print the latencies."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--answers", type=int, default=300)
    parser.add_argument("--pictures", type=Path)
    options = parser.parse_args()
    served, debug = free_port(), free_port()
    folder = Path(tempfile.mkdtemp())
    server = subprocess.Popen(
        [sys.executable, "-c", "from sku_align.cli import main; main()", "review", "serve", "--out", str(options.run),
         "--db", f"sqlite:///{folder}/skus.db", "--port", str(served)]
    )  # fmt: skip
    chromium = subprocess.Popen(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--remote-debugging-port={debug}",
         f"--user-data-dir={folder}/profile", "about:blank"],
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 120
        while True:
            try:
                httpx.get(f"http://127.0.0.1:{served}/review")
                break
            except httpx.HTTPError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
        browser = Browser(debug)
        browser.call("Page.enable")
        browser.call("Page.navigate", url=f"http://127.0.0.1:{served}/review")
        browser.wait("document.readyState === 'complete' && typeof state !== 'undefined'")
        browser.run("const who = document.getElementById('reviewer'); who.value = 'ana';"
                    "who.dispatchEvent(new Event('change')); who.blur();")  # fmt: skip
        browser.wait("!document.getElementById('card').hidden")
        browser.run(WATCH)
        if options.pictures:
            options.pictures.mkdir(parents=True, exist_ok=True)
            browser.picture(options.pictures / "review-page.png")
            browser.picture(options.pictures / "review-page-phone.png", 390, 844)
            browser.picture(options.pictures / "review-page-dark.png", dark=True)
            browser.call("Emulation.clearDeviceMetricsOverride")
        waited = 0
        for number in range(options.answers):
            if browser.run("document.getElementById('card').hidden"):
                waited += 1
                try:
                    browser.wait("!document.getElementById('card').hidden")
                except TimeoutError:
                    print(f"no question was left after {number} answers")
                    break
            browser.press("sdsdk"[number % 5])
        browser.wait("outbox.length === 0 && !state.sending")
        latency = np.array(browser.run("latency"))
        print(f"{len(latency)} keys: median {np.median(latency):.0f} ms, 95 % {np.quantile(latency, 0.95):.0f} ms, "
              f"worst {latency.max():.0f} ms; the list ran empty {waited} times")  # fmt: skip
        print(browser.run("document.getElementById('progress').textContent"))
    finally:
        chromium.terminate()
        server.terminate()
        chromium.wait()
        server.wait()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
