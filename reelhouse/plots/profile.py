"""Histograms of the interaction matrix: ratings per user, per title, and their values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from reelhouse.plots import style
from reelhouse.plots.pictures import FigureTables, Picture, Planned
from reelhouse.plots.text import clean, longest

if TYPE_CHECKING:
    from matplotlib.figure import Figure


#: Narrowest bar with the space beside it, in inches.
_LEAST_BAR = 0.18


def plan_profile(tables: FigureTables) -> Iterator[Planned]:
    """One histogram for each section of the profile that has bins."""
    profile = tables.profile
    if profile is None:
        return
    is_bin = pc.and_(pc.is_valid(profile["lower"]), pc.is_valid(profile["upper"]))
    bins = profile.filter(is_bin)
    facts = profile.filter(pc.invert(is_bin))
    for section in pc.unique(bins["section"]).to_pylist():
        some = _filled(bins.filter(pc.equal(bins["section"], section)).sort_by("lower"))
        if not some.num_rows:
            continue
        stem = re.sub(r"[^a-z0-9]+", "-", section.lower()).strip("-")
        unit = f"{section.rpartition(' per ')[2]}s" if " per " in section else "ratings"
        picture = Picture(
            f"profile-{stem}",
            "profile",
            clean(section).capitalize(),
            _caption(section, some, facts, unit),
            {"section": section, "unit": unit},
        )
        yield picture, some.select(["lower", "upper", "value"])


def _filled(bins: pa.Table) -> pa.Table:
    """Bins from the first that is not empty to the last."""
    filled = np.flatnonzero(bins["value"].to_numpy())
    return bins.slice(filled[0], filled[-1] - filled[0] + 1) if len(filled) else bins.slice(0, 0)


def _caption(section: str, bins: pa.Table, facts: pa.Table, unit: str) -> str:
    total = pc.sum(bins["value"]).as_py()
    largest = bins.sort_by([("value", "descending")]).slice(0, 1).to_pylist()[0]
    some = facts.filter(pc.equal(facts["section"], section))
    known = dict(zip(some["name"].to_pylist(), some["value"].to_pylist(), strict=True))
    told = [f"{name} {known[name]:,.4g}" for name in ("median", "mean") if name in known]
    end = f" {' and '.join(told).capitalize()}." if told else ""
    have = "have" if " per " in section else "are"
    return (
        f"{total:,.0f} {unit}, of which {largest['value'] / max(total, 1):.0%} {have} "
        f"{_span(largest['lower'], largest['upper'])}, the highest bar.{end}"
    )


def _span(lower: float, upper: float, to: str = " to ") -> str:
    """A bin's bounds, as few digits as tell them apart."""
    low, high = (f"{bound:,.0f}" if bound >= 1000 else f"{bound:.4g}" for bound in (lower, upper))
    return low if lower == upper else f"{low}{to}{high}"


def draw_profile(picture: Picture, bins: pa.Table) -> Figure:
    """Draw a bar per bin, all as wide: bins that double make the axis a logarithmic one."""
    names = [
        _span(lower, upper, "–")
        for lower, upper in zip(bins["lower"].to_pylist(), bins["upper"].to_pylist(), strict=True)
    ]
    width = max(6.0, _LEAST_BAR * len(names))
    # Names that do not fit side by side stand upright.
    upright = longest(names, style.TICK_POINTS) > 0.9 * width / len(names)
    below = style.room(names, style.TICK_POINTS) if upright else 0.55
    figure, axes = style.framed(
        style.Frame(width, 3.2, left=1.0, right=0.4, below=below), picture.title, picture.caption
    )
    places = range(len(names))
    axes.bar(places, bins["value"].to_numpy(), width=0.85, color=style.MAIN)
    axes.set_ylim(bottom=0)
    axes.margins(x=0.02)
    style.plain(axes)
    style.counts(axes.yaxis)
    section = picture.settings["section"]
    across = section if " per " in section else "rating"
    if upright:
        style.label_axes(axes, "", picture.settings["unit"])
        style.name_columns(axes, names, style.TICK_POINTS, across)
    else:
        style.label_axes(axes, across, picture.settings["unit"])
        style.tick(axes.xaxis, places, names)
    return figure
