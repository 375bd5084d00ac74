"""The messages of an event file, one file per `.proto` file of the same name in `proto/`."""
