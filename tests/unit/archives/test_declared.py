"""What is declared of a data set beside what is there."""

from pathlib import Path

import pytest

from workflow_scripts.archives.declared import check_decoded
from workflow_scripts.job.errors import InputError

PATH = Path("photographs")
BROKEN = {"a/cut.jpg": "a/cut.jpg: cannot be decoded (truncated)", "b.png": "b.png: no image"}


def test_broken_images_are_counted_and_named():
    message = (
        r"a/cut.jpg: cannot be decoded \(truncated\). Of 62 images in photographs, 2 cannot be "
        "decoded: a/cut.jpg, b.png. To leave them out: SKIP_BROKEN=1, or skip_broken in study.yaml"
    )
    with pytest.raises(InputError, match=message):
        check_decoded(PATH, BROKEN, 60, skip_broken=False)


def test_they_are_left_out_with_a_warning(caplog):
    check_decoded(PATH, BROKEN, 60, skip_broken=True)
    assert "2 images left out, not decoded: a/cut.jpg, b.png" in caplog.text
    check_decoded(PATH, {f"{place}.png": "" for place in range(9)}, 60, skip_broken=True)
    assert caplog.text.endswith("3.png, 4.png ...\n")


@pytest.mark.parametrize("count", [0, 1])
def test_of_one_image_nothing_can_be_told(count):
    with pytest.raises(InputError, match=f"found {count} images .* expected at least 2"):
        check_decoded(PATH, {}, count, skip_broken=True)
