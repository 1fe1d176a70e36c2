"""OpenDSR 2.0 (formerly OpenGDPR): what a controller and its processor say to each other, whichever of them we are."""
