"""The earlier states that a site is compared with: archives beside the manifest."""

import json
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from atopic.errors import ReportError
from atopic.evidence.descriptor import DESCRIPTOR
from atopic.paths import ordinary_file
from atopic.reporting.plan.manifest import Report


def of_these_tables(reports: Sequence[Report], data: Path | None) -> tuple[Report, ...]:
    """Return reports without the earlier states of another review than that of a data folder.

    Two states are of one review if their data packages have one name. An archive that cannot be
    read is a `ReportError`.
    """
    if data is None or not reports or not reports[0].place.site.releases:
        return tuple(reports)
    site = reports[0].place.site
    try:
        name = json.loads(ordinary_file(data / DESCRIPTOR).read_bytes()).get("name")
    except (OSError, ValueError, AttributeError):
        name = None  # what is wrong with the tables is said when they are read
    held = tuple(one for one in site.releases if _name(reports[0].folder / one.tables) == name)
    if held == site.releases:
        return tuple(reports)
    of = replace(site, releases=held)
    return tuple(replace(one, place=replace(one.place, site=of)) for one in reports)


def _name(path: Path) -> object:
    try:
        with zipfile.ZipFile(ordinary_file(path)) as archive:
            return json.loads(archive.read(f"data/{DESCRIPTOR}")).get("name")
    except FileNotFoundError:
        raise ReportError(f"{path}: there is no such record of a release") from None
    except (OSError, KeyError, ValueError, AttributeError, zipfile.BadZipFile) as error:
        raise ReportError(f"{path}: no record of a release, as tables.zip: {error}") from None
