"""TFRecords: CRC-32C, framing and scanning, many records at once, the scalar's fast path."""
