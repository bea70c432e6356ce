"""The web process: database, users, chats, runs, retrieval, the index. Never imports llama_cpp."""
