package io.millrace.serving.kafka;

import io.millrace.ingest.decode.DecodeOutcome;
import io.millrace.ingest.decode.RejectionReason;
import io.millrace.ingest.threads.DaemonThreads;
import io.millrace.serving.embed.Embedder;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decodes images to network inputs while the network computes. Its queue is bounded by who submits:
 * an embedder holds at most three batches.
 */
final class DecodePool implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(DecodePool.class);

  private final Function<byte[], DecodeOutcome> decoder;
  private final ExecutorService threads;

  DecodePool(int threads, Function<byte[], DecodeOutcome> decoder) {
    this.decoder = decoder;
    this.threads = Executors.newFixedThreadPool(threads, DaemonThreads.numbered("serving-decode-"));
  }

  /**
   * A network's input, or why there is none.
   *
   * @param values null where rejected
   * @param rejected null where not
   */
  record Input(float @Nullable [] values, DecodeOutcome.@Nullable Rejected rejected) {}

  Future<Input> submit(byte[] bytes, Embedder embedder) {
    return threads.submit(() -> input(bytes, embedder));
  }

  private Input input(byte[] bytes, Embedder embedder) {
    try {
      DecodeOutcome outcome = decoder.apply(bytes);
      return outcome instanceof DecodeOutcome.Decoded d
          ? new Input(embedder.input(d.image()), null)
          : new Input(null, (DecodeOutcome.Rejected) outcome);
    } catch (RuntimeException e) {
      // One image that trips a decoder must not stop the stream: it is counted like a broken one.
      log.warn("decoding {} bytes failed", bytes.length, e);
      return new Input(
          null,
          new DecodeOutcome.Rejected(RejectionReason.CORRUPT, String.valueOf(e.getMessage())));
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
