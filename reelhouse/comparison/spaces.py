"""A model's tuning space as Optuna has it, and settings to and from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from reelhouse.models.base import Model
from reelhouse.models.registry import Choices, Entry, Range

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution


def default_settings(model: Model, entry: Entry) -> dict[str, Any]:
    """The model's own values of the settings that a tuner may try."""
    return {name: getattr(model, name) for name in entry.space}


def made(entry: Entry, settings: Mapping[str, Any], *, seed: int) -> Model:
    """Make a model with these settings; those that are random get the seed."""
    kind = entry.load()
    known = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    seeded = {"seed": seed} if "seed" in known else {}
    model: Model = kind(**seeded, **settings)
    return model


def distributions(entry: Entry) -> dict[str, BaseDistribution]:
    """What may be tried of each setting; of choices their numbers, whatever they are."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    found: dict[str, BaseDistribution] = {}
    for name, tried in entry.space.items():
        if isinstance(tried, Choices):
            found[name] = CategoricalDistribution(tuple(range(len(tried.values))))
        elif tried.whole:
            found[name] = IntDistribution(int(tried.low), int(tried.high), log=tried.log)
        else:
            found[name] = FloatDistribution(tried.low, tried.high, log=tried.log)
    return found


def as_settings(entry: Entry, drawn: Mapping[str, Any]) -> dict[str, Any]:
    """What was drawn, as the model takes it."""
    return {
        name: tried.values[drawn[name]] if isinstance(tried, Choices) else drawn[name]
        for name, tried in entry.space.items()
    }


def as_drawn(entry: Entry, settings: Mapping[str, Any]) -> dict[str, Any] | None:
    """Settings as they would be drawn; None where one of them never would."""
    found = {}
    for name, tried in entry.space.items():
        value = settings[name]
        if not _can_be_drawn(tried, value):
            return None
        found[name] = tried.values.index(value) if isinstance(tried, Choices) else value
    return found


def _can_be_drawn(tried: Range | Choices, value: Any) -> bool:
    if isinstance(tried, Choices):
        return value in tried.values
    return isinstance(value, int | float) and tried.low <= value <= tried.high
