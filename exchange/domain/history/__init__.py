"""What happened: the chain over all events, the timeline of an object, the feed of a company."""
