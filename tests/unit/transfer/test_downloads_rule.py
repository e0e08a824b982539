"""The rule `download` in Snakemake: planned without data, asked for once, not repeated."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests import warm
from tests.authentic.server import serving
from tests.unit.inputs.download_inputs import CONTENT
from workflow_scripts.study.schemas import schema

REPOSITORY = Path(__file__).resolve().parents[3]
SNAKEFILE = """
REPLICATE = 1
configfile: "config.yaml"
include: "rules/common.smk"
include: "rules/downloads.smk"

rule copy:
    input: digest=lambda wildcards: sources.digests(RUN, wildcards.source)
    output: "{source}.copy"
    params: content=lambda wildcards: sources.contents(RUN, wildcards.source)
    localrule: True
    shell: "digest={input.digest}; cp ${{digest%.sha256}} {output}"

rule both:
    input: sources.digests(RUN, "free; registered")
"""


class Run:
    """A Snakefile with the rules of downloads, a study with two sources, and their host."""

    def __init__(self, root, host):
        self.root, self.host = root, host
        for name in ("envs", "rules", "schemas", "workflow_scripts"):
            (root / name).symlink_to(REPOSITORY / name)
        shutil.copytree(REPOSITORY / "tests" / "studies" / "tiny", root / "studies" / "tiny")
        shutil.copy(REPOSITORY / "config.yaml", root)
        shutil.copytree(REPOSITORY / "profiles", root / "profiles")
        (root / "Snakefile").write_text(SNAKEFILE)
        self.content = b"an archive"
        (host.folder / "free.tar").write_bytes(self.content)
        self.rows = {
            "free": ["free.tar", f"{host.url}/free.tar", str(len(self.content)), self.digest, "me"],
            "registered": ["registered.tar", "", "", "", ""],
        }
        self.write()

    @property
    def digest(self):
        return f"md5:{hashlib.md5(self.content).hexdigest()}"

    def write(self, terms="free"):
        """Write sources.tsv."""
        lines = [list(schema("sources")["required"])]
        lines += [[name, *row, terms, "Register."] for name, row in self.rows.items()]
        text = "".join("\t".join(line) + "\n" for line in lines)
        (self.root / "studies" / "tiny" / "sources.tsv").write_text(text)

    def __call__(self, *arguments, fails=False, **configuration):
        """What Snakemake prints; it has to fail if and only if `fails`."""
        options = [f"{key}={value}" for key, value in configuration.items()]
        command = [warm.python(), "-m", "snakemake", "--cores", "1", *arguments]
        done = subprocess.run(
            [*command, "--config", "study=tiny", *options],
            cwd=self.root,
            env={**os.environ, "no_proxy": "127.0.0.1"},
            capture_output=True,
            text=True,
        )
        printed = done.stdout + done.stderr
        assert (done.returncode != 0) == fails and "Traceback" not in printed, printed
        return printed


@pytest.fixture
def run(tmp_path):
    for name in ("host", "root"):
        (tmp_path / name).mkdir()
    with serving(tmp_path / "host") as host:
        yield Run(tmp_path / "root", host)


def test_a_run_asks_once_for_what_its_own_jobs_need(run):
    downloads = run.root / "downloads"
    run("-n", "both", "free.copy")
    assert not run.host.requests and not downloads.exists()

    printed = run("both", fails=True, offline=True)
    assert "2 files are missing (offline is true in config.yaml)" in printed
    assert f"- free.tar (10 bytes): Register. Put it at {downloads}/free.tar." in printed
    assert "- registered.tar (size unknown): Register." in printed
    assert "rule download" not in printed

    assert "1 file is missing" in run("both", fails=True)
    assert not run.host.requests

    run("free.copy")
    assert (run.root / "free.copy").read_bytes() == run.content
    assert len(run.host.requests) == 1
    assert (
        "rule download is done"
        in (run.root / "logs/tiny/downloads/download/free.tar.log").read_text()
    )

    (downloads / "registered.tar").write_bytes(CONTENT)
    run("both", offline=True)
    assert (downloads / "registered.tar.sha256").exists()
    assert len(run.host.requests) == 1


def test_only_another_content_is_a_reason_to_download_again(run):
    run("free.copy")
    run.rows["free"][1] = "http://127.0.0.1:9/elsewhere"
    run.rows["free"][4] = "somebody else"
    run.write(terms="other terms")
    printed = run("-n", "free.copy", mirror="http://127.0.0.1:9", offline=True)
    assert "Nothing to be done" in printed

    size, run.content = len(run.content), run.content + b", another version"
    run.rows["free"][2:4] = "", run.digest
    run.write()
    assert "Params have changed" in run("-n", "free.copy")
    assert f"expected {run.digest.replace(':', ' ')}" in run("free.copy", fails=True)
    run.rows["free"][2] = str(len(run.content))
    run.write()
    assert f"found {size} bytes, expected {len(run.content)}" in run("free.copy", fails=True)
    (run.root / "downloads" / "free.tar").unlink()
    (run.host.folder / "free.tar").write_bytes(run.content)
    run("free.copy", mirror=run.host.url)
    assert (run.root / "free.copy").read_bytes() == run.content

    (run.root / "downloads" / "free.tar").unlink()
    assert "Nothing to be done" in run("free.copy")
    (run.root / "free.copy").unlink()
    assert "free.tar: is needed again, but was removed" in run("free.copy", fails=True)


def test_a_file_can_be_obtained_anew_without_what_was_computed_from_it(run):
    run("free.copy")
    for name in ("free.tar", "free.tar.sha256"):
        (run.root / "downloads" / name).unlink()
    run("downloads/free.tar.sha256")
    assert "Nothing to be done" in run("free.copy")
