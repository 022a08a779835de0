"""One mistake in the real tables at a time: each is told, by the rule that is meant for it."""

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from atopic.evidence.checks import check
from atopic.evidence.core import read_package
from atopic.evidence.result_rules import RESULT_RULES
from atopic.evidence.result_warnings import RESULT_WARNINGS
from atopic.evidence.row_rules import ROW_RULES
from atopic.evidence.row_warnings import ROW_WARNINGS
from atopic.paths import bundled
from tests.evidence.test_checks import edit, find

DATA = bundled("data")

Cells = dict[str, str]
Mistake = tuple[str, str, Cells, Cells]

S = "studies.csv"
A = "arms.csv"
R = "responses.csv"
SC = "scores.csv"
C = "contrasts.csv"
P = "patients.csv"
AE = "safety.csv"
B = "biomarkers.csv"
I = "instruments.csv"  # noqa: E741
CL = "claims.csv"
X = "excluded_studies.csv"
SRC = "sources.csv"
D = "denominators.csv"
CH = "characteristics.csv"
M = "missing.csv"
BA = "bias_answers.csv"
Q = "certainty_questions.csv"
J = "certainty_judgements.csv"
ID = "important_differences.csv"
CON = "contradictions.csv"

KIM = {"study_id": "kim-2017"}
HIGH = {"study_id": "kim-2017", "arm_id": "phase-2a-high", "outcome": "EASI-50"}
SHIN = {"study_id": "shin-2021"}
ATMSC = {"study_id": "atmsc-2025", "arm_id": "active"}
PLACEBO = {"study_id": "kangstem-2019", "arm_id": "placebo"}
ACTIVE = {"study_id": "kangstem-2019", "arm_id": "active"}
IGA_8 = {"study_id": "shr0302-phase-2", "arm_id": "mg-8", "outcome": "IGA-0/1"}
RD = {"study_id": "ecztra-3", "measure": "risk_difference", "outcome": "EASI-75"}
MD = {"study_id": "tralokinumab-2b", "measure": "mean_difference"}
RATIO = {"study_id": "xu-2017", "measure": "risk_ratio"}
PV = {"study_id": "atmsc-2025", "measure": "p_value", "outcome": "EASI-75"}
SAID = {"study_id": "kangstem-2019", "outcome": "EASI-50", "week": "12"}
EASI = {"study_id": "kangstem-2019", "arm_id": "active", "outcome": "EASI"}
UPA = {"study_id": "upadacitinib-2b", "arm_id": "mg-15"}
RA = {"study_id": "ra-2011", "arm_id": "ad-patients"}

AD_UP = {"study_id": "ad-up", "arm_id": "placebo", "outcome": "EASI-75"}
CORD = {"question_id": "cord-blood-easi-50"}
INDIRECT = {"judgement_id": "indirect-cord-blood-easi-50"}
EASI_50 = {"outcome": "EASI-50", "role": "default"}
ENROLMENT = {"study_id": "kim-2017", "variable": "enrolment-period"}
AGE = {"study_id": "yan-2021", "variable": "age"}
MEAN_AGE = {"study_id": "kim-2020-cm", "variable": "age"}

