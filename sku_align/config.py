"""The settings of a run: one object, read from YAML, with defaults that work offline on a laptop."""

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict, Field, ValidationError, field_validator, model_validator

from sku_align.config_errors import sentence
from sku_align.config_scoring import ENGINES as ENGINES
from sku_align.config_scoring import AnyScorer, of_other_engines
from sku_align.config_scoring import BundledScoring as BundledScoring
from sku_align.config_scoring import CascadeScoring as CascadeScoring
from sku_align.config_scoring import HttpScoring as HttpScoring
from sku_align.config_scoring import MeanScoring as MeanScoring
from sku_align.config_scoring import ScoringSettings as ScoringSettings
from sku_align.config_scoring import VllmScoring as VllmScoring
from sku_align.config_section import Section
from sku_align.errors import UserError
from sku_align.yaml_text import read_yaml

logger = logging.getLogger(__name__)

# Brands whose romanised names are less similar than this are different brands, for guards, conflicts and calibration.
# Chosen by eye; "Philips" and "Phillipson" are 0.82 alike, "Bosch" and "Makita" 0.
BRAND_SIMILARITY = 0.5


FeedFormat = Literal["csv", "tsv", "json", "jsonl", "xml", "parquet", "xlsx", "xls", "ods"]
PresetName = Literal[
    "google-merchant", "shopify", "woocommerce", "magento", "amazon-flat-file", "akeneo", "idealo", "rakuten", "naver",
    "taobao", "openfoodfacts", "bmecat", "none",
]  # fmt: skip


class LimitSettings(Section):
    """When a whole catalog is refused, however good its single rows are; absent limits are not checked."""

    min_rows: int | None = Field(None, ge=0, description="Fewest offers.")
    max_rows: int | None = Field(None, ge=0, description="Most offers.")
    max_quarantined: float | None = Field(None, ge=0, le=1, description="Largest share of quarantined rows.")
    max_missing_titles: float | None = Field(None, ge=0, le=1, description="Largest share of rows without a title.")
    max_row_change: float | None = Field(None, ge=0, description="Largest change of the row count since the last run.")
    max_mix_change: float | None = Field(
        None, ge=0, le=1, description="Largest change of the share of any currency or language since the last run."
    )
    known_columns_only: bool = Field(False, description="Refuse columns that neither contract nor last run knows.")


class CatalogSettings(Section):
    """How to read one feed; every value is optional for a UTF-8 file with canonical column names."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)

    path: Path | None = Field(
        None, description="File or pattern (`feeds/shop-*.csv.gz`) relative to the settings file, or a URL."
    )
    url: str | None = Field(
        None, description="Where the feed lies (https, s3, gs, sftp, ...); with `query`, an SQLAlchemy URL."
    )
    query: str | None = Field(None, description="One SELECT; run on a connection that cannot write.")
    format: FeedFormat | None = Field(None, description="Where the file's name does not say it.")
    preset: PresetName | None = Field(None, description="Whose export this is; recognised by its columns if absent.")
    language: str | None = Field(None, description="BCP 47 tag of every row; detected row by row if absent.")
    columns: dict[str, str] = Field({}, description="Canonical column name -> the feed's own.")
    header_row: int | None = Field(None, ge=1, description="Line or sheet row of the header; found if absent.")
    record_path: str | None = Field(None, description="XML or JSON: path of one record, such as `shop/items/item`.")
    group: str | None = Field(
        None, description="Column that rows of one product share; later rows take what the first one states."
    )
    parent: str | None = Field(None, description="Column that names a row's parent; parents are not offers.")
    store_view: str | None = Field(None, description="Column of the store view; other views become further titles.")
    contract: Path | None = Field(None, description="Data contract file that the feed is checked against.")
    limits: LimitSettings = LimitSettings()
    encoding: str | None = None
    delimiter: str | None = Field(None, min_length=1, max_length=1)
    decimal: Literal[".", ","] | None = None
    sheet: str | None = None
    currency: str | None = Field(None, description="ISO 4217 code of every price, if the feed has no currency column.")
    net_content: tuple[str, ...] = Field(
        (),
        description="Columns such as `weight` that hold the content of the product; else they are the parcel's.",
    )
    has_duplicates: bool | None = Field(
        None, description="The catalog may list one product more than once; absent: as the top level says."
    )
    priority: int = Field(100, description="Survivorship prefers catalogs with a smaller number.")
    calibrated: bool = Field(False, description="Scores of this catalog were checked against labels of its own.")

    old_names: ClassVar[dict[str, str]] = {"may_repeat": "has_duplicates"}

    @model_validator(mode="before")
    @classmethod
    def _url_as_path(cls, values: Any) -> Any:
        """A URL under `path` is meant as `url`: a Path would fold its two slashes into one."""
        if isinstance(values, dict) and "://" in str(values.get("path", "")) and not values.get("url"):
            rest = {name: value for name, value in values.items() if name != "path"}
            return rest | {"url": str(values["path"])}
        return values

    @field_validator("language")
    @classmethod
    def _is_a_language(cls, tag: str | None) -> str | None:
        import langcodes

        if tag is not None and not langcodes.tag_is_valid(tag):
            raise ValueError(f"{tag!r} is not a language: write a BCP 47 tag such as en, de-CH or zh-Hans")
        return tag


class EmbeddingSettings(Section):
    """Which model turns an offer's text into a vector."""

    name: Literal["bundled", "sentence-transformers", "vllm"] = "bundled"
    model: str | None = None
    revision: str | None = None
    batch_size: int = Field(256, ge=1)


