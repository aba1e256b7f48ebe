"""What `manage.py` does before Django can run: packages, servers, processes.

Only the standard library is used here, because nothing is installed yet when this runs, and only
`manage.py` imports it.
"""
