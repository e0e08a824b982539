"""Joint tables keep the order of the pool and every cell as it is."""

import pytest

from workflow_scripts.files.tables import read_table
from workflow_scripts.job.errors import InputError
from workflow_scripts.measures.indicators.joint import main

HEADER = "model,dataset,accuracy\n"


def join(folder, texts, pool=("b", "a")):
    paths = [folder / f"{number}.csv" for number in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text)
    main(paths, folder / "joint.csv", pool=list(pool))
    return (folder / "joint.csv").read_text()


def test_rows_in_the_order_of_the_pool(tmp_path):
    first, second = "b,imagenet,0.10\nb,imagenet-a,\n", "a,imagenet,0.3333333333\n"
    assert join(tmp_path, [HEADER + first, HEADER + second]) == HEADER + first + second


@pytest.mark.parametrize(
    ("second", "message"),
    [
        ("model,accuracy\na,1\n", "1.csv: found the header 'model,accuracy', expected 'model,data"),
        ("", "1.csv: found the header ''"),
        (HEADER, "1.csv: found no rows"),
        (HEADER + "ab,imagenet,1\n", "found the row 'ab,imagenet,1', expected rows of 'a' only"),
    ],
)
def test_tables_that_do_not_fit(tmp_path, second, message):
    with pytest.raises(InputError, match=message):
        join(tmp_path, [HEADER + "b,imagenet,1\n", second])
    assert not (tmp_path / "joint.csv").exists()


def test_no_models_give_a_table_that_readers_find_empty(tmp_path):
    assert join(tmp_path, [], pool=()) == "model\n"
    table = read_table(tmp_path / "joint.csv", ("model", "layer", "cka"))
    assert table.empty and list(table) == ["model", "layer", "cka"]
