"""The harness: studies, units, the engine, the recorder, the store."""
