package io.millrace.ops.node;

import io.millrace.ingest.decode.ImageDecoder;
import io.millrace.ingest.stream.Propagation;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Engines;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.objects.Storage;
import io.millrace.serving.embed.ReleaseLoader;
import io.millrace.serving.kafka.EmbeddingService;
import io.millrace.serving.kafka.ServingMetrics;
import io.millrace.serving.kafka.ServingStatus;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The serving role put together: releases from their folder, an engine of its own, topics. */
final class ServingRole implements Role {
  private final MillraceConfig config;
  private final ImageDecoder decoder;
  private final Propagation propagation;
  private final ServingMetrics metrics;
  private final InstantSource clock;
  private final Map<String, Object> clients;
  private final Storage storage;
  private final AtomicReference<@Nullable EmbeddingService> service = new AtomicReference<>();
  private final AtomicBoolean stopAsked = new AtomicBoolean();

  ServingRole(
      MillraceConfig config,
      ImageDecoder decoder,
      Propagation propagation,
      ServingMetrics metrics,
      InstantSource clock,
      Map<String, Object> clients,
      Storage storage) {
    this.config = config;
    this.decoder = decoder;
    this.propagation = propagation;
    this.metrics = metrics;
    this.clock = clock;
    this.clients = clients;
    this.storage = storage;
  }

  @Override
  public String name() {
    return "serving";
  }

  /** What it does; null before it is put together. */
  @Nullable ServingStatus status() {
    EmbeddingService s = service.get();
    return s == null ? null : s.status();
  }

  @Override
  public void stop() {
    stopAsked.set(true);
    EmbeddingService s = service.get();
    if (s != null) {
      s.close();
    }
  }

  @Override
  public void run() {
    try (Engine engine = Engines.open(config.engine().name(), config.engine().options())) {
      var s =
          new EmbeddingService(
              config.serving(),
              config.learner().model(),
              config.topicNames(),
              clients,
              ReleaseLoader.of(storage.reader(), () -> engine, config.serving().targets()),
              decoder::decode,
              propagation,
              metrics,
              clock);
      service.set(s);
      if (stopAsked.get()) {
        s.close();
      }
      s.run();
    }
  }
}
