"""Files: the calls to the system, one event file, a run's files, all the runs of a writer."""
