package io.millrace.torture;

/// How much is done: with every change, nightly, before a release.
enum Tier {
  P,
  N,
  R
}
