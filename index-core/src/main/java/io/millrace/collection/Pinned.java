package io.millrace.collection;

import io.millrace.index.PinnedCommit;
import io.millrace.model.CollectionConfig;

/// A commit that is held for copying, with the configuration of that moment. Who gets it closes the
/// commit.
record Pinned(PinnedCommit commit, CollectionConfig config) {}
