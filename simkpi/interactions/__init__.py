"""What happened: the log's schema, its files, and the adapters that read other systems' exports."""
