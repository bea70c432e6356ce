"""Looks after the services from beside them: who is up but does not answer is killed, and so started anew."""
