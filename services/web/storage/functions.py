"""SQL functions that triggers of ondol.db call. Every connection that writes there needs them.

Their names carry a number: a contentless index forgets a row only by the very words it was made of, so what a function
returns never changes.
"""

import sqlite3

import aiosqlite

from services.web.library.lexical import prepare

WORDS = "index_words_1"
"""index_words_1(text): the words of a text as the search of chats takes them."""


def install_functions(connection: sqlite3.Connection) -> None:
    connection.create_function(WORDS, 1, prepare, deterministic=True)


async def install_functions_async(connection: aiosqlite.Connection) -> None:
    await connection.create_function(WORDS, 1, prepare, deterministic=True)
