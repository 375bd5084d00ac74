"""What pytest leaves alone: programs that only MicroPython can run."""

collect_ignore = ["board_power.py"]
