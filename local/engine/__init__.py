"""The real Pulumi engine, with a home of its own."""
