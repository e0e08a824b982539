"""What the tests of studies share."""

from pathlib import Path

import pytest

from tests.unit.inputs.study_inputs import Workplace


@pytest.fixture
def workplace(tmp_path: Path) -> Workplace:
    """A repository with the study `small`, which the test damages."""
    return Workplace(tmp_path)
