"""How sure each answer is: risk of bias by trial, and certainty by question, computed from tables.

Answers of readers are data; judgements, levels and sentences come of rules that know no trial by
its id, and each says the numbers it read. `atopic.questions.certainty.risk_of_bias` is RoB 2,
`atopic.questions.certainty.grade` is GRADE.
"""
