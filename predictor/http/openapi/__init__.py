"""The API as OpenAPI 3.1 describes it: what a client may send, and every answer that can come."""
