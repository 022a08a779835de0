"""How far scores fell, in each arm and against placebo."""
