"""The Kubernetes rules of the packs at admission: what preview refuses, the API server refuses.

Each rule that one object can answer is paired with an expression in CEL, and becomes a
ValidatingAdmissionPolicy of the rule's id with a binding that denies. `python -m
policies.admission` prints them all; a rule without an expression has its reason in
`policies.admission.absent`.
"""
