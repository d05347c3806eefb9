"""Text messages that come in: read, matched with offices and services, answered.

`reading` knows nothing but the message and what time it is; `choosing` knows the offices' names;
`conversation` asks the commands and says what became of it.
"""
