package io.millrace.ops.node;

import io.millrace.ingest.source.ImageSource;
import io.millrace.ingest.source.LagProbe;
import io.millrace.ingest.source.PublishProgress;
import io.millrace.ingest.source.PublishReport;
import io.millrace.ingest.source.PublishTarget;
import io.millrace.ingest.source.Publisher;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.metrics.MeteredSource;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A publisher put together. */
final class PublishRole {
  private final MillraceConfig config;
  private final ImageSource source;
  private final LagProbe lag;
  private final MeteredSource metrics;
  private final Map<String, Object> clients;
  private final AtomicReference<@Nullable PublishProgress> progress = new AtomicReference<>();
  private final AtomicReference<@Nullable PublishReport> report = new AtomicReference<>();
  private final AtomicReference<@Nullable Publisher> running = new AtomicReference<>();
  private final AtomicBoolean stopAsked = new AtomicBoolean();

  PublishRole(
      MillraceConfig config,
      ImageSource source,
      LagProbe lag,
      MeteredSource metrics,
      Map<String, Object> clients) {
    this.config = config;
    this.source = source;
    this.lag = lag;
    this.metrics = metrics;
    this.clients = clients;
  }

  Role role() {
    return new Role("publisher", this::run, this::stop);
  }

  /** After the latest commit of this run; null before the first. */
  @Nullable PublishProgress progress() {
    return progress.get();
  }

  /** What the run did; null until it ended. */
  @Nullable PublishReport report() {
    return report.get();
  }

  private void stop() {
    stopAsked.set(true);
    Publisher p = running.get();
    if (p != null) {
      p.stop();
    }
  }

  private void run() throws InterruptedException {
    var topics = config.topicNames();
    try (Publisher publisher =
        Publisher.connect(
            source,
            new PublishTarget(topics.imagesRaw(), topics.publisherPositions()),
            config.publish(),
            clients,
            lag,
            metrics,
            progress::set)) {
      running.set(publisher);
      if (stopAsked.get()) {
        publisher.stop();
      }
      report.set(publisher.run());
    }
  }
}
