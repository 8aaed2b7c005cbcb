"""Data Docs: pages of Great Expectations that say what a feed was checked for and which rows failed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sku_align.catalogs.validation import ROW_RULES, UNIQUE, Check, Rule, great_expectations, suite

if TYPE_CHECKING:
    import pandas as pd

_SITE = "feeds"


@dataclass
class DataDocs:
    """Keeps what is checked of one catalog, and writes its pages.

    The checked columns of the whole feed stay in memory until then: about 1 GB for a million rows.

    Attributes:
        catalog: Name of the catalog.
        folder: Folder of the pages of all catalogs.
        check: Finds the rows that fail.
    """

    catalog: str
    folder: Path
    check: Check
    _rows: list["pd.DataFrame"] = field(default_factory=list)
    _figures: list[tuple["pd.DataFrame", Sequence[Rule]]] = field(default_factory=list)

    def __call__(self, frame: "pd.DataFrame", rules: Sequence[Rule]) -> dict[str, NDArray[np.int64]]:
        """Check as `check` does, and keep what was checked."""
        if rules is ROW_RULES:
            self._rows.append(frame)
        elif UNIQUE not in rules:
            self._figures.append((frame, rules))
        return self.check(frame, rules)

    def write(self) -> Path:
        """Write the pages; the first one is returned."""
        import pandas as pd

        gx, _ = great_expectations()
        # A catalog's name may hold what no path may.
        own = self.folder / re.sub(r"[^\w.-]", "_", self.catalog)
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        store = {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(own.resolve())}
        index = {"class_name": "DefaultSiteIndexBuilder"}
        site = {"class_name": "SiteBuilder", "site_index_builder": index, "store_backend": store}
        context.add_data_docs_site(site_name=_SITE, site_config=site)
        source = context.data_sources.add_pandas(self.catalog)
        parts = [("feed", frame, rules) for frame, rules in self._figures]
        if self._rows:
            rows = pd.concat(self._rows, ignore_index=True)
            parts.append(("rows", rows.assign(key=rows["offer_id"]), (*ROW_RULES, UNIQUE)))
        for name, frame, rules in parts:
            batch = source.add_dataframe_asset(name).add_batch_definition_whole_dataframe("all")
            expectations = context.suites.add(suite(rules, name))
            definition = gx.ValidationDefinition(name=name, data=batch, suite=expectations)
            context.validation_definitions.add(definition).run(
                batch_parameters={"dataframe": frame}, result_format="SUMMARY"
            )
        context.build_data_docs(site_names=[_SITE])
        return own / "index.html"
