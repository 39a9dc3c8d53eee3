"""Kafka: its brokers, its topics, and what brings a topic to another region."""
