"""What runs the model. Only modules in here import llama_cpp."""
