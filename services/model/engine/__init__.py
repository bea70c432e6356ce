"""The engine: a Protocol, llama.cpp behind it, and a scripted twin for tests. Only this package imports llama_cpp."""

import os

# libgomp reads this once, when llama_cpp loads it. By default its threads spin at each barrier for about a millisecond;
# with other busy processes on the box a step then waits for a thread that has no core (measured on 2 busy cores:
# 834 ms a token instead of 84). After a short spin a waiting thread gives its core away; an idle box loses nothing.
os.environ.setdefault("GOMP_SPINCOUNT", "2500")
# A failed native assertion would otherwise start a debugger and keep the dead process for seconds.
os.environ.setdefault("GGML_NO_BACKTRACE", "1")
