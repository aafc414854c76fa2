"""Deliveries: despatched by the seller, received and inspected by the buyer, and the remainder that is closed."""
