from __future__ import annotations

import numpy as np
import pytest

from reelhouse.models.deviations import deviations
from reelhouse.models.ratings import Ratings


def test_titles_deviate_first_and_users_by_what_is_left() -> None:
    train = Ratings.of(
        np.array([0, 1, 1]), np.array([0, 0, 1]), np.array([1.0, 3.0, 5.0]), shape=(3, 3)
    )
    of_users, of_titles = deviations(train)
    # The mean is 3. Title 0: (-2 + 0) / 12; title 1: 2 / 11; each damped by 10.
    assert of_titles == pytest.approx([-2 / 12, 2 / 11, 0])
    # User 0: -2 + 1/6 over 11; user 1: 1/6 and 2 - 2/11 over 12.
    assert of_users == pytest.approx([(-2 + 1 / 6) / 11, (1 / 6 + 2 - 2 / 11) / 12, 0])
