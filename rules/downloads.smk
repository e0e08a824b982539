"""Stage `downloads`: the originals' archives and weights, complete and verified."""

from workflow_scripts.transfer.preflight import preflight

DOWNLOADS = Path(config["downloads"]).expanduser()
SOURCE_FILES = {row["file"]: row for row in STUDY.sources.values()}


def sources_of(cell):
    """Ids in a table's cell of sources, which are separated by ";"; none if it is empty."""
    return [source.strip() for source in (cell or "").split(";") if source.strip()]


def source_digest(source):
    """The small file that stands for a source's file, which lies beside it and is verified."""
    return f"{DOWNLOADS / STUDY.sources[source]['file']}.sha256"


def source_digests(cell):
    """What stands for the files of a table's cell."""
    return [source_digest(source) for source in sources_of(cell)]


def source_contents(cell):
    """What tells the files of a table's cell from other versions.

    It belongs to the settings of whatever reads the files: once a download has failed, Snakemake
    knows no more that it was due, but does know that its reader is.
    """
    return [content_of(STUDY.sources[source]) for source in sources_of(cell)]


def content_of(row):
    """What tells the content of a source's file from that of another version."""
    return row["digest"] or row["bytes"]


def check_downloads():
    """End the run with one message if files of this run's jobs are not to be had."""
    jobs = list(workflow.dag.needrun_jobs())
    wanted = {job.wildcards.file for job in jobs if job.rule.name == "download"}
    inputs = {str(path) for job in jobs for path in job.input}
    gone = [
        row
        for file, row in SOURCE_FILES.items()
        if file not in wanted
        and f"{DOWNLOADS / file}.sha256" in inputs
        and not (DOWNLOADS / file).exists()
    ]
    rows = [SOURCE_FILES[file] for file in sorted(wanted)]
    try:
        preflight(rows, DOWNLOADS, config["offline"], config["mirror"], gone)
    except InputError as error:
        raise WorkflowError(str(error)) from None


AT_START.append(check_downloads)


rule download:
    """Download the file of a source and verify it, or verify the one that a person put there."""
    message:
        "Downloading {wildcards.file}"
    output:
        # Of the file itself Snakemake knows nothing: it would delete it before it is verified anew.
        digest=f"{DOWNLOADS}/{{file}}.sha256",
    log:
        stage_log("downloads", "{file}"),
    benchmark:
        stage_benchmark("downloads", "{file}")
    localrule: True
    wildcard_constraints:
        file=one_of(SOURCE_FILES),
    threads: 1
    resources:
        mem_mb=200,
        runtime=1440,
    params:
        # No stamp: the code decides how a file comes here, not what is in it, and a job that runs
        # again takes all that is computed from its output with it.
        content=lambda wildcards: content_of(SOURCE_FILES[wildcards.file]),
        # Nor does a change of these cause a rerun: params from functions of the output never do.
        request=lambda wildcards, output: {
            "row": SOURCE_FILES[wildcards.file],
            "folder": str(DOWNLOADS),
            "mirror": config["mirror"],
            "offline": config["offline"],
        },
    script:
        "../workflow_scripts/downloads/download.py"
