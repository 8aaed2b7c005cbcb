"""The settings of scorers: what every engine needs, and what each alone understands."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from sku_align.config_errors import UNKNOWN_SCORER
from sku_align.config_section import Section

# Pairs per shard where the bundled model runs on a GPU: some seconds of an H100 (docs/experiments/gpu-encoder.md).
GPU_SHARD = 200_000


class ScoringSettings(Section):
    """What every scorer needs; each engine adds what it alone understands."""

    name: str
    model: str | None = None
    revision: str | None = None
    launcher: Literal["here", "ray"] = Field("here", description="`ray` spreads shards over a Ray cluster's workers.")
    ray_workers: int | None = Field(
        None, ge=1, description="Absent: one for each GPU (or group of them) of the cluster."
    )
    both_directions: bool = Field(False, description="Average the raw scores of A|B and B|A.")
    max_asymmetry: float = Field(0.3, ge=0, description="A|B and B|A that differ by more go to a person.")
    asymmetric_probability: float = Field(0.8, ge=0, le=1, description="Highest probability of such a pair.")
    spread: float | None = Field(
        None, ge=0, description="Largest difference of a raw score between two runs, in log odds; absent: as measured."
    )
    shard_size: int = Field(4_000, ge=1, description="Candidate pairs per shard; a killed run resumes at a shard.")
    canaries: bool = True
    calibrations: Path | None = Field(None, description="Folder of your own calibrations, beside the shipped ones.")

    @property
    def parts(self) -> "tuple[ScoringSettings, ...]":
        """Settings of each scorer that this one puts together; its own if it is one."""
        return (self,)

    @property
    def model_calibrations(self) -> Path | None:
        """Where calibrations lie that came with the model, of several the first, as `sku-align train` writes them."""
        model = self.parts[0].model
        return Path(model) / "calibrations" if model else None

    @classmethod
    def of(cls, other: "ScoringSettings", **changes: Any) -> Self:
        """The settings of this engine that another engine's settings have too, with changes."""
        shared = (cls.model_fields.keys() & type(other).model_fields.keys()) - {"name"}
        return cls(**{name: getattr(other, name) for name in shared} | changes)


class BundledScoring(ScoringSettings):
    """The model that comes with the package, or one of its form, on a CPU or packed on a GPU."""

    name: Literal["bundled"] = "bundled"
    threads: int | None = Field(None, ge=1)
    device: str = Field("cpu", pattern=r"^(cpu|cuda(:\d+)?)$", description="`cuda` or `cuda:1` needs PyTorch.")

    @model_validator(mode="before")
    @classmethod
    def _large_shards_on_a_gpu(cls, values: Any) -> Any:
        """A GPU scores 4,000 pairs in a tenth of a second, less than a shard costs to begin and to write."""
        if isinstance(values, dict) and values.get("device", "cpu") != "cpu":
            return {"shard_size": GPU_SHARD, **values}
        return values


class VllmScoring(ScoringSettings):
    """Offline vLLM on the GPUs of this machine."""

    name: Literal["vllm"] = "vllm"
    instruction: str | None = Field(
        None, description="Instruction of instructed rerankers; the built-in one if absent."
    )
    instructions: dict[str, str] = Field({}, description="Category prefix -> instruction of its own.")
    offer_tokens: int = Field(96, ge=16, description="Tokens of one offer in the prompt of a language model.")
    dtype: str | None = None
    quantization: str | None = None
    max_model_len: int = Field(1024, ge=64)
    gpu_memory_utilization: float = Field(0.9, gt=0, le=1)
    tensor_parallel_size: int = Field(1, ge=1)
    engines: int | None = Field(None, ge=1, description="Engines per GPU; absent: several if the model is small.")
    batch_invariant: bool = Field(
        False, description="Scores that do not depend on what is computed beside them, at a price; GPUs from 8.0 on."
    )
    lock_timeout_s: float = Field(3600.0, ge=0, description="How long to wait for a GPU another run holds.")

    @model_validator(mode="after")
    def _invariant_as_quantised(self) -> Self:
        if self.batch_invariant and self.quantization not in {None, "fp8"}:
            raise ValueError(
                f"batch_invariant is known to work without quantization and with fp8, not with {self.quantization}: "
                "remove one of the two"
            )
        return self


class HttpScoring(ScoringSettings):
    """A rerank or score endpoint, of this project or another."""

    name: Literal["http"] = "http"
    url: str | None = Field(None, description="Endpoint.")
    instruction: str | None = Field(None, description="Instruction before each query; none if absent.")
    offer_tokens: int = Field(96, ge=16, description="Tokens of one offer in a request.")
    http_timeout_s: float = Field(60.0, gt=0, description="Longest wait for one answer.")
    http_retries: int = Field(4, ge=0, description="Further tries after a refused, broken or overloaded request.")
    http_requests: int = Field(8, ge=1, description="Requests under way at one time.")
    http_batch: int = Field(64, ge=1, description="Documents in one request.")


OneScorer = Annotated[BundledScoring | VllmScoring | HttpScoring, Field(discriminator="name")]
# What a scorer of several leaves to each of them.
_OF_ONE_SCORER = ScoringSettings.model_fields.keys() - {"name", "canaries", "calibrations"}


