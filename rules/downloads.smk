"""Stage `downloads`: the originals' archives and weights, complete and verified."""


rule download:
    """Download the file of a source and verify it, or verify the one that a person put there."""
    message:
        "Downloading {wildcards.file}"
    output:
        # Of the file itself Snakemake knows nothing: it would delete it before it is verified anew.
        digest=f"{RUN.downloads}/{{file}}.sha256",
    log:
        f"{RUN.logs}/downloads/download/{{file}}.log",
    benchmark:
        f"{RUN.logs}/downloads/download/{{file}}.benchmark.tsv"
    localrule: True
    wildcard_constraints:
        file=either(sources.by_file(RUN)),
    resources:
        mem_mb=200,
        runtime=1440,
    conda:
        ENVIRONMENT
    params:
        script="downloads/download",
        # No stamp: the code decides how a file comes here, not what is in it, and a job that runs
        # again takes all that is computed from its output with it.
        content=RUN.of_job(sources.version),
        # Nor does a change of these cause a rerun: params from functions of the output never do.
        request=lambda wildcards, output: sources.request(RUN, wildcards),
    script:
        SCRIPT
