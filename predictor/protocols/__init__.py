"""The wire formats: each reads the photos out of a request, and writes the response from an answer."""
