"""The server: KServe's V1 and V2 protocols around an exported model."""