#: The rule, the file, the row, and what is written there. Each is an error.
ERRORS: list[Mistake] = [
    ("own-parent", S, {"study_id": "seo-2024-phase-1"}, {"parent_study_id": "seo-2024-phase-1"}),
    ("parent-circle", S, KIM,
     {"parent_study_id": "kim-2017-follow-up", "patients_shared_with_parent": "no"}),
    ("benchmark-in-synthesis", S, {"study_id": "chronos"},
     {"in_synthesis": "yes", "exclusion_reason": ""}),
    ("synthesis-of-no-cells", S, SHIN, {"intervention_class": "biologic"}),
    ("paper-in-synthesis", S, {"study_id": "seo-2024"},
     {"in_synthesis": "yes", "exclusion_reason": ""}),
    ("no-exclusion-reason", S, {"study_id": "yan-2021"}, {"exclusion_reason": ""}),
    ("no-exclusion-reason", S, {"study_id": "ecztra-1"}, {"exclusion_reason": ""}),
    ("needless-exclusion-reason", S, KIM, {"exclusion_reason": "old"}),
    ("more-than-parent", S, {"study_id": "kangstem-2019-follow-up"}, {"n_enrolled": "690"}),
    ("blank-with", S, {"study_id": "kim-2017-follow-up"}, {"patients_shared_with_parent": ""}),
    ("n-above-enrolled", S, KIM, {"n_enrolled": "24"}),
    ("sum-above-enrolled", S, {"study_id": "breeze-ad7"}, {"n_enrolled": "320"}),
    ("after-follow-up", S, KIM, {"follow_up_weeks": "4"}),
    ("patient-above-enrolled", S, SHIN, {"n_enrolled": "4"}),
    ("goal-of-nothing", S, {"study_id": "kangstem-2019"},
     {"primary_outcome": "", "primary_source_id": ""}),
    ("blank-with", S, {"study_id": "kangstem-2019"}, {"primary_source_id": ""}),
    ("dangling-reference", S, {"study_id": "kangstem-2019"}, {"primary_outcome": "EASI-51"}),
    ("dangling-reference", S, {"study_id": "kangstem-2019"}, {"primary_source_id": "nobody"}),
    ("dangling-reference", CH, {"study_id": "shin-2021"}, {"study_id": "shin-2022"}),
    ("dangling-reference", CH, {"study_id": "shin-2021"}, {"source_id": "nobody"}),
    ("no-such-arm", CH, {"study_id": "kangstem-2024", "variable": "product-form"},
     {"arm_id": "phase-2a-high"}),
    ("spread-of-words", CH, {"study_id": "kim-2020-cm", "variable": "age"}, {"statistic": ""}),
    ("dangling-reference", M, {"missing_id": "shin-2021-scores"}, {"study_id": "shin-2022"}),
    ("dangling-reference", M, {"missing_id": "shin-2021-scores"}, {"source_id": "nobody"}),
    ("registry-of-another-study", M, {"missing_id": "scm-agh-rates"},
     {"registry_id": "NCT04137562"}),
    ("registry-of-another-study", S, {"study_id": "kangstem-2024"},
     {"registry_id": "NCT05004342"}),
    ("registry-of-another-study", S, {"study_id": "adstem-phase-1"},
     {"registry_id": "NCT02888740"}),
    ("placebo-of-cells", A, PLACEBO, {"cell_source": "adipose", "donor": "autologous"}),
    ("mixed-of-one-arm", A, ACTIVE, {"role": "mixed"}),
    ("treated-without-cells", A, ACTIVE, {"cell_source": "none", "donor": "none"}),
    ("treated-without-dose", A, ACTIVE, {"dose": "0"}),
    ("dose-without-unit", A, ACTIVE, {"dose_unit": ""}),
    ("number-of-doses", A, {"study_id": "shin-2021"}, {"administrations": "6-3"}),
    ("number-of-doses", A, ACTIVE, {"administrations": "0"}),
    ("interval-of-one-dose", A, ACTIVE, {"interval_weeks": "4"}),
    ("no-interval", A, {"study_id": "shin-2021"}, {"interval_weeks": "0"}),
    ("arm-of-a-paper", A, {"study_id": "seo-2024-phase-2"}, {"study_id": "seo-2024"}),
    ("n-above-enrolled", A, {"study_id": "kim-2017", "arm_id": "all"}, {"n_randomised": "340"}),
    ("n-above-enrolled", A, ATMSC, {"n_analysed": "590"}),
    ("n-above-randomised", A, ACTIVE, {"n_analysed": "99"}),
    ("sum-above-enrolled", A, PLACEBO, {"n_randomised": "109"}),
    ("count-above-n", R, HIGH, {"responders": "12"}),
    ("n-above-analysed", R, HIGH, {"n": "12"}),
    ("n-above-analysed", R, ATMSC, {"n": "60"}),
    ("n-above-randomised", R, {"study_id": "shr0302-phase-2"}, {"n": "36"}),
    ("n-above-enrolled", R, {"study_id": "breeze-ad6"}, {"n": "1440", "percent_printed": ""}),
    ("count-without-n", R, HIGH, {"n": "", "n_basis": "", "n_source_id": ""}),
    ("no-figure", R, {"study_id": "ecztra-1"}, {"percent_printed": ""}),
    ("count-against-percent", R, HIGH, {"percent_printed": "65"}),
    ("percent-range", R, {"study_id": "ecztra-1"}, {"percent_printed": "250"}),
    ("limits-order", R, IGA_8, {"ci_low": "70", "ci_high": "60"}),
    ("blank-with", R, IGA_8, {"ci_low": ""}),
    ("thresholds-nested", R, {"study_id": "dupilumab-adolescents", "outcome": "EASI-75"},
     {"responders": "20", "percent_printed": ""}),
    ("best-of-several", R, SHIN, {"best_response": "no"}),
    ("best-of-several", R, HIGH, {"best_response": "yes"}),
    ("controlled-by-nothing", S, {"study_id": "kangstem-2019"}, {"design": "single-arm"}),
    ("control-gone", R, {"study_id": "kangstem-2024", "week": "16"}, {"controlled": "yes"}),
    ("no-control-arm", R, {"study_id": "andreasen-2020"}, {"study_id": "breeze-ad6",
     "arm_id": "mg-2", "controlled": "yes"}),
    ("withdrawal", R, HIGH, {"analysis_set": "randomised-withdrawal"}),
    ("source-of-no-count", R, {"study_id": "ecztra-1"}, {"count_source_id": "ecztra-1-2-abstract"}),
    ("source-of-no-n", R, {"study_id": "ecztra-1"}, {"n_source_id": "ecztra-1-2-abstract"}),
    ("level-of-no-interval", R, HIGH, {"confidence_level": "95"}),
    ("after-follow-up", R, HIGH, {"week": "120"}),
    ("score-out-of-range", SC, EASI, {"statistic": "mean", "value": "-10.54"}),
    ("score-out-of-range", SC, EASI, {"statistic": "mean", "value": "73"}),
    ("change-out-of-range", SC, EASI, {"value": "-105.4"}),
    ("spread-out-of-range", SC, EASI, {"spread": "135.6"}),
    ("unit-of-statistic", SC, EASI, {"unit": "percent"}),
    ("unit-of-statistic", SC, UPA, {"unit": "points"}),
    ("blank-with", SC, EASI, {"spread_kind": ""}),
    ("n-above-randomised", SC, UPA, {"n": "420"}),
    ("n-above-enrolled", SC, ATMSC, {"n": "595"}),
    ("source-of-no-n", SC, ATMSC, {"n": "", "n_basis": ""}),
    ("after-follow-up", SC, UPA, {"week": "61"}),
    ("wrong-kind", SC, EASI, {"outcome": "EASI-50"}),
    ("against-itself", C, RD, {"reference_arm_id": "mg-300-q2w"}),
    ("no-figure", C, PV, {"value": "", "value_operator": ""}),
    ("figure-of-a-statement", C, SAID, {"value": "0.5", "value_operator": "="}),
    ("p-value", C, PV, {"value": "1.6"}),
    ("p-value", C, PV, {"value": "-0.016"}),
    ("no-p-value-below", C, PV, {"value": "0", "value_operator": "<"}),
    ("interval-of-a-p-value", C, PV, {"ci_low": "0.1", "ci_high": "0.3"}),
    ("unit-of-measure", C, RD, {"unit": "ratio"}),
    ("unit-of-measure", C, PV, {"unit": "points"}),
    ("difference-out-of-range", C, RD, {"value": "202", "ci_high": "306"}),
    ("difference-out-of-range", C, MD, {"value": "-494", "ci_low": "-876"}),
    ("ratio-below-zero", C, RATIO, {"value": "-3.95"}),
    ("favours-the-other", C, RD, {"direction": "favours-reference"}),
    ("favours-the-other", C, MD, {"value": "4.94", "ci_low": "1.13", "ci_high": "8.76"}),
    ("limits-order", C, RD, {"ci_low": "40"}),
    ("blank-with", C, RD, {"value_operator": ""}),
    ("level-of-no-interval", C, PV, {"confidence_level": "95"}),
    ("after-follow-up", C, SAID, {"week": "40"}),
    ("dangling-reference", C, RD, {"reference_arm_id": "vehicle"}),
    ("response-of-an-event", P, {"study_id": "yan-2021"}, {"responder": "yes"}),
    ("response-of-an-event", P, SHIN, {"responder": ""}),
    ("event-of-a-response", P, SHIN, {"occurred": "yes"}),
    ("event-of-a-response", P, {"study_id": "yan-2021"}, {"occurred": ""}),
    ("outcome-of-another-type", P, SHIN, {"outcome": "recurrence"}),
    ("after-follow-up", P, {"study_id": "yan-2021", "outcome": "recurrence"}, {"week": "610"}),
    ("patient-above-enrolled", P, SHIN, {"patient_id": "S006"}),
    ("count-above-n", AE, {"study_id": "van-joost-1994"}, {"count": "24"}),
    ("count-without-n", AE, {"study_id": "van-joost-1994"}, {"n": "", "n_basis": ""}),
    ("n-above-randomised", AE, {"study_id": "ra-2011", "arm_id": "ad-patients"}, {"n": "40"}),
    ("after-follow-up", AE, {"study_id": "atmsc-2025"}, {"week": "160"}),
    ("events-nested", AE, {"study_id": "seo-2024-phase-2", "event": "treatment-related-sae"},
     {"count": "2", "source_id": "koreabiomed-2023"}),
    ("n-above-randomised", B, SHIN, {"n": "50"}),
    ("no-placebo-arm", B, SHIN, {"comparison": "versus-placebo"}),
    ("unit-of-no-value", B, SHIN, {"unit": "pg/mL"}),
    ("after-follow-up", B, {"study_id": "atmsc-2025"}, {"week": "61"}),
    ("threshold-of-a-score", I, {"outcome": "DLQI"}, {"threshold_percent": "50"}),
    ("range-of-responders", I, {"outcome": "NRS-3"}, {"range_min": "0", "range_max": "10"}),
    ("range-order", I, {"outcome": "DLQI"}, {"range_min": "30", "range_max": "0"}),
    ("bands-order", I, {"outcome": "DLQI"}, {"bands": "none=2-5;small=0-1"}),
    ("bands-order", I, {"outcome": "DLQI"}, {"bands": "none=0-1;small=2-50"}),
    ("instrument-differs", I, {"outcome": "EASI", "band_scheme": "kada"}, {"range_max": "27"}),
    ("claim-without-study", CL, {"claim_id": "c38"}, {"study_id": "kim-2017", "arm_id": "all"}),
    ("claim-without-study", CL, {"claim_id": "c04"}, {"study_id": "", "arm_id": ""}),
    ("dogs", X, {"study_id": "hall-2010"}, {"species": "human"}),
    ("reason-of-another-category", X, {"study_id": "adstem-phase-1"},
     {"reason_code": "wrong-intervention"}),
    ("single-case-of-several", X, {"study_id": "rnl-2009"}, {"n": "12"}),
    ("in-studies", X, {"study_id": "hall-2010"}, {"in_studies_csv": "yes"}),
    ("in-studies", X, {"study_id": "rnl-2009"}, {"in_studies_csv": "no"}),
    ("not-excluded", X, {"study_id": "rnl-2009"}, {"study_id": "kim-2017"}),
    ("reason-differs", X, {"study_id": "rnl-2009"}, {"reason": "too small"}),
    ("address-of-nothing", SRC, {"source_id": "kim-2017-abstract"},
     {"url": "https://doi.org/10.1002/stem.2402"}),
    ("address-of-nothing", SRC, {"source_id": "review-pmc11368146"}, {"pmcid": ""}),
    ("n-above-enrolled", D, {"week": "16"}, {"n_max": "320"}),
    ("limits-order", D, {"week": "16"}, {"n_min": "300"}),
    ("named-twice", S, KIM, {"supporting_source_ids": "wiley-press;wiley-press"}),
    ("named-twice", S, KIM, {"related_study_ids": "shin-2021;ra-2011;shin-2021"}),
    ("named-twice", Q, CORD, {"study_ids": "kangstem-2019;kangstem-2019"}),
    ("names-itself", S, KIM, {"related_study_ids": "kim-2017"}),
    ("names-itself", S, KIM, {"shares_patients_with": "shin-2021;kim-2017"}),
    ("no-level", C, RD, {"confidence_level": "100"}),
    ("measure-of-another-kind", C, RD, {"measure": "mean_difference", "unit": "points"}),
    ("range-of-responders", I, {"outcome": "EASI-50"}, {"bands": "mild=1-2"}),
    ("range-of-responders", I, {"outcome": "EASI-50"}, {"minimal_important_change": "points=4"}),
    ("bands-order", I, {"outcome": "DLQI"}, {"bands": "none=0-1;none=2-5"}),
    ("change-of-no-size", I, {"outcome": "DLQI"}, {"minimal_important_change": "points=40"}),
    ("change-of-no-size", I, {"outcome": "DLQI"}, {"minimal_important_change": "points=4-3"}),
    ("change-of-no-size", I, {"outcome": "DLQI"}, {"minimal_important_change": "percent=120"}),
    ("percent-form", R, {"study_id": "ecztra-1"}, {"percent_printed": "00025"}),
    ("value-of-unit", CH, AGE, {"value": "350"}),
    ("value-of-unit", CH, AGE, {"value": "-5"}),
    ("value-of-unit", CH, AGE, {"value": "about 65"}),
    ("value-of-unit", CH, AGE, {"value": "65-60", "statistic": "range"}),
    ("value-of-unit", CH, AGE, {"value": "18-65"}),
    ("value-of-unit", CH, AGE, {"value": "80", "unit": "points", "variable": "baseline-EASI"}),
    ("value-of-unit", CH, MEAN_AGE, {"value": "24.68 years"}),
    ("value-of-unit", CH, MEAN_AGE, {"value": "124", "unit": "percent"}),
    ("value-of-unit", CH, ENROLMENT, {"value": "2015-05/2013-11"}),
    ("value-of-unit", CH, ENROLMENT, {"value": "2013-13/2015-05"}),
    ("value-of-unit", CH, ENROLMENT, {"value": "two years"}),
    ("same-source-twice", S, KIM, {"supporting_source_ids": "kim-2017-abstract"}),
    ("same-figures", "contradictions.csv", {}, {"expected": "66"}),
]  # fmt: skip

