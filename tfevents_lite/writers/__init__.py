"""The writers: SummaryWriter, FileWriter, ScalarWriter and GlobalSummaryWriter."""
