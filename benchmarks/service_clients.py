"""What clients ask the service, for Locust; `benchmarks.service load` runs it.

    SERVICE_FOLDER=FOLDER SERVICE_QUESTION=match locust -f benchmarks/service_clients.py --host http://127.0.0.1:8080

SERVICE_QUESTION is `match`, `search` or `rerank`, or absent for all three in turn; a 5xx or a refusal is a failure.
"""

import os
from http import HTTPStatus
from pathlib import Path

import numpy as np
from locust import HttpUser, constant_throughput, task

from sku_align.retrieval.index import PublishedIndex
from sku_align.retrieval.versions import IndexRoot

QUESTION = os.environ.get("SERVICE_QUESTION", "")
# Requests a second that each client tries to send; 0 sends the next one as soon as the last is answered.
PACE = float(os.environ.get("SERVICE_PACE", "0"))
DOCUMENTS = 20


def _titles() -> list[str]:
    root = IndexRoot.beside(f"sqlite:///{Path(os.environ['SERVICE_FOLDER']) / 'skus.db'}")
    titles: list[str] = PublishedIndex.open(root.folder(root.publications()[0])).offers["title"].to_pylist()
    return titles


TITLES = _titles()


class Client(HttpUser):
    """One client, who asks again as soon as he is answered, or at his pace."""

    if PACE:
        wait_time = constant_throughput(PACE)

    def on_start(self) -> None:
        """Clients ask about different offers."""
        self._rng = np.random.default_rng()

    def _some(self, count: int) -> list[str]:
        return [TITLES[at] for at in self._rng.integers(len(TITLES), size=count).tolist()]

    @task(int(QUESTION in ("", "match")))
    def match(self) -> None:
        """Which SKU is an offer that was never asked about?"""
        offer = {"offer_id": "1", "title": f"{self._some(1)[0]} {self._rng.integers(1_000_000)}"}
        self.client.post("/v1/match", json={"catalog": "new-shop", "offers": [offer]})

    @task(int(QUESTION in ("", "search")))
    def search(self) -> None:
        """The first words of a title; every price is the number of the publication that it was built for."""
        words = " ".join(self._some(1)[0].split()[:3])
        with self.client.post("/v1/search", json={"q": words}, catch_response=True) as response:
            if response.status_code != HTTPStatus.OK:
                return
            found = response.json()
            prices = {offer["price"] for sku in found["results"] for offer in sku["matched"]}
            if prices - {found["publication_id"]}:
                response.failure(f"publication {found['publication_id']} with prices {sorted(prices)}")

    @task(int(QUESTION in ("", "rerank")))
    def rerank(self) -> None:
        """Twenty titles for one."""
        self.client.post("/v1/rerank", json={"query": self._some(1)[0], "documents": self._some(DOCUMENTS)})
