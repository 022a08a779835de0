"""What each mark means, the same in every figure: shapes, fillings and lines, and what a key says.

Filled is placebo-controlled, hollow is without a control group. What is not known has no length: it
is a word or an empty track. The marks of verdicts on claims, of the comparisons with other
software, and the lines of plans, each named at its end, are of shapes that mean nothing else.
"""

#: Shapes: patients who were counted, a percentage without a count, a change of a score (the head
#: of an arrow from baseline), a difference between groups, a P value alone. Studies together are a
#: diamond; the bar under it is where another study may lie.
COUNT, PERCENT, CHANGE, DIFFERENCE, ONLY_P = "o", "P", "<", "s", "v"
TOGETHER = "D"
#: Lines: over every count that fits; what rests on an assumption.
DOTTED, DASHED = (0, (1.5, 1.2)), (0, (4, 2))

#: What names a sign in a key, by what is drawn; one of the words is in the key of every figure
#: that has the sign, or in its words.
SIGNS = {
    "filled": ("filled", "control"),
    "hollow": ("hollow", "no control", "no placebo", "no comparison"),
    "ring": ("ring", "derived", "deduced"),
    "dotted": ("dotted",),
    "dashed": ("dashed",),
    PERCENT: ("cross", "percentage without a count"),
    TOGETHER: ("together",),
    DIFFERENCE: ("square", "difference", "minus", "odds ratio"),
    ONLY_P: ("P value",),
}