def _leave_to_each(values: dict[str, Any], scorers: str, below: str) -> None:
    """Refuse at the top what belongs to one of several scorers, unless it is as by default."""
    defaults = ScoringSettings(name="")
    for name in sorted(_OF_ONE_SCORER & values.keys()):
        if values[name] != getattr(defaults, name):
            raise ValueError(f"{name} belongs to one of {scorers}: write it below {below}")


def _named(section: Any) -> Any:
    return {"name": "bundled", **section} if isinstance(section, dict) else section


class MeanScoring(ScoringSettings):
    """Several scorers that all read every pair; the mean of their log odds counts."""

    name: Literal["mean"] = "mean"
    scorers: tuple[OneScorer, ...] = Field(
        description="Two or more different scorers, each with settings of its own; the first one's calibration holds "
        "until one is fitted."
    )

    @property
    def parts(self) -> tuple[ScoringSettings, ...]:
        """Settings of each scorer."""
        return self.scorers

    @model_validator(mode="before")
    @classmethod
    def _settings_of_each(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        _leave_to_each(values, "the scorers of a mean", "scoring.scorers")
        scorers = values.get("scorers", ())
        return values | {"scorers": [*map(_named, scorers)] if isinstance(scorers, list | tuple) else scorers}

    @model_validator(mode="after")
    def _several_scorers(self) -> Self:
        if len(self.scorers) < 2:
            raise ValueError("a mean needs two or more scorers, for example scorers: [{name: bundled}, {name: vllm}]")
        if any(one in self.scorers[:at] for at, one in enumerate(self.scorers)):
            raise ValueError("two of scoring.scorers are the same scorer: a mean needs different ones")
        _share_no_gpus(self.parts)
        return self


class CascadeScoring(ScoringSettings):
    """A fast scorer for every pair, a strong one for the pairs whose decision it may change."""

    name: Literal["cascade"] = "cascade"
    fast: OneScorer = Field(BundledScoring(), description="Reads every pair.")
    strong: Annotated[BundledScoring | VllmScoring | HttpScoring | MeanScoring, Field(discriminator="name")] = Field(
        description="Reads the pairs whose decision it is likely to change; may be a mean of several."
    )
    missed_changes: float = Field(
        0.05, ge=0, le=1, description="Share of the changes expected of the strong scorer that may be missed."
    )
    max_pairs: int | None = Field(None, ge=0, description="Most pairs of a run that the strong scorer reads.")
    probe_pairs: int = Field(
        1000, ge=100, description="Pairs read by both first, to learn on which scale and where they differ."
    )

    @property
    def parts(self) -> tuple[ScoringSettings, ...]:
        """Settings of each scorer, the fast one first."""
        return *self.fast.parts, *self.strong.parts

    @model_validator(mode="before")
    @classmethod
    def _settings_of_each(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        _leave_to_each(values, "the two scorers of a cascade", "scoring.fast or scoring.strong")
        if "strong" not in values:
            raise ValueError("a cascade needs scoring.strong, for example strong: {name: vllm}")
        return values | {part: _named(values[part]) for part in ("fast", "strong") if part in values}

    @model_validator(mode="after")
    def _two_scorers(self) -> Self:
        if self.fast == self.strong:
            raise ValueError("scoring.fast and scoring.strong are the same scorer: a cascade needs two")
        _share_no_gpus(self.parts)
        return self


def _share_no_gpus(scorers: Sequence[ScoringSettings]) -> None:
    """Check that one scorer at most takes the GPUs of this process, each of which it holds until the run ends.

    Raises:
        ValueError: Two of them would.
    """
    if sum(isinstance(one, VllmScoring) and one.launcher == "here" for one in scorers) > 1:
        raise ValueError(
            "two vllm scorers would wait for the same GPUs: serve one by `vllm serve`, and name it by http and its url"
        )


# A scorer is added here, to the union below, and to `scoring.load`.
ENGINES: dict[str, type[ScoringSettings]] = {
    "bundled": BundledScoring,
    "vllm": VllmScoring,
    "http": HttpScoring,
    "cascade": CascadeScoring,
    "mean": MeanScoring,
}


def of_other_engines(values: dict[str, Any], engine: str) -> dict[str, list[str]]:
    """Settings that an engine does not know and others do: name -> those engines."""
    owners = {
        name: [other for other, section in ENGINES.items() if name in section.model_fields]
        for name in values
        if name not in ENGINES[engine].model_fields
    }
    return {name: engines for name, engines in owners.items() if engines}


def _of_one_engine(values: Any) -> Any:
    """Settings of one engine, `bundled` if none is named."""
    if not isinstance(values, dict):
        return values
    engine = values.get("name", "bundled")
    if engine not in ENGINES:
        message = f"there is no scorer {engine!r}; set scoring.name to one of {', '.join(ENGINES)}"
        raise PydanticCustomError(UNKNOWN_SCORER, "{message}", {"message": message})
    if foreign := of_other_engines(values, engine):
        name, engines = next(iter(foreign.items()))
        message = (
            f"{name} is a setting of the scorer {' or '.join(engines)}, but scoring.name is {engine}: "
            f"set scoring.name: {engines[0]}, or remove {name}"
        )
        raise PydanticCustomError("setting_of_another_scorer", "{message}", {"message": message})
    return _named(values)


AnyScorer = Annotated[
    BundledScoring | VllmScoring | HttpScoring | CascadeScoring | MeanScoring,
    Field(discriminator="name"),
    BeforeValidator(_of_one_engine),
]
