"""What users pass: arrays, tags, numbers, steps, times and names. Imports no framework."""
