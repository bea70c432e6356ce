"""The engine: a Protocol, llama.cpp behind it, and a scripted twin for tests. Only this package imports llama_cpp."""

import os

# libgomp reads this once, when llama_cpp loads it. By default its threads spin at each barrier for about a millisecond;
# with another busy process on the box that makes a step five times slower (measured: 175 ms instead of 34). A short
# spin costs an idle box nothing and lets a waiting thread give its core away.
os.environ.setdefault("GOMP_SPINCOUNT", "10000")
# A failed native assertion would otherwise start a debugger and keep the dead process for seconds.
os.environ.setdefault("GGML_NO_BACKTRACE", "1")
