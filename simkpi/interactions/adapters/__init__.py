"""One file a source: its columns mapped to ours."""
