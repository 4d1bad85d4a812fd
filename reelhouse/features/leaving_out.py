"""Settings of features with a field left out, to ask what the other fields find."""

from __future__ import annotations

from typing import Any, TypeVar

from reelhouse.features.settings import FieldSettings
from reelhouse.settings import Settings

AnySettings = TypeVar("AnySettings", bound=Settings)


def without_field(options: AnySettings, field: str) -> AnySettings:
    """The same settings, of all kinds or of one, in which a field has weight 0.

    Wherever a setting of any depth has the field's name and is a `FieldSettings` or a weight, the
    weight becomes 0; lists of fields lose it. A kind that reads nothing but this field cannot be
    left without one: pydantic's ValidationError says so.

    Parameters
    ----------
    options : FeatureOptions, or the settings of a kind
    field : one of `reelhouse.features.fields.FIELDS`
    """
    return type(options).model_validate(_without(options, field).model_dump())


def _without(settings: Settings, field: str) -> Settings:
    changed: dict[str, Any] = {}
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if name == field and isinstance(value, FieldSettings):
            changed[name] = value.model_copy(update={"weight": 0.0})
        elif name == field and isinstance(value, float):
            changed[name] = 0.0
        elif isinstance(value, tuple):
            changed[name] = tuple(one for one in value if one != field)
        elif isinstance(value, Settings):
            changed[name] = _without(value, field)
    return settings.model_copy(update=changed)
