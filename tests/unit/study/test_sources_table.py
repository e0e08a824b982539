"""sources.tsv is checked row by row and as a whole."""

import pytest

from workflow_scripts.study.checks import check_sources
from workflow_scripts.study.schemas import schema
from workflow_scripts.study.tables import checked_table

HEADER = list(schema("sources")["required"])
GOOD = {
    "source": "imagenet-r",
    "file": "imagenet-r.tar",
    "urls": "https://a.org/~b/imagenet-r.tar http://c.org/x?id=1&confirm=t",
    "bytes": "2191079936",
    "digest": "sha256:" + "0a" * 32,
    "digest_origin": "a catalogue",
    "terms": "MIT",
    "obtain": "",
}


def table(tmp_path, *rows):
    path = tmp_path / "sources.tsv"
    lines = ["\t".join(HEADER)]
    lines += ["\t".join((GOOD | row)[name] for name in HEADER) for row in rows]
    path.write_text("\n".join(lines))
    read = checked_table(path, "sources.tsv", "sources")
    check_sources(read)
    return read


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"bytes": ""},
        {"digest": "md5:" + "0a" * 16},
        {"digest": "12345678"},
        {"digest": "d86f8d99"},
        {"digest": "", "digest_origin": ""},
        {"urls": "", "obtain": "Register"},
    ],
)
def test_sound_rows(tmp_path, row):
    assert table(tmp_path, row).mistakes == []


@pytest.mark.parametrize(
    ("row", "column", "expected"),
    [
        ({"file": "../x"}, "file", "name of a file without folders"),
        ({"file": "a/x"}, "file", "name of a file without folders"),
        ({"file": ".."}, "file", "name of a file without folders"),
        ({"file": "x.tar.sha256"}, "file", "not one of those that are kept beside it"),
        ({"file": "x.part.json"}, "file", "not one of those that are kept beside it"),
        ({"urls": "file:///etc/passwd"}, "urls", "http:// or https://"),
        ({"urls": "https://a.org/x, ftp://b.org/x"}, "urls", "http:// or https://"),
        ({"urls": "https:///x"}, "urls", "http:// or https://"),
        ({"urls": ""}, "obtain", "what a person has to do, since urls is empty"),
        ({"bytes": "0"}, "bytes", "1 or more"),
        ({"bytes": "2 GB"}, "bytes", "a whole number"),
        ({"digest": "0a" * 3}, "digest", "at least the first 8 digits"),
        ({"digest": "md5:" + "0a" * 15}, "digest", "32 hexadecimal digits"),
        ({"digest": "sha1:" + "0a" * 20}, "digest", "sha256"),
        ({"digest_origin": ""}, "digest_origin", "who states the digest"),
        ({"digest": ""}, "digest_origin", "nothing, since digest is empty"),
        ({"terms": ""}, "terms", "a licence or terms"),
    ],
)
def test_mistakes_name_row_and_column(tmp_path, row, column, expected):
    (line,) = table(tmp_path, row).mistakes
    assert line.startswith(f"sources.tsv, row 2 (imagenet-r), column {column}: found")
    assert expected in line


def test_two_sources_do_not_share_a_file(tmp_path):
    (line,) = table(tmp_path, {}, {"source": "b", "file": "ImageNet-R.tar"}).mistakes
    assert line == (
        "sources.tsv, row 3 (b), column file: found 'ImageNet-R.tar' as in row 2 (imagenet-r), "
        "expected a different file in each row"
    )
