"""Chats on their way out of the house and into it: Ondol's own files, ChatGPT's and Open WebUI's exports."""
