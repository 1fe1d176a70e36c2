"""The plug-in room for clocks: one file a law, each found through the entry points `habeas.laws`."""
