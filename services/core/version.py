"""The version of Ondol, as it stands in pyproject.toml and in every backup."""

VERSION = "0.1.0"
