"""The shell: parse, call one library function, emit."""
