"""Runs in object storage and on other machines: `s3://bucket/run`, and any URL that fsspec knows.

Events go to a folder of this machine first, the spool, exactly as those of a local run; files that
are complete are shipped, each once. The modules, in the order in which data pass:

- `spool`: the folder of this machine, and what a dead process left in it.
- `shipping`: when files are ended and sent; the package's only thread.
- `urls`: what fsspec is asked.
- `mirror`: the way back: the files at a URL, copied here to be read.

Imported only for URLs. Nothing here knows what an event holds.
"""