#: What is implausible: a warning, and no error.
WARNINGS: list[Mistake] = [
    ("cells-without-donor", A, {"study_id": "yan-2021"}, {"donor": "none"}),
    ("cells-without-donor", A, UPA, {"donor": "allogeneic"}),
    ("claim-about-no-table", CL, {"claim_id": "c38"}, {"testable": "in-tables"}),
    ("claimed-value", CL, {"claim_id": "c09"}, {"claimed_value": "550"}),
    ("claimed-value", CL, {"claim_id": "c39"}, {"claimed_value": "10-3"}),
    ("claimed-value", CL, {"claim_id": "c30"}, {"claimed_value": "9"}),
    ("claimed-value", CL, {"claim_id": "c06"}, {"claimed_value": "2.5"}),
    ("claimed-value", CL, {"claim_id": "c04"}, {"claimed_value": "-38"}),
    ("mechanism-in-what", CL, {"claim_id": "c43"}, {"species": "", "tested_in": ""}),
    ("mechanism-in-what", CL, {"claim_id": "c04"}, {"species": "mouse", "tested_in": "a model"}),
    ("share-for-percent", R, {"study_id": "ecztra-1", "outcome": "EASI-75"},
     {"percent_printed": "0.8"}),
    ("share-for-percent", SC, UPA, {"value": "-0.62"}),
    ("share-for-percent", C, RD, {"value": "0.2", "ci_low": "0.09", "ci_high": "0.3"}),
    ("share-for-percent", R, IGA_8, {"ci_low": "0.404", "ci_high": "0.681"}),
    ("unusual-level", C, RD, {"confidence_level": "0.95"}),
    ("at-baseline", R, HIGH, {"week": "0"}),
    ("at-baseline", SC, EASI, {"week": "0"}),
    ("at-baseline", C, RD, {"week": "0"}),
    ("lopsided-interval", C, RD, {"ci_low": "0.1", "ci_high": "22"}),
    ("lopsided-interval", C, RD, {"ci_high": "99"}),
    ("lopsided-interval", R, AD_UP, {"ci_low": "2.15"}),
    ("lopsided-interval", R, AD_UP, {"ci_low": "25.9", "ci_high": "26.9"}),
    ("against-its-interval", C, RD, {"reported_significance": "not-significant"}),
    ("against-its-interval", C, RD, {"direction": "no-difference"}),
    ("against-its-interval", C, RD, {"ci_low": "-5", "reported_significance": "significant"}),
    ("limit-with-interval", C, RD, {"value_operator": "<"}),
    ("not-the-primary", C, SAID | {"outcome": "EASI"}, {"endpoint": "primary"}),
    ("primary-against-words", C, SAID, {"reported_significance": "significant"}),
    ("direction-of-the-sign", B, {"study_id": "atmsc-2025"},
     {"value": "-5", "unit": "percent", "direction": "increase", "comparison": "from-baseline"}),
    ("change-beyond-100", B, SHIN, {"value": "-500", "unit": "percent"}),
    ("many-events", AE, {"study_id": "kim-2017", "event": "sae"}, {"count": "3400"}),
    ("claimed-value", CL, {"claim_id": "c01"}, {"percentages": "180"}),
    ("claimed-value", CL, {"claim_id": "c01"}, {"claimed_value": "8"}),
    ("outcome-of-nothing", CL, {"claim_id": "c09"}, {"further_outcomes": "EASI-51"}),
    ("outcome-of-nothing", CL, {"claim_id": "c09"}, {"further_outcomes": "EASI;EASI-50"}),
    ("said-of-two", S, {"study_id": "kangstem-2019"}, {"short_name": "FURESTEM-AD phase 3, 2024"}),
    ("said-of-two", A, ACTIVE, {"label": "placebo"}),
    ("said-of-two", I, {"outcome": "EASI-50"}, {"label": "score down by three quarters (EASI-75)"}),
    ("said-of-two", Q, CORD, {"position": "2"}),
    ("product-of-two-kinds", A, ACTIVE, {"route": "intravenous"}),
    ("product-of-two-kinds", A, ACTIVE, {"cell_source": "adipose"}),
    ("product-of-two-kinds", A, PLACEBO, {"agent": "FURESTEM-AD"}),
    ("product-of-two-kinds", A, ACTIVE, {"agent": "placebo"}),
    ("product-of-two-kinds", S, {"study_id": "breeze-ad1"}, {"intervention_class": "biologic"}),
    ("year-to-come", S, {"study_id": "breeze-ad2"}, {"year": "2031"}),
    ("year-to-come", CH, ENROLMENT, {"value": "2093-11/2095-05"}),
    ("year-to-come", J, INDIRECT, {"decided_on": "2062-01-01"}),
    ("source-of-another-study", R, HIGH, {"source_id": "asiae-2009"}),
    ("source-of-another-study", SC, UPA, {"source_id": "asiae-2009"}),
    ("source-of-another-study", S, {"study_id": "kangstem-2019"},
     {"primary_source_id": "dailypharm-2024"}),
    ("source-of-another-study", BA, {"study_id": "kangstem-2019"}, {"source_id": "asiae-2009"}),
    ("id-of-another-study", S, {"study_id": "breeze-ad2"}, {"doi": "10.1002/stem.2401"}),
    ("id-of-another-study", S, {"study_id": "andreasen-2020"}, {"registry_id": "NCT05004324"}),
    ("id-of-another-study", X, {"study_id": "hall-2010"}, {"doi": "10.1002/stem.2401"}),
    ("odd-doi", S, {"study_id": "breeze-ad2"}, {"doi": "10.1111/bjd.18898."}),
    ("far-from-neighbours", S, {"study_id": "breeze-ad2"}, {"n_enrolled": "61500"}),
    ("far-from-neighbours", X, {"study_id": "hall-2010"}, {"n": "99999"}),
    ("far-from-neighbours", A, {"study_id": "solo-1-2-pooled", "arm_id": "mg-300-q2w"},
     {"n_analysed": "4490"}),
    ("far-from-neighbours", A, ACTIVE, {"administrations": "100"}),
    ("alone-among-arms", SC, UPA, {"week": "6"}),
    ("alone-among-arms", SC, UPA, {"analysis_set": "observed"}),
    ("alone-among-arms", SC, EASI, {"statistic": "ls_mean_change"}),
    ("two-figures", SC, {"study_id": "kim-2017", "outcome": "pruritus"}, {"value": "-5.8"}),
    ("not-of-its-arms", C, SAID, {"direction": "favours-reference"}),
    ("role-of-the-label", A, ACTIVE, {"label": "placebo once"}),
    ("interval-of-the-label", A, {"study_id": "chronos", "arm_id": "mg-300-qw"},
     {"interval_weeks": "10"}),
    ("instrument-of-the-name", I, {"outcome": "EASI-50"}, {"instrument": "SCORAD"}),
    ("range-beyond-bands", I, {"outcome": "DLQI"}, {"range_max": "7200"}),
    ("share-for-percent", ID, EASI_50, {"value": "0.1"}),
    ("expected-as-printed", CON, {}, {"expected": "x"}),
    ("share-for-percent", I, {"outcome": "TBSA-75"}, {"threshold_percent": "0.75"}),
    ("share-for-percent", CL, {"claim_id": "c09"}, {"claimed_value": "0.55"}),
    ("outside-its-interval", R, IGA_8, {"ci_low": "55"}),
    ("outside-its-interval", R, {"study_id": "andreasen-2020", "outcome": "EASI-75"},
     {"percent_printed": "29.9"}),
    ("outside-its-interval", C, RD, {"value": "33"}),
    ("prints-as-nothing", R, {"study_id": "kangstem-2019", "arm_id": "active"},
     {"percent_printed": "31.28"}),
    ("prints-as-nothing", R, {"study_id": "kangstem-2019", "arm_id": "active"}, {"n": "87"}),
    ("change-to-the-worse", SC, UPA, {"value": "62"}),
    ("change-to-the-worse", SC, EASI, {"value": "10.54"}),
    ("change-beyond-100", SC, UPA, {"value": "-162"}),
    ("no-spread", SC, UPA, {"spread": "0"}),
    ("placebo-with-dose", A, PLACEBO, {"dose": "5e7"}),
    ("unit-of-another-kind", A, ACTIVE, {"dose_unit": "mg"}),
    ("unit-of-another-kind", A, UPA, {"dose_unit": "cells"}),
    ("unlikely-dose", A, ACTIVE, {"dose": "5e11"}),
    ("unlikely-dose", A, {"study_id": "seo-2024-phase-1", "arm_id": "high"}, {"dose": "1"}),
    ("far-from-neighbours", A, ACTIVE, {"dose": "5e9"}),
    ("dose-of-the-label", A, UPA, {"dose": "51"}),
    ("dose-of-the-label", A, {"study_id": "true-ad1", "arm_id": "pct-1-5"}, {"dose": "15"}),
    ("interval-of-the-label", A, {"study_id": "ecztra-1"}, {"interval_weeks": "20"}),
    ("cells-by-mouth", A, ACTIVE, {"route": "oral"}),
    ("doses-after-follow-up", A, ATMSC, {"interval_weeks": "40"}),
    ("far-above-planned", R, {"study_id": "kangstem-2024", "arm_id": "placebo", "week": "12"},
     {"n": "200", "n_basis": "printed", "percent_printed": "29.5"}),
    ("p-against-words", C, PV, {"value": "0.16"}),
    ("p-against-words", C, PV, {"reported_significance": "not-significant"}),
    ("p-of-zero", C, PV, {"value": "0"}),
    ("too-early", S, SHIN, {"year": "1921", "short_citation": "Shin"}),
    ("before-its-parent", S, {"study_id": "kangstem-2019-follow-up"}, {"year": "2012"}),
    ("shorter-than-parent", S, {"study_id": "kim-2017-follow-up"}, {"follow_up_weeks": "3"}),
    ("year-of-the-citation", S, KIM, {"year": "2071"}),
    ("year-of-the-citation", X, {"study_id": "park-2021"}, {"year": "2012"}),
    ("blind-without-placebo", S, SHIN, {"blinding": "double"}),
    ("open-placebo", S, {"study_id": "atmsc-2025"}, {"blinding": "open"}),
    ("follow-up-of-whom", S, {"study_id": "kim-2017-follow-up"}, {"design": "single-arm"}),
    ("phase-of-no-paper", S, {"study_id": "seo-2024"}, {"design": "case-series"}),
    ("case-report-of-many", S, {"study_id": "yan-2021"}, {"n_enrolled": "10"}),
    ("long-follow-up", S, {"study_id": "atmsc-2025"}, {"follow_up_weeks": "160"}),
    ("sum-of-arms", S, {"study_id": "breeze-ad7"}, {"n_enrolled": "392"}),
    ("far-from-arms", S, KIM, {"n_enrolled": "340"}),
    ("design-and-arms", S, {"study_id": "kim-2017"}, {"design": "randomised-placebo"}),
    ("design-and-arms", S, {"study_id": "kangstem-repeat-dose"}, {"design": "single-arm"}),
    ("not-listed", X, {"study_id": "yan-2021"}, {"study_id": "yan-2022", "in_studies_csv": "no"}),
    ("ids-disagree", S, KIM, {"pmid": "27256707"}),
    ("ids-disagree", S, KIM, {"doi": "10.1002/stem.2410"}),
    # Of a study that missing.csv names, either is an error too: registry-of-another-study, above.
    ("ids-disagree", S, {"study_id": "breeze-ad7"}, {"registry_id": "NCT03733310"}),
    ("ids-disagree", S, {"study_id": "upadacitinib-2b"}, {"registry_id": "NCT02925171"}),
    ("ids-disagree", X, {"study_id": "nct05523011"}, {"registry_id": "NCT05523012"}),
    ("ids-disagree", X, {"study_id": "park-2021"}, {"pmid": "33844418"}),
    ("ids-disagree", X, {"study_id": "ra-2011"}, {"n": "11"}),
    ("record-of-no-registry", SRC, {"source_id": "ctgov-nct02888704"},
     {"registry_id": "", "url": ""}),
    ("pooled-from-one", R, HIGH, {"analysis_set": "pooled"}),
    ("not-controlled", R, ATMSC, {"controlled": "no"}),
    ("not-of-its-patients", R, {"study_id": "shin-2021", "outcome": "EASI-50"},
     {"responders": "2", "percent_printed": "40"}),
    ("not-of-its-patients", R, {"study_id": "shin-2021", "outcome": "EASI-50"},
     {"responders": "5", "percent_printed": "100"}),
    ("treated-again", P, {"patient_id": "S003", "outcome": "retreated-for-exacerbation"},
     {"occurred": "no"}),
    ("cycle-missing", P, {"patient_id": "S003", "cycle": "2"}, {"cycle": "3"}),
    ("not-of-its-arms", C, RD, {"value": "10.1", "ci_low": "4.9"}),
    ("not-of-its-arms", C, RATIO, {"value": "39.5"}),
    ("far-from-neighbours", SC, UPA, {"n": "4"}),
    ("spread-of-another-kind", SC, UPA, {"spread_kind": "sd"}),
    ("spread-of-another-kind", SC, UPA, {"spread": "61"}),
    ("threshold-of-the-name", I, {"outcome": "EASI-90"}, {"threshold_percent": "95"}),
    ("claimed-of-more", CL, {"claim_id": "c06"}, {"claimed_value": "20"}),
    ("planned-elsewhere", D, {"arm_id": "placebo"}, {"planned": "100"}),
    ("planned-outside", D, {"arm_id": "placebo"}, {"planned": "301"}),
    ("not-used", D, {"arm_id": "placebo"}, {"week": "8"}),
    ("odd-text", S, KIM, {"notes": "=HYPERLINK(1)"}),
    ("odd-text", S, KIM, {"notes": "@SUM(A1)"}),
    ("odd-text", S, KIM, {"notes": "+1 patient"}),
    ("odd-text", S, KIM, {"notes": "-no placebo"}),
    ("odd-text", S, KIM, {"notes": "zero\u200bwidth"}),
    ("odd-text", S, KIM, {"notes": "turned \u202e around"}),
    ("odd-text", S, KIM, {"notes": "soft\u00adhyphen"}),
    ("odd-text", S, KIM, {"notes": "no\u00a0break"}),
    ("odd-text", S, KIM, {"notes": "a\x0bWord break"}),
    ("odd-text", S, KIM, {"notes": "bell\x07"}),
    ("odd-text", S, KIM, {"notes": "two  spaces"}),
    ("odd-text", S, KIM, {"notes": "end "}),
    ("odd-text", S, KIM, {"notes": " begin"}),
    ("odd-text", S, KIM, {"notes": "line\nbreak"}),
    ("odd-text", S, KIM, {"notes": "K\u0430ngstem"}),
    ("odd-text", S, KIM, {"notes": "Ko\u0308ln"}),
    ("odd-text", S, KIM, {"notes": "umbilical cord-blood"}),
    ("two-spellings", S, {"study_id": "kangstem-2024"}, {"short_citation": "KangStem, phase 3"}),
    ("two-spellings", A, ACTIVE, {"agent": "Furestem-AD"}),
    ("two-spellings", A, ACTIVE, {"agent": "FURESTEM AD"}),
    ("two-spellings", B, SHIN, {"marker": "CCL-17"}),
    ("acceptance-gone", "accepted_warnings.csv", {}, {"value": "5"}),
    ("acceptance-gone", "accepted_warnings.csv", {}, {"rule": "odd-text"}),
]  # fmt: skip


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(DATA, tmp_path_factory.mktemp("mistakes") / "data"))


