"""The linear head is scikit-learn's multinomial logistic regression."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from workflow_scripts.job.errors import InputError
from workflow_scripts.training.linear_head import fit_linear_head


@pytest.fixture
def drawn():
    """Representations of several scales and a constant component, of classes that overlap."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 4, 300)
    h = rng.normal(size=(300, 6)) * [1, 1, 1, 100, 0.01, 0] + [0, 0, 5, 0, 0, 2]
    h[:, :4] += rng.normal(size=(4, 4))[labels] * [1, 1, 1, 100]
    return h.astype(np.float32), labels


def test_a_head_is_that_of_scikit_learn(drawn):
    h, labels = drawn
    decay = 1e-2
    weight, bias = fit_linear_head(h, labels, 4, decay)
    scaler = StandardScaler().fit(h.astype(float))
    x = scaler.transform(h.astype(float))
    theirs = LogisticRegression(C=1 / (decay * len(x)), tol=1e-10, max_iter=10_000).fit(x, labels)
    ours = h @ weight.T + bias
    probability = np.exp(ours - ours.max(axis=1, keepdims=True))
    probability /= probability.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(probability, theirs.predict_proba(x), atol=2e-4)


def test_a_class_without_images_is_never_predicted(drawn):
    h, labels = drawn
    weight, bias = fit_linear_head(h, labels, 5)
    assert 4 not in (h @ weight.T + bias).argmax(axis=1)


def test_representations_that_are_not_finite_are_refused(drawn):
    h, labels = drawn
    h[7, 2] = np.nan
    with pytest.raises(InputError, match="Linear head on 300 representations: its optimum was not"):
        fit_linear_head(h, labels, 4)
