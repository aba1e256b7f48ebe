"""Known signatures, for installations without a virus scanner: the test file that they all know."""

from portal.uploads.problems import FileRefused

# In two halves, so that a scanner does not take this file for one.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
SIGNATURES = (EICAR,)
INFECTED = "A virus was found in it."


def refuse_signature(found: set[bytes]) -> None:
    """Raises `FileRefused` for any of them."""
    if found & set(SIGNATURES):
        raise FileRefused(INFECTED)
