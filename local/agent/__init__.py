"""The node agent: a node without a kubelet, that runs the platform's pods as processes.

It does for a pod what a kubelet does (volumes, tokens, probes, restarts, an orderly end), each pod
on a loopback address of its own, and leaves alone every pod whose program is not this project's.
"""
