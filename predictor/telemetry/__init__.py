"""What people and Prometheus can see of the server: metrics, request log, GET /stats."""