@pytest.fixture
def folder(copy: Path) -> Iterator[Path]:
    yield copy
    for path in DATA.glob("*.csv"):
        shutil.copy(path, copy)


def _named(mistakes: list[Mistake]) -> list[object]:
    return [pytest.param(*one, id=f"{number}-{one[0]}") for number, one in enumerate(mistakes)]


@pytest.mark.parametrize(("rule", "file", "where", "cells"), _named(ERRORS))
def test_what_cannot_be_is_an_error(
    folder: Path, rule: str, file: str, where: Cells, cells: Cells
) -> None:
    edit(folder, file, find(file, **where), **cells)
    assert rule in {one.rule for one in check(folder) if one.fails}


@pytest.mark.parametrize(("rule", "file", "where", "cells"), _named(WARNINGS))
def test_what_is_implausible_is_a_warning_and_fails_nothing(
    folder: Path, rule: str, file: str, where: Cells, cells: Cells
) -> None:
    edit(folder, file, find(file, **where), **cells)
    told = check(folder, warnings=True)
    assert rule in {one.rule for one in told if one.severity == "warning" and not one.known}
    assert not [str(one) for one in told if one.fails]


def test_every_rule_of_one_row_has_its_mistake() -> None:
    own = [one for table in read_package(DATA).tables.values() for one in table.rules]
    rules = {one.name for one in (*ROW_RULES, *RESULT_RULES, *ROW_WARNINGS, *RESULT_WARNINGS, *own)}
    assert rules <= {one[0] for one in (*ERRORS, *WARNINGS)}


