"""Protobuf: the wire format, the scalar types, fields and messages. Knows no particular message."""
