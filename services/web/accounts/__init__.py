"""A person's account as a whole: everything of it out, or everything of it gone."""
