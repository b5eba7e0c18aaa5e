package io.millrace.ops.config;

import io.millrace.ingest.decode.DecodeLimits;
import io.millrace.ingest.feed.FeedSettings;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.source.PublishSettings;
import io.millrace.ingest.source.SyntheticSettings;
import io.millrace.ingest.stream.Topics;
import io.millrace.ingest.topology.IngestSettings;
import io.millrace.ingest.topology.TopicCatalog;
import io.millrace.ingest.topology.TopicSettings;
import io.millrace.learner.loop.LearnerSettings;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.registry.Methods;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.ops.dashboard.HttpConfig;
import io.millrace.ops.metrics.MetricsConfig;
import io.millrace.serving.http.ApiSettings;
import io.millrace.serving.index.SearchSettings;
import io.millrace.serving.kafka.ServingSettings;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Everything that can be configured. Each component is one key; {@code reference.yaml} documents
 * them all and a test keeps it complete.
 */
public record MillraceConfig(
    @Doc("folder of checkpoints, releases and, in the demo, the broker's log") Path dataDir,
    @Doc("the cluster") KafkaConfig kafka,
    @Doc("how topics are made") TopicSettings topics,
    @Doc("what an image may cost before it is refused") DecodeLimits decode,
    @Doc("how the ingest topology runs") IngestSettings ingest,
    @Doc("how the learner reads") FeedSettings feed,
    @Doc("where tensors live") EngineConfig engine,
    @Doc("the network") ModelSettings model,
    @Doc("the method that learns") String method,
    @Doc("settings by method") Map<String, Record> methods,
    @Doc("how the learner goes through the stream") LearnerSettings learner,
    @Doc("how embeddings are made") ServingSettings serving,
    @Doc("how embeddings are searched") SearchSettings search,
    @Doc("what the inference, search and release routes let in") ApiSettings api,
    @Doc("how a source is published") PublishSettings publish,
    @Doc("the synthetic stream") SyntheticSettings synthetic,
    @Doc("where the process answers") HttpConfig http,
    @Doc("where meters go besides") MetricsConfig metrics) {
  public MillraceConfig {
    methods = Map.copyOf(methods);
    if (!methods.containsKey(method)) {
      throw new IllegalArgumentException(
          "method is '" + method + "': expected one of " + Methods.names());
    }
    Methods.requireMix("model.mix", model.mix());
    int most = topics.maxMessageBytes() - TopicCatalog.HEADER_ROOM;
    if (decode.maxBytes() > most) {
      throw new IllegalArgumentException(
          "decode.maxBytes is "
              + decode.maxBytes()
              + ": expected at most topics.maxMessageBytes − "
              + TopicCatalog.HEADER_ROOM
              + " ("
              + most
              + ")");
    }
    int keep = learner.release().keep();
    if (keep > 0 && keep < serving.keepVersions()) {
      throw new IllegalArgumentException(
          "learner.release.keep is "
              + keep
              + ": expected 0 for all, or serving.keepVersions ("
              + serving.keepVersions()
              + ") or more");
    }
  }

  /** The defaults of every module. */
  public static MillraceConfig defaults() {
    var methods = new LinkedHashMap<String, Record>();
    Methods.names().forEach(name -> methods.put(name, Methods.defaults(name)));
    return new MillraceConfig(
        Path.of("millrace-data"),
        KafkaConfig.defaults(),
        TopicSettings.defaults(),
        DecodeLimits.defaults(),
        IngestSettings.defaults(),
        FeedSettings.defaults(),
        EngineConfig.defaults(),
        ModelSettings.defaults(),
        "byol",
        methods,
        LearnerSettings.defaults(),
        ServingSettings.defaults(),
        SearchSettings.defaults(),
        ApiSettings.defaults(),
        PublishSettings.defaults(),
        SyntheticSettings.defaults(),
        HttpConfig.defaults(),
        MetricsConfig.defaults());
  }

  /** Topic names under the configured prefix. */
  public Topics topicNames() {
    return new Topics(kafka.topicPrefix());
  }

  /** The configured method with its settings. */
  public Method newMethod() {
    return Methods.create(method, model, methods);
  }

  public Path checkpointsDir() {
    return dataDir.resolve("checkpoints");
  }

  public Path releasesDir() {
    return dataDir.resolve("releases");
  }

  /** The same on another cluster. */
  public MillraceConfig withKafka(KafkaConfig other) {
    return new MillraceConfig(
        dataDir, other, topics, decode, ingest, feed, engine, model, method, methods, learner,
        serving, search, api, publish, synthetic, http, metrics);
  }

  /** The same in another folder. */
  public MillraceConfig withDataDir(Path other) {
    return new MillraceConfig(
        other, kafka, topics, decode, ingest, feed, engine, model, method, methods, learner,
        serving, search, api, publish, synthetic, http, metrics);
  }
}
