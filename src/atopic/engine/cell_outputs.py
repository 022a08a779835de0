"""The outputs of cells, made of what they write and show, in the form and order of nbclient."""

from itertools import pairwise
from typing import Any

from nbformat import NotebookNode, from_dict

#: Displays of one name that are changed at once; more than that change when their cell ends.
_MANY = 16


class Outputs:
    """Makes the outputs of each cell of what is heard of it: in the notebook's process and outside.

    Heard are ``"text"``, a stream and a text; ``"output"``, an output, the name of a display and
    whether it only updates displays of this name; and ``"clear"``, whether to wait for the next.
    """

    def __init__(self) -> None:
        self._outputs: list[NotebookNode] = []
        self._clear_next = False
        self._by_id: dict[str, list[NotebookNode]] = {}
        self._behind: dict[str, NotebookNode] = {}

    def begin(self) -> list[NotebookNode]:
        """Begin a cell; return the list that its outputs will be in.

        When a later cell updates a display of this one, it changes in this list.
        """
        self._outputs = []
        self._clear_next = False
        return self._outputs

    def hear(self, kind: str, *words: Any) -> None:
        """Take what a cell did."""
        match kind, *words:
            case "text", name, text:
                self._stream(name, text)
            case "output", output, name, update:
                self._show(output, name, update)
            case "clear", True:
                self._clear_next = True
            case "clear", _:
                self._outputs.clear()

    def settle(self) -> None:
        """End a cell: each stream becomes one output, as it would look on a terminal."""
        for name, node in self._behind.items():
            self._update(name, node)
        self._behind.clear()
        self._outputs[:] = _merged(self._outputs)

    def _show(self, output: dict[str, Any], name: str | None, update: bool) -> None:
        node = _node(output)
        if name and len(self._by_id.get(name, [])) > _MANY:
            self._behind[name] = node
        elif name:
            self._update(name, node)
        if not update:
            self._append(node)
            if name:
                self._by_id.setdefault(name, []).append(node)

    def _update(self, name: str, node: NotebookNode) -> None:
        for shown in self._by_id.get(name, []):
            shown["data"], shown["metadata"] = node["data"], node["metadata"]

    def _stream(self, name: str, text: str) -> None:
        last = self._outputs[-1] if self._outputs and not self._clear_next else None
        if last and last.output_type == "stream" and last.name == name:
            if isinstance(last.text, str):  # the cell has ended already
                last.text = [last.text]
            last.text.append(text)
        else:
            self._append(NotebookNode(output_type="stream", name=name, text=[text]))

    def _append(self, output: NotebookNode) -> None:
        if self._clear_next:
            self._outputs.clear()
            self._clear_next = False
        self._outputs.append(output)


def _node(output: dict[str, Any]) -> NotebookNode:
    """Return an output as notebooks hold it."""
    node: NotebookNode = from_dict(encodable(output))
    return node


def encodable(thing: Any) -> Any:
    r"""Return the same with ``\ud800`` written out, half a character that no file can hold."""
    if isinstance(thing, str) and not thing.isascii():
        return thing.encode("utf-8", "backslashreplace").decode()
    if isinstance(thing, dict):
        return {encodable(name): encodable(value) for name, value in thing.items()}
    return [encodable(one) for one in thing] if isinstance(thing, list) else thing


def _merged(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Return outputs with the texts of each stream joined, as nbclient's ``coalesce_streams``."""
    merged: list[NotebookNode] = []
    streams: dict[str, NotebookNode] = {}
    texts: dict[str, list[str]] = {}
    for output in outputs:
        if output.output_type != "stream":
            merged.append(output)
            continue
        if output.name not in streams:
            merged.append(output)
            streams[output.name], texts[output.name] = output, []
        texts[output.name].append("".join(output.text))
    for name, stream in streams.items():
        text = "".join(texts.pop(name))
        if "\r" in text:
            text = "\n".join(map(_overwritten, text.split("\n")))
        stream.text = text
    for place, (first, second) in enumerate(pairwise(merged)):
        if (first.get("name"), second.get("name")) == ("stderr", "stdout"):
            merged[place : place + 2] = [second, first]
    return merged


def _overwritten(line: str) -> str:
    """Return what is left of a line whose beginning was written over, as by a progress bar.

    nbclient's pattern for this takes time with the square of the length.
    """
    return line[line.rfind("\r", 0, -1) + 1 :]
