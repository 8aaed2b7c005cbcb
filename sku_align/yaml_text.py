"""YAML as people write it in settings: a name is text, whatever YAML 1.1 makes of it.

In YAML 1.1 `no` and `off` are booleans, `1688` and `007` are numbers and `12:30` is 750, so that a catalog `no`, a
column `No` or the language of Norway turn into something else. Here only `true` and `false` are booleans, only plain
decimal numbers are numbers, and every key is the text that stands there.
"""

import re
from pathlib import Path
from typing import Any

import yaml

from sku_align.errors import UserError

_MAX_BYTES = 5_000_000
_MAX_NODES = 200_000


class _TextLoader(yaml.SafeLoader):
    """SafeLoader with the scalars of YAML 1.2's core schema, keys as text, and no growth through aliases."""

    nodes = 0

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """Construct a node; count them, because a few aliases of aliases stand for billions."""
        self.nodes += 1
        if self.nodes > _MAX_NODES:
            raise yaml.constructor.ConstructorError(None, None, f"it has more than {_MAX_NODES:,} values")
        return super().construct_object(node, deep=deep)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Construct a mapping whose plain keys are the text that stands there."""
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
                key.tag = "tag:yaml.org,2002:str"
        return super().construct_mapping(node, deep=deep)


_TextLoader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"(?:true|True|TRUE|false|False|FALSE)", "tTfF"),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?(?:0|[1-9][0-9]*)?\.[0-9]+(?:[eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("null", r"(?:~|null|Null|NULL|)", ["~", "n", "N", ""]),
    ("merge", r"(?:<<)", "<"),
):
    _TextLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^{_pattern}$"), list(_first))


def read_yaml(path: Path) -> Any:
    """Read one YAML document; names such as `no`, `off` and `007` stay text.

    Args:
        path: A UTF-8 file of at most 5 MB.

    Raises:
        OSError: The file cannot be read.
        UserError: It is not YAML, nested too deeply, or too large.
    """
    if path.stat().st_size > _MAX_BYTES:
        raise UserError(f"The file {path} has more than {_MAX_BYTES:,} bytes; that is not a settings file.")
    try:
        return yaml.load(path.read_text(encoding="utf-8-sig"), Loader=_TextLoader)
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        raise UserError(f"The settings file {path} is not valid YAML: {' '.join(str(error).split())}.") from error
    except RecursionError as error:
        raise UserError(f"The settings file {path} is nested too deeply; write it flat.") from error
