"""Keys, the audit trail, detection, and all that keeps secrets and pods apart."""