class BlockingSettings(Section):
    """How candidate pairs are found and how many are kept."""

    neighbours: int = Field(20, ge=0, description="Embedding neighbours per offer and target catalog, each direction.")
    lexical: int = Field(20, ge=0, description="Lexical neighbours per offer and target catalog, each direction.")
    max_candidates_per_offer: int = Field(
        4, ge=1, description="Kept per offer and target catalog, best first; 20 where a GPU scores."
    )
    hub_limit: int = Field(50, ge=1, description="A key shared by more offers than this is not evidence.")
    min_pair_completeness: float | None = Field(None, ge=0, le=1, description="Fail below this estimate.")


class PolicySettings(Section):
    """Thresholds of some pairs; `None` inherits the ones above."""

    auto_merge: float | None = Field(None, ge=0, le=1)
    review: float | None = Field(None, ge=0, le=1)


GuardName = Literal["quantity", "pack", "multipack", "variant", "word", "gtin", "brand", "price"]
GuardAction = Literal["forbid", "review", "off"]


class DecidingSettings(Section):
    """Thresholds on the match probability, their exceptions, and what a guard does when it fires.

    Where several exceptions meet in a pair, the strictest counts.
    """

    auto_merge: float = Field(0.9, ge=0, le=1, description="Merges by itself from this probability on.")
    review: float = Field(0.7, ge=0, le=1, description="Goes to a person from this probability on.")
    catalogs: dict[str, PolicySettings] = Field({}, description="Catalog -> thresholds; the stricter side counts.")
    categories: dict[str, PolicySettings] = Field({}, description="Category prefix -> thresholds; the longest counts.")
    language_pairs: dict[str, PolicySettings] = Field({}, description="'en-zh' (sorted) -> thresholds.")
    guards: dict[GuardName, GuardAction] = Field({}, description="What a guard does, where not as by default.")
    attributes: dict[str, GuardAction] = Field(
        {}, description="Family of attributes -> what a conflict in it does, where not as the guard `variant`."
    )
    silence: dict[str, GuardAction] = Field(
        {}, description="Family -> what happens where only one offer states it, where not as the guard `variant`."
    )
    brand_similarity: float = Field(
        BRAND_SIMILARITY, ge=0, le=1, description="Brands less alike than this are a conflict."
    )
    price_ratio: float = Field(3.0, gt=1, description="Prices in one currency that differ by more are suspicious.")
    margin: float = Field(0.1, ge=0, le=1, description="Lead over the second best, asked of uncalibrated catalogs.")
    within_spread: Literal["keep", "review", "off"] = Field(
        "keep",
        description="Pairs that another run could decide otherwise: `keep` in one SKU what is live in one, else a "
        "person; `review`: a person; `off`: the threshold alone.",
    )

    @model_validator(mode="after")
    def _ordered(self) -> "DecidingSettings":
        exceptions = [*self.catalogs.items(), *self.categories.items(), *self.language_pairs.items()]
        policies: list[tuple[str, PolicySettings | DecidingSettings]] = [("deciding", self), *exceptions]
        for name, policy in policies:
            review = self.review if policy.review is None else policy.review
            if review > (self.auto_merge if policy.auto_merge is None else policy.auto_merge):
                raise ValueError(f"review must not be above auto_merge ({name})")
        return self

    def guard(self, name: GuardName) -> GuardAction:
        """What the guard does when it fires."""
        return self.guards.get(name, GUARDS[name])


