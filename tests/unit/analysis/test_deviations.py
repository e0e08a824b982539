"""Further draws of an experiment pass, others do not; and the moderation is the published one."""

import numpy as np
import pytest
from scipy import integrate, special, stats

from workflow_scripts.analysis.over_replicates.deviations import (
    _inverse_trigamma,
    deviations,
    group_deviations,
    moderated,
)

REPLICATES = 5


@pytest.mark.parametrize("prior", [1.5, 4, 30])
def test_the_prior_of_a_group_is_found_again(prior):
    """Variances drawn as the model has it: a scaled inverse chi-square, estimated with noise."""
    generator = np.random.default_rng(0)
    true = 0.7**2 * prior / generator.chisquare(prior, 20_000)
    found = true * generator.chisquare(4, len(true)) / 4
    spread, degrees = moderated(found, 4)
    assert degrees == pytest.approx(4 + prior, rel=0.2)
    expected = (prior * 0.49 + 4 * found) / (prior + 4)  # the posterior mean of Smyth (2004)
    np.testing.assert_allclose(spread**2, expected, rtol=0.15)


def test_scores_of_further_draws_are_standard_normal():
    generator = np.random.default_rng(1)
    spread = np.sqrt(6 / generator.chisquare(6, 30_000))
    values = generator.normal(3, 1, (REPLICATES, len(spread))) * spread
    new = generator.normal(3, 1, len(spread)) * spread
    score = deviations(values.T, new, np.zeros(len(spread), int)).score
    # Not exact: the mean of a number goes with its spread here, as it does for real ones
    for share in (0.05, 0.01, 0.001):
        assert (np.abs(score) > stats.norm.isf(share / 2)).mean() == pytest.approx(share, rel=0.25)


def test_one_number_alone_is_judged_by_students_distribution():
    values, new = np.array([[1.0, 2, 4, 3, 5]]), np.array([9.0])
    found = deviations(values, new, np.array([0]))
    ratio = (9 - 3) / (values.std(ddof=1) * np.sqrt(1.2))
    tail = integrate.quad(lambda x: stats.t.pdf(x, 4), ratio, np.inf)[0]
    assert found.score[0] == pytest.approx(stats.norm.isf(tail))
    assert (found.mean[0], found.degrees[0]) == (3, 4)


def test_what_never_varies_has_to_be_the_same():
    values = np.array([[5.0] * 5, [7.0] * 5, [2.0] * 5])
    found = deviations(values, np.array([5, 7 + 1e-12, 2.001]), np.zeros(3, int))
    assert found.score.tolist() == [0, 0, np.inf]
    assert group_deviations(values, values[:, 0], np.zeros(3, int)).deviation.tolist() == [0]


def test_a_number_that_happens_not_to_vary_is_moderated():
    generator = np.random.default_rng(2)
    values = np.vstack([generator.normal(size=(50, 5)), np.zeros((1, 5))])
    score = deviations(values, np.append(values[:50, 0], 0.4), np.zeros(51, int)).score
    assert 0 < score[-1] < 4


def test_where_one_number_alone_varies_the_others_may_do_so_next():
    values = np.vstack([np.zeros((3, 5)), [[0, 1.0, 0, 0, 1]]])
    score = deviations(values, np.array([1.0, 0, 0, 0]), np.zeros(4, int)).score
    assert 0 < score[0] < 4 and score[1] == 0


def test_a_group_that_deviates_as_a_whole():
    generator = np.random.default_rng(3)
    groups = np.repeat(np.arange(20), 30)
    alarms = 0
    for _ in range(20):
        values, new = generator.normal(size=(600, 5)), generator.normal(size=600)
        alarms += group_deviations(values, new, groups).score.max() > stats.t.isf(1 / 800, 8)
        broken = group_deviations(values, new + 3 * (groups == 7), groups)
        assert broken.score.argmax() == 7 and broken.score[7] > stats.t.isf(1 / 800, 8)
        assert broken.deviation[7] > 4 > np.delete(broken.deviation, 7).max()
    assert alarms <= 1


def test_the_inverse_of_trigamma():
    for x in (0.01, 0.3, 1, 7, 1e4):
        assert _inverse_trigamma(float(special.polygamma(1, x))) == pytest.approx(x, rel=1e-6)
