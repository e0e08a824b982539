"""YAML that would exhaust memory, stack or time is refused with a line about its file."""

import pytest

from workflow_scripts.study.yaml_files import read_yaml

LAUGHS = "a0: &a0 [x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (LAUGHS, "aliases of aliases of aliases"),
        ("a: &a [*a]", "values within values without end"),
        ("a: &a {b: *a}", "values within values without end"),
        ("a: " + "[" * 100_000, "values within values without end"),
        ("- " * 100_000 + "a", "values within values without end"),
        ("a: !!python/object/apply:os.getcwd []", "a fault in the YAML (could not determine a"),
    ],
    ids=["laughs", "itself", "itself, a mapping", "brackets", "dashes", "tag"],
)
def test_what_would_exhaust_the_process(tmp_path, text, found):
    mistakes = []
    (tmp_path / "study.yaml").write_text(text)
    assert read_yaml(tmp_path / "study.yaml", "study.yaml", mistakes) is None
    assert len(mistakes) == 1
    assert mistakes[0].startswith("study.yaml") and f": found {found}" in mistakes[0]


def test_aliases_and_what_is_merged_mean_what_they_mean(tmp_path):
    (tmp_path / "a.yaml").write_text("a: &a {b: 5e-3, c: [1]}\nd: {<<: *a, b: 2}\ne: [*a, *a]\n")
    mistakes = []
    found = read_yaml(tmp_path / "a.yaml", "a.yaml", mistakes)
    assert found["d"] == {"b": 2, "c": [1]} and found["e"] == [{"b": 0.005, "c": [1]}] * 2
    assert mistakes == []
