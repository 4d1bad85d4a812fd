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
from reelhouse.plots.text import clean

if TYPE_CHECKING:
    from matplotlib.figure import Figure


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


def _span(lower: float, upper: float) -> str:
    return f"{lower:,g}" if lower == upper else f"{lower:,g} to {upper:,g}"


def draw_profile(picture: Picture, bins: pa.Table) -> Figure:
    """Draw a histogram: over the logarithm where the bins grow, as plain bars where they do not."""
    from matplotlib.ticker import LogLocator

    lower, upper = bins["lower"].to_numpy(), bins["upper"].to_numpy()
    values = bins["value"].to_numpy()
    figure, axes = style.framed(
        style.Frame(6.0, 3.2, left=1.0, right=0.4), picture.title, picture.caption
    )
    if (lower == upper).all() and len(lower) <= 30:
        axes.bar(np.arange(len(lower)), values, width=0.8, color=style.MAIN)
    else:
        # Whole numbers: a bin from 1 to 1 reaches from 0.5 to 1.5.
        left, right = np.maximum(lower - 0.5, 0.5), upper + 0.5
        axes.bar(
            left,
            values,
            width=right - left,
            align="edge",
            color=style.MAIN,
            edgecolor="white",
            linewidth=0.6,
        )
        if right[-1] > 10 * left[0]:
            axes.set_xscale("log")
            wide = right[-1] > 1000 * left[0]
            axes.xaxis.set_major_locator(LogLocator(subs=[1.0] if wide else [1.0, 2.0, 5.0]))
            axes.xaxis.set_major_formatter("{x:,g}")
            axes.xaxis.set_minor_formatter("")
        axes.set_xlim(left[0], right[-1])
    style.plain(axes)
    style.counts(axes.yaxis)
    axes.set_ylim(bottom=0)
    if (lower == upper).all() and len(lower) <= 30:
        style.tick(axes.xaxis, range(len(lower)), [f"{value:g}" for value in lower])
    section = picture.settings["section"]
    across = section if " per " in section else "rating"
    style.label_axes(axes, across, picture.settings["unit"])
    return figure