def test_no_warning_on_the_real_data_is_open() -> None:
    told = check(DATA, warnings=True)
    assert [str(one) for one in told if one.rule != "shrunken" and not one.known] == []


def test_the_message_of_a_rule_names_the_cells_that_it_speaks_of(folder: Path) -> None:
    edit(folder, A, find(A, **ACTIVE), dose="0")
    (problem,) = [one for one in check(folder) if one.fails]
    assert str(problem) == (
        f"arms.csv:{find(A, **ACTIVE)}: dose: 0, but the role is experimental; leave an unknown "
        "dose blank or correct the role"
    )


def test_a_mechanism_without_species_is_called_blank(folder: Path) -> None:
    row = find(CL, claim_id="c43")
    edit(folder, CL, row, species="", tested_in="")
    (problem,) = [one for one in check(folder, warnings=True) if one.rule == "mechanism-in-what"]
    assert str(problem) == (
        f"claims.csv:{row}: species: blank, but the kind is mechanism; name the species in which "
        "it was seen"
    )


def test_a_warning_is_accepted_for_its_row_and_value_only(folder: Path) -> None:
    path = folder / "accepted_warnings.csv"
    row = {
        "table": "arms",
        "row_key": "kangstem-2019;placebo",
        "column": "dose",
        "rule": "placebo-with-dose",
        "value": "5.0e7",
        "reason": "a mistake of the trial",
    }
    with path.open("a", encoding="utf-8", newline="") as stream:
        csv.DictWriter(stream, row, lineterminator="\n").writerow(row)
    edit(folder, A, find(A, **PLACEBO), dose="5e7")

    def told() -> list[tuple[str, str | None]]:
        return [
            (one.rule, one.known)
            for one in check(folder, warnings=True)
            if one.file in (A, "accepted_warnings.csv")
        ]

    assert told() == [("placebo-with-dose", "accepted_warnings.csv:3")]
    edit(folder, A, find(A, **PLACEBO), dose="5e6")
    assert told() == [("placebo-with-dose", None), ("acceptance-gone", None)]


