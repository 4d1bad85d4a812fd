"""Settings of the kinds of feature from a file that people write."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

from pydantic import ValidationError

from reelhouse.errors import FeatureError
from reelhouse.features.settings import FeatureOptions


def read_feature_options(path: Path) -> FeatureOptions:
    """Read settings of the kinds of feature; what the file does not name keeps its default.

    Parameters
    ----------
    path : Path
        TOML, or JSON where the name ends in `.json`.

    Raises
    ------
    FeatureError
        The file cannot be read, or a setting in it is unknown or wrong; the message names it.
    """
    try:
        text = path.read_text(encoding="utf-8")
        told = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    # Wrong JSON, wrong TOML and wrong UTF-8 are all ValueErrors.
    except (OSError, ValueError) as error:
        raise FeatureError(f"{path} cannot be read: {error}") from None
    try:
        return FeatureOptions.model_validate_json(json.dumps(told, default=str))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"]) or "the file"
        raise FeatureError(f"{path}: {name} is {first['input']!r}: {first['msg']}") from None
