"""What crosses `run/model.sock`: frames (msgpack, length-prefixed), a sans-IO codec and the client."""
