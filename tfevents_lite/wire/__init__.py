"""Protobuf: the wire format, the scalar types and messages. Knows no particular message."""
