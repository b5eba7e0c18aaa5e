package io.millrace.serving.kafka;

import io.millrace.ingest.decode.DecodeOutcome;
import io.millrace.ingest.decode.RejectionReason;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decodes images while the network computes. Its queue is bounded by who submits: an embedder holds
 * at most three batches.
 */
final class DecodePool implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(DecodePool.class);

  private final Function<byte[], DecodeOutcome> decoder;
  private final int maxSide;
  private final ExecutorService threads;

  DecodePool(int threads, int maxSide, Function<byte[], DecodeOutcome> decoder) {
    this.decoder = decoder;
    this.maxSide = maxSide;
    var number = new AtomicInteger();
    this.threads =
        Executors.newFixedThreadPool(
            threads,
            task -> {
              Thread thread = new Thread(task, "serving-decode-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
  }

  Future<DecodeOutcome> submit(byte[] bytes) {
    return threads.submit(() -> decode(bytes));
  }

  private DecodeOutcome decode(byte[] bytes) {
    try {
      DecodeOutcome outcome = decoder.apply(bytes);
      return outcome instanceof DecodeOutcome.Decoded d
          ? new DecodeOutcome.Decoded(d.image().shrinkTo(maxSide))
          : outcome;
    } catch (RuntimeException e) {
      // One image that trips a decoder must not stop the stream: it is counted like a broken one.
      log.warn("decoding {} bytes failed", bytes.length, e);
      return new DecodeOutcome.Rejected(RejectionReason.CORRUPT, String.valueOf(e.getMessage()));
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
