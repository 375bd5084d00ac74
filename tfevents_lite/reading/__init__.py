"""Reading event files back: events, points, pictures; going on with a run, mending its files."""