GUARDS: dict[GuardName, GuardAction] = {
    "quantity": "forbid",
    "pack": "forbid",
    "multipack": "review",
    "variant": "review",
    "word": "review",
    "gtin": "review",
    "brand": "review",
    "price": "review",
}


class ClusteringSettings(Section):
    """Which unions are allowed."""

    guard_members: bool = Field(
        True, description="Refuse a union if a guard fires between any two members (but prices)."
    )
    min_support: float = Field(
        0.75, ge=0, le=1, description="Refuse a union if the scored pairs across it have a lower mean probability."
    )
    max_size: int = Field(200, ge=2)


class PublishingSettings(Section):
    """Audits between a finished run and what storefronts read."""

    max_churn: float = Field(0.2, ge=0, le=1, description="Largest share of live offers whose SKU may change.")
    max_sku_size: int = Field(100, ge=2)
    min_coverage: float = Field(
        0.5, ge=0, le=1, description="Fewest offers of a catalog as a share of its last publication."
    )
    min_precision: float | None = Field(
        None, ge=0, le=1, description="Publish only if the lower bound of the audited precision of pairs reaches this."
    )
    max_drift: float | None = Field(
        None, gt=0, description="Publish only if no distribution drifts further (population stability index)."
    )
    keep_runs: int = Field(30, ge=2)
    index: Path | None = Field(None, description="Folder of the service's indexes; beside the database if absent.")
    keep_indexes: int = Field(3, ge=1, description="Publications whose index is kept, to be served and compared with.")


SurvivorshipRule = Literal["priority", "completeness", "newest", "longest", "frequent"]


class SurvivorshipSettings(Section):
    """Whose word a SKU takes, field by field: the first rule decides, the next breaks its ties, the key the last."""

    title: tuple[SurvivorshipRule, ...] = Field(("priority", "completeness"), description="Within each language.")
    description: tuple[SurvivorshipRule, ...] = Field(("priority", "longest"), description="Within each language.")
    brand: tuple[SurvivorshipRule, ...] = ("frequent", "priority", "completeness")
    category: tuple[SurvivorshipRule, ...] = ("priority", "completeness")
    quantities: tuple[SurvivorshipRule, ...] = ("frequent", "priority", "completeness")
    attributes: tuple[SurvivorshipRule, ...] = Field(
        ("frequent", "priority", "completeness"), description="For each attribute by itself."
    )
    max_images: int = Field(10, ge=1)


class ServingSettings(Section):
    """The service: its limits, and what it does beside answering."""

    recall: int = Field(100, ge=1, description="Published offers that a search recalls.")
    rerank: int = Field(20, ge=0, description="Recalled SKUs that the scorer reads again.")
    answers: int = Field(10, ge=1, description="SKUs that a search answers, unless it asks for another number.")
    rerank_search: bool | None = Field(
        None, description="Rerank what a search recalls; absent: not with the bundled scorer (experiments/search.md)."
    )
    max_offers: int = Field(1000, ge=1, description="Offers in one request.")
    max_documents: int = Field(1000, ge=1, description="Documents in one request.")
    max_body_bytes: int = Field(10_000_000, ge=1024)
    max_concurrent: int = Field(8, ge=1, description="Requests worked on at a time; others wait.")
    max_waiting: int = Field(64, ge=0, description="Requests that wait; more are told to come again.")
    max_per_client: int = Field(32, ge=1, description="Requests of one client at a time.")
    timeout_s: float = Field(60.0, gt=0, description="Longest time for one answer.")
    rerank_timeout_s: float = Field(2.0, gt=0, description="A search whose reranking takes longer answers without.")
    cached_scores: int = Field(200_000, ge=0, description="Scores kept by the texts of both sides.")
    cached_searches: int = Field(2_000, ge=0, description="Answers of searches kept for a publication.")
    poll_s: float = Field(2.0, gt=0, description="How often the database is asked for a new publication.")
    mcp: bool = Field(False, description="Serve search, match and explain to language models at /mcp.")
    telemetry: bool = Field(False, description="Send traces to the OpenTelemetry collector that OTEL_* names.")


class CostSettings(Section):
    """What a machine costs, so that the report can say what a run cost."""

    machine_hour: float | None = Field(None, ge=0, description="Price of an hour of the machine, its GPUs left out.")
    gpu_hour: float | None = Field(None, ge=0, description="Price of an hour of one GPU.")
    currency: str = "USD"


