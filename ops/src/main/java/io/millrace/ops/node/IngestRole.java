package io.millrace.ops.node;

import io.millrace.ingest.decode.ImageDecoder;
import io.millrace.ingest.topology.IngestMetrics;
import io.millrace.ingest.topology.RunIngest;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.metrics.Meters;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The ingest topology put together. */
final class IngestRole implements Role {
  private final MillraceConfig config;
  private final ImageDecoder decoder;
  private final IngestMetrics metrics;
  private final Meters meters;
  private final CountDownLatch stopAsked = new CountDownLatch(1);
  private final AtomicReference<@Nullable RunIngest> running = new AtomicReference<>();

  IngestRole(MillraceConfig config, ImageDecoder decoder, IngestMetrics metrics, Meters meters) {
    this.config = config;
    this.decoder = decoder;
    this.metrics = metrics;
    this.meters = meters;
  }

  @Override
  public String name() {
    return "ingest";
  }

  /** Its state in Kafka Streams' words. */
  String state() {
    RunIngest r = running.get();
    return r == null ? "starting" : r.state().toString();
  }

  /** Whether it works or will. */
  boolean alive() {
    RunIngest r = running.get();
    return r != null && r.isAlive();
  }

  @Override
  public void run() throws InterruptedException {
    try (RunIngest ingest =
        RunIngest.start(
            config.topicNames(),
            config.ingest(),
            config.kafka().clients(),
            config.acceptImages(decoder)::accept,
            metrics)) {
      running.set(ingest);
      meters.bind(ingest.streams());
      while (!stopAsked.await(500, TimeUnit.MILLISECONDS)) {
        if (ingest.state().hasCompletedShutdown()) {
          throw new IllegalStateException(
              "ingest ended as " + ingest.state() + ": its threads died too often, see the log",
              ingest.newestFailure());
        }
      }
    }
  }

  @Override
  public void stop() {
    stopAsked.countDown();
  }
}
