package io.millrace.serving.it;

import io.millrace.ingest.stream.Propagation;
import io.millrace.ingest.stream.Topics;
import io.millrace.serving.kafka.EmbeddingService;
import io.millrace.serving.kafka.ServingMetrics;
import io.millrace.testing.TestJvm;
import java.io.File;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/** The serving role as a process of its own, so that it can be killed. */
final class ServingProcess {
  private ServingProcess() {}

  /**
   * Starts it.
   *
   * @param instance its name among the serving processes
   */
  static Process start(ServingCluster cluster, String instance, File output) throws IOException {
    List<String> command = TestJvm.command(128);
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            ServingProcess.class.getName(),
            String.valueOf(cluster.client.get("bootstrap.servers")),
            cluster.topics.prefix(),
            instance));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(output))
        .start();
  }

  /** Serves until it is killed. */
  public static void main(String[] args) {
    new EmbeddingService(
            ServingCluster.settings(args[2], 1),
            ServingCluster.MODEL,
            new Topics(args[1]),
            Map.of("bootstrap.servers", args[0]),
            ServingCluster.loader(version -> slowly()),
            ServingCluster::decode,
            Propagation.defaults(),
            ServingMetrics.NONE,
            Clock.systemUTC())
        .run();
  }

  private static void slowly() {
    LockSupport.parkNanos(10_000_000);
  }
}
