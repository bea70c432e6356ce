"""Turns files of the inbox into text and passages; owns no state of its own."""
