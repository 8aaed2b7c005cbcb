"""A section of the settings: unknown names are refused, names of the last release are read with a warning."""

import logging
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, model_validator

logger = logging.getLogger(__name__)


class Section(BaseModel):
    """What all sections have in common."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    # Settings that had another name in the last release: old name -> new name.
    old_names: ClassVar[dict[str, str]] = {}

    @model_validator(mode="before")
    @classmethod
    def _read_old_names(cls, values: Any) -> Any:
        if not isinstance(values, dict) or not (old := set(values) & set(cls.old_names)):
            return values
        renamed = {name: value for name, value in values.items() if name not in old}
        for name in sorted(old):
            new = cls.old_names[name]
            if new in renamed:
                raise ValueError(f"{name} is the old name of {new}, which is set as well: remove {name}")
            logger.warning("The setting %s is now called %s; the next release will not read the old name.", name, new)
            renamed[new] = values[name]
        return renamed
