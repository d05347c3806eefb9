"""Messages that go out: what each kind says, and the carriers that take it to a phone.

Nothing here knows the database. `sender` does the jobs, with these.
"""
