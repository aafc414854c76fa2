"""Conversation: what two companies write to each other about a request, a quote, an order or a delivery."""
