"""Says what a build would do and why, and does nothing of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from atopic.reporting.build import Options
from atopic.reporting.plan.build_record import read_record
from atopic.reporting.plan.changes import is_known_good, reasons
from atopic.reporting.plan.make_jobs import code_digest, job_of, parts_of_job
from atopic.reporting.plan.manifest import Report
from atopic.reporting.plan.plan import Plan
from atopic.reporting.plan.table_files import check_tables, read_tables
from atopic.reporting.site.output_folder import refuse


@dataclass(frozen=True)
class Foreseen:
    """What would become of one report."""

    id: str
    state: str  # "build", "reuse" or "refuse"
    why: list[str]  # one line each; none if nothing has changed


def foresee(
    plans: list[Plan], *, data: Path | None, out: Path, site: Iterable[Report], options: Options
) -> list[Foreseen]:
    """Say what `build` would do with reports and why, in their order; nothing is written.

    What would refuse the build as a whole is raised, as there.
    """
    code_digest()
    tables = read_tables(data)
    refuse(out, data, site, touch=False)
    record = read_record(out)
    if not is_known_good(record, tables):
        check_tables(tables, data)
    found = []
    for one in plans:
        job = job_of(one, tables, options.engine, options.timeout)
        if job.failure:
            found.append(Foreseen(job.id, "refuse", [job.failure.summary]))
            continue
        why = reasons(job, parts_of_job(job), record.entries.get(job.id, {}), out)
        why += ["--force"] if options.force and not why else []
        found.append(Foreseen(job.id, "build" if why else "reuse", why))
    return found
