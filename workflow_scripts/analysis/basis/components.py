"""The components of h by what they contribute to its kurtosis."""

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import add

import numpy as np
import pandas as pd

from workflow_scripts.files.activations import ActivationFile
from workflow_scripts.method.kurtosis import Moments, components, moments


def moments_of(file: ActivationFile) -> Moments:
    """Sums over the images of a data set, read in batches.

    Raises
    ------
    InputError: an activation is NaN or infinite.
    """
    return reduce(add, (moments(h) for _, h in file.batches(values_per_image=8 * file.width)))


def component_table(sums: Moments) -> pd.DataFrame:
    """The components of a data set, see `ranked`."""
    return ranked(components(sums)._asdict())


def ranked(values: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """A row for each component, the largest contribution to kurtosis first; equal ones by number.

    Columns: place (from 1), component (from 0, as in h), and those of `values`.

    Parameters
    ----------
    values: of `Components`, by their names, float64 [d_H] each.
    """
    table = pd.DataFrame(values).rename_axis("component").reset_index()
    table = table.sort_values("kurtosis", ascending=False, kind="stable", ignore_index=True)
    table.insert(0, "place", np.arange(1, len(table) + 1))
    return table


def overlap(first: Sequence[int], second: Sequence[int]) -> float:
    """Share of one list of components that is in another as long, in [0, 1]."""
    return len({*first} & {*second}) / len(first)
