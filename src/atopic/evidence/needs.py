"""What atopic counts on: the columns that its rules and reports read, and what they hold.

A schema may describe other tables, more columns and narrower limits. But a table that atopic
knows must have the columns that are read there, of the type that is counted with.
"""

from collections.abc import Iterator, Mapping

from atopic.evidence.csv_rows import Problem
from atopic.evidence.schema import DESCRIPTOR, Package

__all__ = ["NEEDED", "needed_problems"]

#: By table and type the columns that are read; with a star those that are never blank.
NEEDED: Mapping[str, Mapping[str, str]] = {
    "studies": {
        "string": (
            "study_id* role* short_citation* title doi pmid registry_id parent_study_id "
            "patients_shared_with_parent shares_patients_with related_study_ids phase design* "
            "blinding* country population intervention_class* publication* n_enrolled_basis "
            "in_synthesis* exclusion_reason source_id* supporting_source_ids notes"
        ),
        "integer": "year n_enrolled follow_up_weeks",
    },
    "arms": {
        "string": (
            "study_id* arm_id* label* role* agent* cell_source* donor* route dose_unit "
            "administrations background_topicals* combined_arm* n_randomised_basis "
            "n_analysed_basis source_id* notes"
        ),
        "integer": "n_randomised n_analysed",
        "number": "dose interval_weeks",
    },
    "responses": {
        "string": (
            "study_id* arm_id* outcome* week_basis n_basis percent_printed analysis_set* "
            "controlled* source_id* count_source_id n_source_id locator* confidence* "
            "notes"
        ),
        "integer": "week responders n",
        "number": "ci_low ci_high confidence_level",
    },
    "scores": {
        "string": (
            "study_id* arm_id* outcome* week_basis statistic* unit* spread_kind n_basis "
            "analysis_set* source_id* n_source_id locator* confidence* notes"
        ),
        "integer": "week* n",
        "number": "value* spread",
    },
    "contrasts": {
        "string": (
            "study_id* arm_id* reference_arm_id* outcome* measure* value_operator unit "
            "test reported_significance direction* endpoint analysis_set* source_id* locator* "
            "confidence* notes"
        ),
        "integer": "week",
        "number": "value ci_low ci_high confidence_level",
    },
    "patients": {
        "string": (
            "study_id* patient_id* record_type* outcome* week_basis responder occurred "
            "source_id* locator* confidence* notes"
        ),
        "integer": "cycle week",
    },
    "safety": {
        "string": (
            "study_id* arm_id* event* patients_or_events* n_basis week_basis source_id* "
            "locator* confidence* notes"
        ),
        "integer": "count n week",
    },
    "biomarkers": {
        "string": (
            "study_id* arm_id* marker* week_basis direction* significance* comparison* "
            "unit source_id* locator* confidence* notes"
        ),
        "integer": "week n",
        "number": "value",
    },
    "sources": {
        "string": "source_id* kind* citation* doi pmid pmcid registry_id url notes",
    },
    "claims": {
        "string": (
            "claim_id* source_id* claim* kind* study_id arm_id outcome claimed_value unit says "
            "further_outcomes percentages p_value is_reading* species tested_in testable* "
            "how_to_check*"
        ),
        "integer": "week",
    },
    "excluded_studies": {
        "string": (
            "study_id* category* short_citation* title doi pmid registry_id species* "
            "intervention* reason_code* reason* key_result direction* source_id* notes"
        ),
        "integer": "year n",
    },
    "instruments": {
        "string": (
            "outcome* instrument* kind* direction* bands minimal_important_change "
            "source_id* supporting_source_ids source notes"
        ),
        "number": "threshold_percent range_min range_max",
    },
    "contradictions": {
        "string": (
            "contradiction_id* table* study_id* arm_id outcome column* printed* expected "
            "source_id reason*"
        ),
        "integer": "week",
    },
    "accepted_warnings": {
        "string": "table* row_key* column* rule* value reason*",
    },
    "characteristics": {
        "string": (
            "study_id* arm_id* variable* value* unit* statistic source_id* locator* confidence*"
        ),
        "integer": "n",
        "number": "spread",
    },
    "missing": {
        "string": "missing_id* study_id what* why* where_to_look* free* source_id registry_id",
    },
    "denominators": {
        "string": "study_id* arm_id* outcome* reason*",
        "integer": "week* n_min* n_max* planned",
    },
    "bias_answers": {
        "string": (
            "study_id* outcome question* reader* answer* basis* reason* source_id* locator*"
        ),
        "integer": "week",
    },
    "case_series_answers": {
        "string": "study_id* reader* answer* basis* reason* source_id* locator*",
        "integer": "item*",
    },
    "certainty_questions": {
        "string": (
            "question_id* question* intervention* comparator* outcome* design* measure* better* "
            "importance* study_ids*"
        ),
        "integer": "position* week",
    },
    "certainty_judgements": {
        "string": (
            "judgement_id* kind* question_id study_id outcome domain value* reason* source_id* "
            "locator* decided_by* decided_on*"
        ),
        "integer": "week levels",
    },
    "important_differences": {
        "string": "outcome* measure* size* unit* role* kind* reason* source_id* locator*",
        "number": "value*",
    },
}
#: What `atopic.evidence.derivation` adds to a table.
ADDED = {"responses": ("basis", "basis_rule", "candidates", "responders_used", "n_used")}


def needed_problems(package: Package) -> Iterator[Problem]:
    """Find what a schema does not declare as atopic needs it.

    Parameters
    ----------
    package : Package

    Yields
    ------
    Problem
        Of the file of the schema, its column the one that is meant, as ``responses.n``.

    Examples
    --------
    >>> from atopic.evidence.schema import Field, Table
    >>> fields = tuple(Field(one, "string") for one in ("contradiction_id", "table"))
    >>> table = Table("contradictions", "contradictions.csv", "", "", fields)
    >>> for problem in needed_problems(Package("", "", "", {"contradictions": table})):
    ...     print(problem)  # doctest: +ELLIPSIS
    datapackage.json: contradictions.contradiction_id: a cell may be blank, but ...
    """
    for name, kinds in NEEDED.items():
        if name not in package.tables:
            continue
        fields = {field.name: field for field in package.tables[name].fields}
        for kind, columns in kinds.items():
            for column in columns.split():
                field = fields.get(column.rstrip("*"))
                if field is None:
                    wrong = f"is not described, but atopic reads it; describe it as {kind}"
                elif field.type != kind:
                    wrong = f"is declared {field.type}, but atopic reads it as {kind}; declare that"
                elif column.endswith("*") and not field.required:
                    wrong = "a cell may be blank, but atopic needs it; declare it as required"
                else:
                    continue
                yield _problem(name, column.rstrip("*"), wrong)
        for column in set(ADDED.get(name, ())) & set(fields):
            yield _problem(name, column, "is a column that atopic adds itself; rename it")


def _problem(table: str, column: str, message: str) -> Problem:
    return Problem(DESCRIPTOR, None, f"{table}.{column}", None, "schema", message)
