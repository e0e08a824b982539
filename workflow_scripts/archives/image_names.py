"""Which members of an archive are images."""

from workflow_scripts.archives.members import Archive

IMAGE_ENDINGS = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")


def image_names(archive: Archive) -> list[str]:
    """The members that are images, by their endings, in the archive's order."""
    return [name for name in archive.names() if name.lower().endswith(IMAGE_ENDINGS)]
