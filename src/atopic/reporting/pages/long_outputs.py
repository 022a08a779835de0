"""Outputs that no reader could read and no browser show: cut, with a sentence that says so."""

from typing import Any

from atopic.reporting.pages.images import LIMIT

#: Characters of a text that a page shows, at its beginning and at its end; outputs of one cell.
_HEAD, _TAIL, _OUTPUTS = 400_000, 100_000, 1_000


def cut_outputs(outputs: list[Any]) -> None:
    """Cut the outputs of a cell to what a page can hold; behind each cut stands what was cut.

    Examples
    --------
    >>> from nbformat.v4 import new_output
    >>> outputs = [new_output("stream", text="x" * 900_000)]
    >>> cut_outputs(outputs)
    >>> outputs[1]["data"]["text/plain"]
    'Of a text of 900,000 characters the page shows the first 400,000 and the last 100,000.'
    """
    kept: list[Any] = []
    size, count = 0, len(outputs)
    if count and "outputs the page shows" in outputs[-1].get("data", {}).get("text/plain", ""):
        return  # cut before
    for number, output in enumerate(outputs):
        if number == _OUTPUTS or size > 2 * LIMIT:
            kept.append(_said(f"Of {count:,} outputs the page shows the first {number:,}."))
            break
        said = _cut(output)
        kept += [output] if not said or output.get("data") != {} else []
        kept += map(_said, said)
        size += _size(output)
    outputs[:] = kept


def _cut(output: Any) -> list[str]:
    """Cut one output, and return what to say of it."""
    said = []
    kind = output.get("output_type")
    if kind == "stream":
        output["text"], words = _shorter(output.get("text"))
        said += words
    elif kind == "error":
        output["evalue"], _ = _shorter(output.get("evalue"))
        trace, words = _shorter("\n".join(map(str, output.get("traceback") or [])))
        if words:
            output["traceback"] = [trace]
            said += words
    data = output.get("data")
    data = data if isinstance(data, dict) else {}
    rich = any(name == "text/html" or name.startswith("image/") for name in data)
    for name, content in list(data.items()):
        if name == "text/csv" and "atopic" in output.get("metadata", {}):
            continue  # a file beside the page
        if name.startswith("text/") and name != "text/html":
            data[name], words = _shorter(content)
            said += [] if rich else words
        elif _size(content) > LIMIT * 4 / 3:
            del data[name]
            size = f"{_size(content) / 1e6:,.0f} MB"
            said.append(f"Not on this page: an output ({name}) of {size}, which is too large.")
    return said


def _shorter(text: Any) -> tuple[Any, list[str]]:
    if isinstance(text, list):
        text = "".join(map(str, text))
    if not isinstance(text, str) or len(text) <= _HEAD + _TAIL + 3:  # what is cut stays so
        return text, []
    words = (
        f"Of a text of {len(text):,} characters the page shows the first {_HEAD:,} and the last "
        f"{_TAIL:,}."
    )
    return f"{text[:_HEAD]}\n\N{HORIZONTAL ELLIPSIS}\n{text[-_TAIL:]}", [words]


def _size(content: Any) -> int:
    if isinstance(content, dict | list):
        values = content.values() if isinstance(content, dict) else content
        return sum(map(_size, values))
    return len(content) if isinstance(content, str) else 8


def _said(words: str) -> Any:
    from nbformat.v4 import new_output

    noted = {"atopic": {"kind": "cut"}}
    return new_output("display_data", {"text/plain": words}, metadata=noted)
