"""Why a report is to be built, or that it need not be."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from atopic.reporting.plan.build_record import Record, is_intact, is_same
from atopic.reporting.plan.job import Job
from atopic.reporting.plan.make_jobs import code_digest, key_of
from atopic.reporting.plan.table_files import TableFiles


def reasons(job: Job, parts: Mapping[str, str], entry: Mapping[str, Any], out: Path) -> list[str]:
    """Return why the files of a job in an output folder are not those it makes; none if they are.

    `parts` is what the job depends on, `entry` what build.json says of its last build there.
    """
    if not entry:
        return ["it has not been built there"]
    if entry.get("failure", "unknown") is not None:
        return ["it failed the last time"]
    if entry.get("key") != key_of(parts):
        before = entry.get("parts")
        if not isinstance(before, dict):
            return ["another version of atopic built it"]
        changed = [name for name, part in parts.items() if before.get(name) != part]
        return [f"changed: {', '.join(changed) or 'something else'}"]
    outputs = entry["outputs"]
    if f"{job.id}.html" not in outputs:
        return ["its page is not there"]
    spoilt = [name for name in outputs if not is_intact(out, {name: outputs[name]})]
    if spoilt:
        return [f"not as it was written: {', '.join(spoilt)}"]
    images = entry.get("images", {})
    images = images if isinstance(images, dict) else {"images": ""}
    others = [name for name in images if not is_same(Path(job.folder) / name, images[name])]
    return [f"changed: {', '.join(others)}"] if others else []


def is_known_good(record: Record, tables: TableFiles) -> bool:
    """Return whether this very code has found these very tables usable."""
    return record.inputs == tables.hashes and record.code == code_digest()
