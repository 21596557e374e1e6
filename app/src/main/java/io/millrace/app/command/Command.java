package io.millrace.app.command;

import java.util.concurrent.Callable;

/// A subcommand of `millrace`: a class with picocli's `@Command`. Those of other jars are found by
/// [java.util.ServiceLoader]. The result is the exit code: 0 done, 1 failed, 2 wrong usage. A
/// [CommandFailure] ends it with a sentence.
public interface Command extends Callable<Integer> {}
