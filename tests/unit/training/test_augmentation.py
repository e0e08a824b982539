"""Random views of images, as self-supervised training takes them."""

import pytest
import torch

from workflow_scripts.training.augmentation import random_view


def viewed(images, smallest=0.3, seed=0):
    torch.manual_seed(seed)
    return random_view(images, smallest)


@pytest.fixture
def images():
    return torch.randn(64, 3, 16, 16, generator=torch.Generator().manual_seed(1))


def test_a_view_follows_from_the_seed(images):
    assert viewed(images).equal(viewed(images))
    assert not viewed(images).equal(viewed(images, seed=1))


def test_an_image_of_one_grey_is_so_in_every_view():
    grey = torch.full((8, 3, 16, 16), 0.5)
    view = viewed(grey)
    torch.testing.assert_close(view, view[:, :1, :1, :1].expand_as(view))
    assert ((view[:, 0, 0, 0] - 0.5).abs() <= 0.4 + 1e-6).all()
    assert len(view[:, 0, 0, 0].unique()) == 8


def test_the_whole_image_is_seen_as_it_is_or_mirrored(images):
    grey = images.mean(dim=1, keepdim=True).expand_as(images)
    view = viewed(grey, smallest=1.0)
    flat = [each.flatten(1) for each in (view, grey, grey.flip(3))]
    centred = [each - each.mean(dim=1, keepdim=True) for each in flat]
    likeness = [torch.cosine_similarity(centred[0], each) for each in centred[1:]]
    torch.testing.assert_close(torch.maximum(*likeness), torch.ones(64), atol=1e-5, rtol=0)
    assert 16 < (likeness[0] > likeness[1]).sum() < 48


def test_a_part_of_an_image_lies_within_it():
    """Of an image whose rows are numbered, a view shows rows that follow one another."""
    rows = torch.arange(16.0)[None, None, :, None].expand(64, 3, 16, 16)
    steps = viewed(rows, smallest=0.25)[:, 0, :, 0].diff(dim=1)
    # Contrast by 0.6 to 1.4, the side by 0.5 to 1; at the border samples lie outside the centres.
    assert (steps[:, 1:-1] > 0.5 * 0.6 - 1e-4).all() and (steps[:, 1:-1] < 1.4 + 1e-4).all()
