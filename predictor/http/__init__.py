"""HTTP: routes, request bodies, responses, and what goes on to KServe's own application."""
