"""The fault harness: kills our own processes at named points, spoils them on purpose, and looks what became of a case.

Production code has no switch for any of it: `saboteur` arms `habeas.work.failpoint` from outside.
"""
