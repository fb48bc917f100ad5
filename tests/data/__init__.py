"""Files the tests read, and the code that makes them: everything in them is invented."""
