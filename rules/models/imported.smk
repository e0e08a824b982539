"""Bundles of weights that others trained: of CLIPs, of networks with a head, of towers alone."""

pretrained = step(
    "models/pretrained", models.import_settings, ("model",), contents=models.weights_contents
)


rule pretrained:
    """Make a bundle of a CLIP that others trained: its image encoder and its text tower."""
    message:
        "Weights of model {wildcards.model}"
    input:
        unpack(pretrained.input(models.weights_file)),
    output:
        **ENCODER,
        **TEXT,
    log:
        pretrained.log,
    benchmark:
        pretrained.benchmark
    wildcard_constraints:
        model=either(models.imported_clips(RUN)),
    priority: 10
    resources:
        mem_mb=8000,
        runtime=240,
    conda:
        ENVIRONMENT
    params:
        **pretrained.params,
    script:
        SCRIPT


pretrained_classifier = step(
    "models/pretrained_classifier",
    models.classifier_settings,
    ("model",),
    contents=models.weights_contents,
)


rule pretrained_classifier:
    """Make a bundle of a finetuned or supervised network of others, with its own head."""
    message:
        "Weights of model {wildcards.model}"
    input:
        unpack(pretrained_classifier.input(models.weights_file)),
    output:
        **ENCODER,
        **HEAD,
    log:
        pretrained_classifier.log,
    benchmark:
        pretrained_classifier.benchmark
    wildcard_constraints:
        model=either(models.imported_classifiers(RUN)),
    priority: 10
    resources:
        mem_mb=8000,
        runtime=240,
    conda:
        ENVIRONMENT
    params:
        **pretrained_classifier.params,
    script:
        SCRIPT


image_tower = step(
    "models/image_tower", models.import_settings, ("model",), contents=models.weights_contents
)


rule image_tower:
    """Make a bundle of a network of others without a head: of its image tower alone."""
    message:
        "Weights of model {wildcards.model}"
    input:
        unpack(image_tower.input(models.weights_file)),
    output:
        **ENCODER,
    log:
        image_tower.log,
    benchmark:
        image_tower.benchmark
    wildcard_constraints:
        model=either(models.imported_towers(RUN)),
    priority: 10
    resources:
        mem_mb=8000,
        runtime=240,
    conda:
        ENVIRONMENT
    params:
        **image_tower.params,
    script:
        SCRIPT
