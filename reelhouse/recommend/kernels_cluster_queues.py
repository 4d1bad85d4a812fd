"""Compiled loops that look through the titles of a cluster and queue the best at their homes."""

from __future__ import annotations

import numba
import numpy as np

from reelhouse.clustering.geometry import IntArray
from reelhouse.recommend.cluster_desk import LANES, LEAST, Desk, Homes, Titles
from reelhouse.recommend.kernels_ranking import offer

_ROUNDING = 1e6
# Adding and taking away 1.5 * 2 ** 52 leaves the nearest whole number, ties to even, as np.rint
# does; numba's rint is a call.
_WHOLE = 6755399441055744.0


@numba.njit(nogil=True, cache=True)
def _pack(rows: IntArray, homes: Homes, desk: Desk, here: bool) -> None:
    """Lay the mean vectors of some homes side by side, or take them away."""
    for lane, row in enumerate(rows):
        for feature in desk.touched[row, : homes.n_touched[row]]:
            desk.packed[feature, lane] = desk.means[row, feature] if here else 0.0


@numba.njit(nogil=True, cache=True)
def _likest(place: int, rows: IntArray, titles: Titles, desk: Desk) -> tuple[int, float]:
    """Row of the home that a title is likest to, the first of equals, and its score; -1 for 0."""
    best, best_row = 0.0, -1
    for lane, row in enumerate(rows):
        product = 0.0
        for j in range(titles.vector_starts[place], titles.vector_starts[place + 1]):
            product += np.float64(titles.values[j]) * desk.packed[titles.columns[j], lane]
        product *= titles.factors[place]
        score = ((product * _ROUNDING + _WHOLE) - _WHOLE) / _ROUNDING
        if score > best:
            best, best_row = score, row
    return best_row, best


@numba.njit(nogil=True, cache=True)
def _queue(title: int, row: int, score: np.float32, homes: Homes, desk: Desk) -> None:
    """Queue a title at a home, if it is better than the worst there."""
    depth, size = homes.depths[row], homes.sizes[row]
    queue, queued = desk.queue_scores[row, :depth], desk.queue_titles[row, :depth]
    if size == depth and score < queue[0]:
        return
    homes.sizes[row] = offer(queue, queued, size, score, title)
    if homes.sizes[row] == depth:
        # A little less, for what rounding a score and adding up a product may lose.
        homes.floors[row] = max(queue[0] * (1 - 1e-6) - 2e-6, LEAST)
        homes.limits[row] = homes.floors[row] / homes.norms[row]


@numba.njit(nogil=True, cache=True)
def _next_for_one(first: int, last: int, row: int, homes: Homes, titles: Titles, desk: Desk) -> int:
    """Find the next unseen title that may enter the queue of a home; `last` where there is none.

    Titles are in the order of their factors: where one cannot enter, by the Cauchy-Schwarz bound
    of its likeness, none after it can.
    """
    # Arrays by names of their own: most of the time is spent here, and in the loop for several.
    starts, columns, values = titles.vector_starts, titles.columns, titles.values
    factors, seen, mean = titles.factors, desk.seen, desk.means[row]
    floor, limit = homes.floors[row], homes.limits[row]
    for place in range(first, last):
        if factors[place] < limit:
            break
        if not seen[place]:
            product = 0.0
            for j in range(starts[place], starts[place + 1]):
                product += np.float64(values[j]) * mean[columns[j]]
            if product * factors[place] >= floor:
                return place
    return last


@numba.njit(nogil=True, cache=True, inline="always")
def _two_best(
    product: float, lane: int, best: float, second: float, best_lane: int
) -> tuple[float, float, int]:
    if product > best:
        return product, best, lane
    return best, max(second, product), best_lane


@numba.njit(nogil=True, cache=True)
def _next_for_several(
    first: int, last: int, rows: IntArray, homes: Homes, titles: Titles, desk: Desk
) -> int:
    """Find the next unseen title that may enter a queue of several homes; see `_next_for_one`.

    It can enter that of the home that it is likest to, and no other.
    """
    starts, columns, values = titles.vector_starts, titles.columns, titles.values
    factors, seen, packed, floors = titles.factors, desk.seen, desk.packed, homes.floors
    limit = homes.limits[rows].min()
    for place in range(first, last):
        if factors[place] < limit:
            break
        if seen[place]:
            continue
        best, second, best_lane = 0.0, 0.0, 0
        for lane in range(0, rows.shape[0], LANES):
            # Four sums at once; lanes without a home are 0.
            one = two = three = four = 0.0
            for j in range(starts[place], starts[place + 1]):
                value, column = np.float64(values[j]), columns[j]
                one += value * packed[column, lane]
                two += value * packed[column, lane + 1]
                three += value * packed[column, lane + 2]
                four += value * packed[column, lane + 3]
            best, second, best_lane = _two_best(one, lane, best, second, best_lane)
            best, second, best_lane = _two_best(two, lane + 1, best, second, best_lane)
            best, second, best_lane = _two_best(three, lane + 2, best, second, best_lane)
            best, second, best_lane = _two_best(four, lane + 3, best, second, best_lane)
        best *= factors[place]
        # Equals by rounding belong to the first of them, whose queue may take what that of the
        # other does not.
        alike = second * factors[place] >= best - 2e-6
        if best >= LEAST and (best >= floors[rows[best_lane]] or alike):
            return place
    return last


@numba.njit(nogil=True, cache=True)
def look_into(cluster: int, homes: Homes, titles: Titles, desk: Desk) -> None:
    """Queue the titles of a cluster, each at the home that it is likest to."""
    rows = desk.leading[cluster, : desk.n_leading[cluster]]
    place, last = titles.member_starts[cluster], titles.member_starts[cluster + 1]
    _pack(rows, homes, desk, True)
    while True:
        if rows.shape[0] == 1:
            place = _next_for_one(place, last, rows[0], homes, titles, desk)
        else:
            place = _next_for_several(place, last, rows, homes, titles, desk)
        if place == last:
            break
        row, score = _likest(place, rows, titles, desk)
        if row >= 0:
            _queue(titles.members[place], row, np.float32(score), homes, desk)
        place += 1
    _pack(rows, homes, desk, False)
