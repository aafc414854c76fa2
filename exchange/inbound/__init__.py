"""The way in for e-mail: replies to what the exchange mailed, as messages of the conversation."""
