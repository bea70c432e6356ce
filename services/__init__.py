"""Ondol: a private chat appliance."""
