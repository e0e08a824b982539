"""Stage `datasets`: archives as the originals have them, image stores, concepts, contact sheets."""

SHEETS = datasets.sheets(RUN)
CONTACT_SHEETS = [RUN.dataset(dataset, "contact_sheet.png") for dataset in SHEETS]


for dataset, drawer in datasets.drawn_by(RUN).items():
    draw = step(f"datasets/{drawer}", datasets.drawing_settings(RUN, dataset), label=dataset)

    rule:
        """Draw a data set of the miniature as an archive in the layout of the original."""
        name:
            f"draw_{dataset}"
        message:
            f"Drawing data set {dataset}"
        input:
            unpack(draw.input(**datasets.drawing_files(RUN, dataset))),
        output:
            **datasets.drawn_files(RUN, dataset),
        log:
            draw.log,
        benchmark:
            draw.benchmark
        resources:
            mem_mb=1500,
        conda:
            ENVIRONMENT
        params:
            **draw.params,
        script:
            SCRIPT


image_store = step(
    "datasets/image_store",
    datasets.store_settings,
    each=("dataset", "view"),
    contents=datasets.archive_contents,
)


rule image_store:
    """Decode a data set's images once, in the view that the models share."""
    message:
        "Decoding data set {wildcards.dataset} in view {wildcards.view}"
    input:
        unpack(image_store.input(datasets.archive_files)),
    output:
        store=RUN.dataset("{dataset}", "{view}.h5"),
        digest=RUN.dataset("{dataset}", "{view}.h5.sha256"),
    log:
        image_store.log,
    benchmark:
        image_store.benchmark
    threads: RUN.of_job(datasets.decoding_threads)
    resources:
        runtime=RUN.by_size(30, 600),
    conda:
        ENVIRONMENT
    params:
        **image_store.params,
    script:
        SCRIPT


training_index = step(
    "datasets/training_index",
    datasets.index_settings,
    each=("dataset",),
    contents=datasets.archive_contents,
)


rule training_index:
    """Find each training image in the archive, so that trainings read it from there at random."""
    message:
        "Indexing the archive of data set {wildcards.dataset}"
    input:
        unpack(training_index.input(datasets.archive_files)),
    output:
        index=RUN.dataset("{dataset}", "training_index.h5"),
        digest=RUN.dataset("{dataset}", "training_index.h5.sha256"),
    log:
        training_index.log,
    benchmark:
        training_index.benchmark
    wildcard_constraints:
        dataset=either(POOL.with_role("train")),
    resources:
        mem_mb=2000,
        runtime=240,
    conda:
        ENVIRONMENT
    params:
        **training_index.params,
    script:
        SCRIPT


for dataset in POOL.with_role("concepts"):
    reader = datasets.concept_reader(RUN, dataset)
    membership = step(**reader)

    rule:
        """Which image shows which concept; of Broden also how its counts compare with its own."""
        name:
            "_".join(filter(None, [reader["name"].removeprefix("datasets/"), reader["label"]]))
        message:
            f"Reading which image shows which concept of {dataset}"
        input:
            unpack(membership.input(datasets.concept_files(dataset))),
        output:
            **datasets.concept_outputs(RUN, dataset),
        log:
            membership.log,
        benchmark:
            membership.benchmark
        resources:
            mem_mb=2000,
            runtime=60,
        conda:
            ENVIRONMENT
        params:
            **membership.params,
        script:
            SCRIPT


contact_sheets = step("datasets/contact_sheets", datasets.sheet_settings(RUN))


rule contact_sheets:
    """A page of each data set's images, so that one can look at what the models see."""
    message:
        "Contact sheets of the data sets"
    input:
        unpack(contact_sheets.input(stores=[RUN.store(dataset) for dataset in SHEETS])),
    output:
        CONTACT_SHEETS,
    log:
        contact_sheets.log,
    benchmark:
        contact_sheets.benchmark
    conda:
        ENVIRONMENT
    params:
        **contact_sheets.params,
    script:
        SCRIPT