_LISTS = [
    pytest.param(table.path, field.name, id=f"{table.name}-{field.name}")
    for table in read_package(DATA).tables.values()
    for field in table.fields
    if field.list_of
]

_OF_SOURCES = [
    pytest.param(table.path, name, id=f"{table.name}-{name}")
    for table in read_package(DATA).tables.values()
    for name in table.columns
    if name.endswith("source_id")
    and "study_id" in table.columns
    # A claim may be anybody's, what was left out has no other row, and this is what says whose
    # a source is.
    and (table.name, name) != ("studies", "source_id")
    and table.name not in ("claims", "excluded_studies", "certainty_judgements")
]


def _filled(file: str, column: str) -> tuple[int, str]:
    with (DATA / file).open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return next((number, row[column]) for number, row in enumerate(rows, 2) if row[column])


def test_half_an_interval_is_told_without_the_other_half(folder: Path) -> None:
    edit(folder, R, find(R, **HIGH), ci_low="72.3")
    assert "blank-with" in {one.rule for one in check(folder, warnings=True) if one.fails}


@pytest.mark.parametrize(("file", "column"), _LISTS)
def test_no_list_names_one_twice(folder: Path, file: str, column: str) -> None:
    row, cell = _filled(file, column)
    first = cell.split(";")[0]
    edit(folder, file, row, **{column: f"{cell};{first}"})
    assert ("named-twice", row, column) in {(x.rule, x.row, x.column) for x in check(folder)}


