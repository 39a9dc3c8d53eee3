"""The whole platform on one machine: real servers behind the program's own resources.

`python -m local up` starts two regions' servers, runs the unmodified Pulumi program against
them with the real engine, and takes a payment in each. Nothing here is read by `infra/`.
"""
