"""The digests of everything that is finished, compared on demand."""


rule verify_files:
    """Compare finished results and downloads with their recorded digests; names what differs."""
    message:
        "Comparing finished files with their recorded digests"
    log:
        f"{RUN.logs}/files/verify_files.log",
    localrule: True
    conda:
        ENVIRONMENT
    params:
        script="files/verify_files",
        folder=RUN.records,
        downloads=[str(RUN.downloads / file) for file in sources.by_file(RUN)],
    script:
        SCRIPT
