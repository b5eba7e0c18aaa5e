package io.millrace.learner.bench;

import io.millrace.learner.bench.reports.KnownReports;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The benchmarks behind {@code docs/benchmarks.md}. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    description = "Measures what Millrace claims. Each benchmark prints a table and writes JSON.",
    subcommands = {
      StepBench.class,
      PhasesBench.class,
      ScaleBench.class,
      EnginesBench.class,
      MemoryBench.class,
      IngestBench.class,
      PhotosBench.class,
      PipelineBench.class,
      DemoBench.class,
      MistakesBench.class,
      SearchBench.class,
      ServingBench.class,
      AuxiliaryBench.class,
      CurveBench.class,
      ReplayBench.class,
      WarmStartBench.class,
      MeteringBench.class,
      FuzzBench.class,
      GpuStep.class,
      ChaosBench.class,
      ChaosRecoveries.class,
      KnownReports.class
    })
public final class Bench {
  private Bench() {}

  /** Runs one benchmark. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Bench()).execute(arguments));
  }
}
