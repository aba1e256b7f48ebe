"""Why a file is not taken."""


class FileRefused(Exception):
    """The message is a sentence for the person who sent the file; it does not name the file."""
