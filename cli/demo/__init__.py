"""The demonstration: the platform's main job on real input, as partners would do it, through the public API alone."""
