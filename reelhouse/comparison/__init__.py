"""Models of ratings, compared on the same splits with the same budget for tuning.

`splits` cuts the ratings, `tuning` finds each model's settings on a validation part of the first
split's training part, `competing` fits and measures it, `stacking` makes the ensemble of all, and
`table` lays out what is published. Test parts are never looked at to choose anything.
"""
