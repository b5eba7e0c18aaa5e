package io.millrace.ops.node;

import io.millrace.ingest.decode.ImageDecoder;
import io.millrace.ingest.stream.ImageTracer;
import io.millrace.ingest.topology.IngestMetrics;
import io.millrace.ingest.topology.NewTopic;
import io.millrace.ingest.topology.OtherTopicException;
import io.millrace.ingest.topology.RunIngest;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.metrics.Meters;
import io.millrace.ops.objects.Storage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The ingest topology put together. */
final class IngestRole implements Role {
  private final MillraceConfig config;
  private final ImageDecoder decoder;
  private final ImageTracer tracer;
  private final IngestMetrics metrics;
  private final Meters meters;
  private final Storage storage;
  private final CountDownLatch stopAsked = new CountDownLatch(1);
  private final AtomicReference<@Nullable RunIngest> running = new AtomicReference<>();

  IngestRole(
      MillraceConfig config,
      ImageDecoder decoder,
      ImageTracer tracer,
      IngestMetrics metrics,
      Meters meters,
      Storage storage) {
    this.config = config;
    this.decoder = decoder;
    this.tracer = tracer;
    this.metrics = metrics;
    this.meters = meters;
    this.storage = storage;
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

  /** Whether it works or will; not where its threads die without progress. */
  boolean alive() {
    RunIngest r = running.get();
    return r != null && r.isAlive() && r.trouble().isEmpty();
  }

  /** Its state and what keeps it from getting on. */
  String detail() {
    RunIngest r = running.get();
    return r == null ? state() : r.trouble().map(t -> state() + ": " + t).orElse(state());
  }

  @Override
  public void run() throws InterruptedException {
    while (!ended()) {
      running.set(null);
    }
  }

  /** Runs it until it is asked to end; false where it is to begin again, on a topic made anew. */
  private boolean ended() throws InterruptedException {
    try (RunIngest ingest =
        RunIngest.start(
            config.topicNames(),
            config.ingest(),
            config.kafka().clients(),
            config.acceptImages(decoder)::accept,
            tracer,
            metrics,
            storage.objects())) {
      running.set(ingest);
      meters.bind(ingest.streams());
      while (!stopAsked.await(500, TimeUnit.MILLISECONDS)) {
        ingest.requireAlive();
      }
      return true;
    } catch (OtherTopicException e) {
      if (config.ingest().newTopic() == NewTopic.STOP) {
        throw e;
      }
      return false;
    }
  }

  @Override
  public void stop() {
    stopAsked.countDown();
  }
}
