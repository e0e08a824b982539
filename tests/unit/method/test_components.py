"""Components and spectrum of activations against loops, in batches, in other bases, undefined."""

from functools import reduce
from operator import add

import numpy as np
import pytest
from scipy import stats

from workflow_scripts.method.kurtosis import activation_kurtosis, components, moments, spectrum

RNG = np.random.default_rng(0)


def outlying(images=60, width=40):
    """Activations of two outlier components, 2 (negative) and 5, with a zero and a flat vector."""
    h = RNG.normal(size=(images, width))
    h[:, 2] -= 6
    h[:, 5] += 4
    h[7], h[11] = 0, 0.5
    return h.astype(np.float32)


def loop(h):
    """The same numbers, image by image and component by component, in scipy and plain Python."""
    images, width = h.shape
    wide = [[float(value) for value in row] for row in h]
    energy = sum(value**2 for row in wide for value in row)
    parts, outlying, largest, defined = np.zeros(width), np.zeros(width), np.zeros(width), 0
    for row in wide:
        if any(row):
            largest[max(range(width), key=lambda place: abs(row[place]))] += 1
        if len(set(row)) > 1:
            parts += stats.zscore(row) ** 4 / width
            outlying += np.abs(stats.zscore(row)) > 3
            defined += 1
    columns = list(zip(*wide, strict=True))
    return {
        "mean": [sum(column) / images for column in columns],
        "positive": [sum(value > 0 for value in column) / images for column in columns],
        "negative": [sum(value < 0 for value in column) / images for column in columns],
        "share": [sum(value**2 for value in column) / energy for column in columns],
        "kurtosis": parts / defined,
        "outlying": outlying / images,
        "largest": largest / images,
    }


def test_components_are_those_of_a_loop():
    h = outlying()
    found, expected = components(moments(h))._asdict(), loop(h)
    assert found.keys() == expected.keys()
    for name, values in found.items():
        np.testing.assert_allclose(values, expected[name], rtol=1e-12, err_msg=name)


def test_contributions_add_up_to_kurtosis_and_name_the_outliers():
    h = outlying()
    found = components(moments(h))
    assert found.kurtosis.sum() == pytest.approx(np.nanmean(activation_kurtosis(h)), rel=1e-12)
    assert found.share.sum() == pytest.approx(1)
    assert found.largest.sum() == pytest.approx(59 / 60)  # all images but the one that is zero
    assert found.kurtosis.argsort()[-2:].tolist() == [5, 2]
    assert found.mean[2] < -5 and found.positive[2] < 0.1
    assert found.outlying[2] > 0.8 and 0.1 < found.outlying[5] < 1


def test_batches_add_up():
    h = outlying()
    whole, summed = moments(h), reduce(add, map(moments, np.array_split(h, 7)))
    for name, value in vars(whole).items():
        np.testing.assert_allclose(getattr(summed, name), value, rtol=1e-12, err_msg=name)


def test_spectrum_is_that_of_the_singular_values():
    h = outlying()
    found = spectrum(moments(h))
    energies = np.linalg.svd(h.astype(np.float64), compute_uv=False) ** 2
    mean = h.astype(np.float64).mean(axis=0)
    assert found.mean_share == pytest.approx(len(h) * mean @ mean / energies.sum(), rel=1e-10)
    assert found.leading_share == pytest.approx(energies[0] / energies.sum(), rel=1e-10)
    ratio = energies.sum() ** 2 / (energies**2).sum()
    assert found.participation_ratio == pytest.approx(ratio, rel=1e-10)
    assert found.mean_share < found.leading_share  # that of the mean is one of them


def test_a_rotation_moves_the_components_and_not_the_spectrum():
    h = outlying().astype(np.float64)
    rotation, _ = np.linalg.qr(RNG.normal(size=(40, 40)))
    one, other = moments(h), moments(h @ rotation)
    np.testing.assert_allclose(spectrum(one), spectrum(other), rtol=1e-10)
    assert components(one).kurtosis.max() > 1.3 * components(other).kurtosis.max()


@pytest.mark.parametrize("size", [1e-38, 1e38])
def test_no_over_or_underflow(size):
    h = RNG.uniform(-1, 1, size=(5, 4))
    small, large = moments(h.astype(np.float32)), moments((h * size).astype(np.float32))
    np.testing.assert_allclose(spectrum(small), spectrum(large), rtol=1e-4)
    for name in ("share", "kurtosis", "outlying", "largest"):
        one, other = (getattr(components(each), name) for each in (small, large))
        np.testing.assert_allclose(one, other, rtol=1e-4)


def test_what_is_undefined():
    zero, flat = moments(np.zeros((3, 4), "f4")), moments(np.full((3, 4), 2, "f4"))
    assert np.isnan(spectrum(zero)).all() and np.isnan(components(zero).share).all()
    assert (components(zero).largest == 0).all()
    assert np.isnan(components(flat).kurtosis).all()
    assert spectrum(flat) == pytest.approx((1, 1, 1))
    assert components(flat).largest.tolist() == [1, 0, 0, 0]  # the first of equals
