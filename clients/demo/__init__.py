"""The demo world of F-238: two firms, their people and clients, the same at every load."""
