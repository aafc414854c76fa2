"""The way out: inbox, e-mail, webhooks and live pages."""
