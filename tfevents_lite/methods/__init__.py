"""The methods of SummaryWriter, one file for each group of kinds: thin ones over `summary`."""
