"""What decides whether a request may enter, and the threads that decode photos and run the model."""
