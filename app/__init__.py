"""The payment service: `python -m app PART`, one process a part; flat, one noun a file."""