class Settings(Section):
    """All settings of a run."""

    catalogs: dict[str, CatalogSettings] = Field({})
    has_duplicates: bool = Field(
        False, description="Catalogs may list one product more than once, where a catalog does not say otherwise."
    )
    hold_back_failed_catalogs: bool = Field(
        False,
        description="A catalog that fails goes on with its last good version; else its fault stops the run.",
    )
    data_docs: Path | None = Field(None, description="Folder for pages of Great Expectations, one site per catalog.")
    embedding: EmbeddingSettings = EmbeddingSettings()
    blocking: BlockingSettings = BlockingSettings()
    scoring: AnyScorer = BundledScoring()
    deciding: DecidingSettings = DecidingSettings()
    clustering: ClusteringSettings = ClusteringSettings()
    survivorship: SurvivorshipSettings = SurvivorshipSettings()
    publishing: PublishingSettings = PublishingSettings()
    serving: ServingSettings = ServingSettings()
    costs: CostSettings = CostSettings()

    @model_validator(mode="before")
    @classmethod
    def _read_one_offer_per_catalog(cls, values: Any) -> Any:
        clustering = values.get("clustering") if isinstance(values, dict) else None
        if not isinstance(clustering, dict) or "one_offer_per_catalog" not in clustering:
            return values
        rest = {name: value for name, value in clustering.items() if name != "one_offer_per_catalog"}
        has_duplicates = not clustering["one_offer_per_catalog"]
        logger.warning(
            "The setting clustering.one_offer_per_catalog is now has_duplicates at the top level, read here as %s; "
            "the next release will not read the old name.",
            str(has_duplicates).lower(),
        )
        return {"has_duplicates": has_duplicates, **values, "clustering": rest}

    @classmethod
    def load(cls, path: Path | None, scorer: str | None = None) -> "Settings":
        """Read settings from a YAML file; `None` gives the defaults.

        Catalog paths are resolved against the file's folder. A scorer other than the file's takes over the settings
        that it knows, of its own as well as common ones.

        Args:
            path: The file.
            scorer: Name of the scorer to use; the file's if absent.

        Raises:
            UserError: The file is missing, is not YAML, or a setting is unknown or out of range.

        Example:
            >>> path = Path("sku_align.yaml")
            >>> _ = path.write_text("deciding: {auto_merge: 0.95}", encoding="utf-8")
            >>> Settings.load(path).deciding.auto_merge
            0.95
        """
        if path is None and scorer is None:
            return cls()
        if path is None:
            return cls._checked({"scoring": {"name": scorer}}, f"--scorer {scorer}")
        try:
            document = read_yaml(path) or {}
        except OSError as error:
            raise UserError(f"The settings file {path} cannot be read: {error.strerror}.") from error
        if scorer is not None and isinstance(document, dict):
            section = document.get("scoring") or {}
            foreign = of_other_engines(section, scorer)
            kept = {name: value for name, value in section.items() if name not in foreign}
            document = {**document, "scoring": {**kept, "name": scorer}}
        settings = cls._checked(document, f"The settings file {path}")
        catalogs = {
            name: catalog.model_copy(
                update={
                    field: path.parent / value for field in ("path", "contract") if (value := getattr(catalog, field))
                }
            )
            for name, catalog in settings.catalogs.items()
        }
        return settings.model_copy(update={"catalogs": catalogs})

    @classmethod
    def _checked(cls, document: Any, where: str) -> "Settings":
        try:
            return cls.model_validate(document)
        except ValidationError as error:
            raise UserError(sentence(error, where, _known(), ENGINES)) from error

    def catalog(self, name: str) -> CatalogSettings:
        """Settings of one catalog, the defaults if it has none of its own; `has_duplicates` is never `None`."""
        found = self.catalogs.get(name, CatalogSettings())
        return (
            found
            if found.has_duplicates is not None
            else found.model_copy(update={"has_duplicates": self.has_duplicates})
        )

    def with_calibrated(self, covers: Mapping[str, bool]) -> "Settings":
        """These settings with those catalogs counted as calibrated that a calibration covers."""
        known = [name for name, covered in covers.items() if covered]
        catalogs = {name: self.catalog(name).model_copy(update={"calibrated": True}) for name in known}
        return self.model_copy(update={"catalogs": {**self.catalogs, **catalogs}})

    def with_duplicates(self, names: Iterable[str]) -> tuple[str, ...]:
        """Those of some catalogs that may list one product more than once, sorted."""
        return tuple(sorted(name for name in set(names) if self.catalog(name).has_duplicates))


def _known() -> set[str]:
    """Names of all settings."""
    sections = [*Section.__subclasses__(), *ENGINES.values()]
    return {name for section in sections for name in section.model_fields}
