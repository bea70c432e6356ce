"""Long trials, run by `make test-soak`: files here are named soak_….py, so that `make test` does not collect them."""
