"""Every test begins in Vietnamese, whatever language the page of an earlier test was made in."""

import pytest

from taydo.kernel import i18n


@pytest.fixture(autouse=True)
def _in_vietnamese() -> None:
    i18n.use("vi")
