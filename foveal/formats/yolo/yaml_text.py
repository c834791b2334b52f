"""YAML read as text: mappings, lists and scalars that stay as written.

Class names are text: YAML 1.1 would make `no` false, `007` seven, `1e3` a number. Tags are ignored, so that no object
is ever constructed. Aliases, nesting and size are bounded before anything is built.
"""

from typing import Final

import yaml

from foveal.formats.base.model.items import FormatError

MAX_YAML_BYTES: Final = 2 * 2**20
MAX_DEPTH: Final = 20
MAX_NODES: Final = 200_000
"""Nodes of a document, those behind an alias counted at each use."""

Tree = str | list["Tree"] | dict[str, "Tree"]
_LOADER: Final = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def parse(text: str, name: str) -> Tree:
    """Return the first document of a YAML file. Raises FormatError (`not_yaml`, `yaml_too_large`, `duplicate_key`)."""
    if len(text) > MAX_YAML_BYTES:
        raise FormatError("yaml_too_large", f"{name} is longer than {MAX_YAML_BYTES} characters.")
    builder = _Builder(name)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            if isinstance(event, yaml.DocumentEndEvent):
                break
            builder.take(event)
    except (yaml.YAMLError, ValueError) as error:
        what = " ".join(str(error).split())
        raise FormatError("not_yaml", f"{name} is not YAML: {what[:300]}.") from error
    return builder.root


class _Builder:
    """Tree of parser events, without recursion."""

    def __init__(self, name: str) -> None:
        self.root: Tree = ""
        self._name = name
        self._open: list[tuple[list[Tree] | dict[str, Tree], str | None, int]] = []
        self._key: str | None = None
        self._anchors: dict[str, tuple[Tree, int]] = {}
        self._nodes = 0

    def take(self, event: yaml.Event) -> None:
        match event:
            case yaml.ScalarEvent():
                self._place(event.value, event.anchor)
            case yaml.SequenceStartEvent():
                self._begin([], event.anchor)
            case yaml.MappingStartEvent():
                self._begin({}, event.anchor)
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                self._end()
            case yaml.AliasEvent():
                if event.anchor not in self._anchors:
                    raise FormatError("not_yaml", f"{self._name} is not YAML: *{event.anchor} stands for nothing.")
                node, size = self._anchors[event.anchor]
                self._count(size)
                self._put(node)

    def _begin(self, node: list[Tree] | dict[str, Tree], anchor: str | None) -> None:
        self._count(1)
        if len(self._open) >= MAX_DEPTH:
            raise FormatError("yaml_too_large", f"{self._name} nests deeper than {MAX_DEPTH} levels.")
        self._put(node)
        self._open.append((node, anchor, self._nodes))
        self._key = None

    def _end(self) -> None:
        node, anchor, nodes = self._open.pop()
        self._key = None
        if anchor:
            self._anchors[anchor] = (node, self._nodes - nodes + 1)

    def _place(self, text: str, anchor: str | None) -> None:
        self._count(1)
        if anchor:
            self._anchors[anchor] = (text, 1)
        self._put(text)

    def _put(self, node: Tree) -> None:
        if not self._open:
            self.root = node
            return
        parent = self._open[-1][0]
        if isinstance(parent, list):
            parent.append(node)
        elif self._key is None:
            if not isinstance(node, str):
                raise FormatError("not_yaml", f"{self._name} has a list or a mapping as a name, which YOLO never has.")
            if node in parent:
                raise FormatError("duplicate_key", f"{self._name} has {node!r} twice: remove one of them.")
            self._key = node
        else:
            parent[self._key] = node
            self._key = None

    def _count(self, nodes: int) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            raise FormatError("yaml_too_large", f"{self._name} has more than {MAX_NODES} values, aliases followed.")
