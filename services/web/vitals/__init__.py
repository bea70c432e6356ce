"""How the box is and was: samples of its load, and what happened to it."""
