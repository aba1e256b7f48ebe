"""What arrives from outside, from the first byte to the storage (F-178, F-228; 0019).

`receiving` streams into quarantine and counts; `checking` says what it is and refuses what is not
on the list; `scanning` asks the virus scanner; `storing` keeps it under a name of our own.
Nothing here knows clients or rows.
"""

from portal.uploads.problems import FileRefused
from portal.uploads.receiving import Upload, receives_files

__all__ = ["FileRefused", "Upload", "receives_files"]
