"""The database itself: connections, one writer, schema and migrations, codecs of stored values."""
