"""An acquirer to pay against: it answers as a bank would, counts what it did, and misbehaves."""
