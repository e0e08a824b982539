"""The section `own` of the configuration from the variables of `make indicators`.

    python -m workflow_scripts.own.variables MODEL IMAGES

The arguments name the variables that were given, whose values are in the environment: so neither
make nor a shell takes a blank or a quote in a path for its own.
"""

import json
import os
import sys
from collections.abc import Iterable, Mapping
from typing import Any


def section(given: Iterable[str], environment: Mapping[str, str]) -> dict[str, Any]:
    """The keys of the section, by the variables that were given."""
    own: dict[str, Any] = {name.lower(): environment[name] for name in given}
    if (flag := own.get("skip_broken")) is not None:
        own["skip_broken"] = flag not in ("", "0", "false")
    return own


if __name__ == "__main__":
    print("own=" + json.dumps(section(sys.argv[1:], os.environ)))
