// Nothing: the target this belongs to exists for its precompiled header.