@pytest.mark.parametrize(("file", "column"), _OF_SOURCES)
def test_a_source_of_another_study_is_told_wherever_it_stands(
    folder: Path, file: str, column: str
) -> None:
    row, _ = _filled(file, column)
    edit(folder, file, row, **{column: "asiae-2009"})
    told = check(folder, warnings=True)
    assert ("source-of-another-study", row, column) in {(x.rule, x.row, x.column) for x in told}


@pytest.mark.slow
@pytest.mark.parametrize("file", sorted(path.name for path in DATA.glob("*.csv")))
def test_no_mistake_in_any_column_stops_the_check(folder: Path, file: str) -> None:
    with (DATA / file).open(encoding="utf-8", newline="") as stream:
        header, *rows = csv.reader(stream)
    for place in range(len(header)):
        changed = [list(row) for row in rows]
        # One cell is blank, one is of another form, and one is that of another row.
        for row, cell in zip(changed, ("", "x y", rows[-1][place]), strict=False):
            row[place] = cell
        # One is filled in that is blank.
        filled = max(row[place] for row in rows)
        next((row for row in changed[3:] if not row[place]), changed[-1])[place] = filled
        with (folder / file).open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, lineterminator="\n").writerows([header, *changed])
        told = check(folder, warnings=True)
        assert [one for one in told if one.file == file or one.known], header[place]
