"""What many reports ask with the settings that all have unless they say otherwise, by question.

It is asked once, before the reports are forked from one process.
"""

ASKED = {"certainty": "answer_questions", "claims": "verdicts", "trials": "placebo_trials"}
