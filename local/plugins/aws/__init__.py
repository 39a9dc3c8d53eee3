"""The stand-in for AWS: it refuses what the SDK's types refuse, and says what AWS would compute.

Three types act for real: a topic on the region's Kafka, a connector on its Connect worker, and an
endpoint group in the accelerator.
"""
