"""Policy packs for Pulumi: PCI DSS v4.0.1 and reliability, with an honest verdict for each rule.

`policies.rule` is what a rule is written with, `policies.pack` collects the rules and serves them
to the engine, `policies.report` turns one run into what people and tools read.
"""
