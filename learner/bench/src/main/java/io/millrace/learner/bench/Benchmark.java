package io.millrace.learner.bench;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Option;

/** A command that measures something, prints a table and writes it as JSON. */
abstract class Benchmark implements Callable<Integer> {
  @Option(
      names = "--out",
      defaultValue = "learner/bench/results",
      description = "Folder for the JSON (default ${DEFAULT-VALUE}).")
  Path out;

  Benchmark() {
    this.out = Path.of("learner/bench/results");
  }

  abstract Result measure() throws Exception;

  @Override
  public Integer call() throws Exception {
    measure().report(out);
    return 0;
  }
}
