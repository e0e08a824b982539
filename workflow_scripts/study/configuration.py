"""The configuration as it is meant, also where it was changed on the command line."""

from typing import Any

from workflow_scripts.study.schemas import KeyPath, part_at, types
from workflow_scripts.study.yaml_files import read_scalar


def as_meant(value: Any, path: KeyPath = ()) -> Any:
    """A part of the configuration, with texts read as YAML where no text is expected.

    What stands inside of a value on Snakemake's command line, as in 'bootstrap={resamples: 100}',
    comes as text, and so does null. A text that cannot be read as what is expected stays for the
    message.

    Parameters
    ----------
    value: the configuration, or what is in it at `path`
    path: the way there
    """
    if isinstance(value, dict):
        return {key: as_meant(each, (*path, key)) for key, each in value.items()}
    if isinstance(value, list):
        return [as_meant(each, (*path, index)) for index, each in enumerate(value)]
    expected = types(part_at("config", path))
    if not isinstance(value, str) or not expected:
        return value
    meant = read_scalar(value)
    return meant if "string" not in expected or (meant is None and "null" in expected) else value
