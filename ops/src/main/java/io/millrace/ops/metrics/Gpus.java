package io.millrace.ops.metrics;

import io.millrace.ingest.threads.DaemonThreads;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * NVIDIA GPUs by {@code nvidia-smi}, asked every ten seconds on a thread of its own. Where that
 * command is missing or does not answer there are no such meters.
 */
final class Gpus implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Gpus.class);
  private static final long EVERY_SECONDS = 10;
  private static final long PATIENCE_SECONDS = 10;
  private static final double MEBIBYTE = 1 << 20;

  /** Where readings go. */
  interface Gauges {
    void set(Meter meter, double value, String device);
  }

  private final String command;
  private final Gauges gauges;
  private final CountDownLatch closed = new CountDownLatch(1);

  private Gpus(String command, Gauges gauges) {
    this.command = command;
    this.gauges = gauges;
  }

  /** Starts asking; empty where nothing answers. */
  static Optional<Gpus> start(String command, Gauges gauges) {
    var gpus = new Gpus(command, gauges);
    if (!gpus.ask()) {
      return Optional.empty();
    }
    DaemonThreads.named("gpu-meters", gpus::run).start();
    return Optional.of(gpus);
  }

  private void run() {
    try {
      while (!closed.await(EVERY_SECONDS, TimeUnit.SECONDS)) {
        if (!ask()) {
          log.warn("{} does not answer any more: the GPU's meters stay as they are", command);
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean ask() {
    try {
      Process asked =
          new ProcessBuilder(
                  command,
                  "--query-gpu=index,utilization.gpu,memory.used,memory.total",
                  "--format=csv,noheader,nounits")
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      try {
        // A line for each GPU fits into the pipe; a sick driver may never answer.
        if (!asked.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS) || asked.exitValue() != 0) {
          return false;
        }
        List<String> lines =
            new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .toList();
        lines.forEach(this::take);
        return !lines.isEmpty();
      } finally {
        asked.destroyForcibly();
      }
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private void take(String line) {
    String[] fields = line.split(",");
    if (fields.length == 4) {
      String device = fields[0].strip();
      gauges.set(Meter.GPU_BUSY, number(fields[1]), device);
      gauges.set(Meter.GPU_MEMORY_USED, number(fields[2]) * MEBIBYTE, device);
      gauges.set(Meter.GPU_MEMORY, number(fields[3]) * MEBIBYTE, device);
    }
  }

  private static double number(String text) {
    try {
      return Double.parseDouble(text.strip());
    } catch (NumberFormatException e) {
      return Double.NaN; // "[N/A]"
    }
  }

  @Override
  public void close() {
    closed.countDown();
  }
}
