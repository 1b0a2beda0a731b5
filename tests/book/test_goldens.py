"""The first steps of every family compute what they computed when its goldens were written."""

import pytest

from circles.book import restamp


@pytest.mark.parametrize("family", restamp.recorded_families())
def test_goldens_agree(family):
    assert restamp.read(family) and list(restamp.disagreements(family)) == []
