package io.millrace.ops.config;

import io.millrace.ingest.decode.AcceptImages;
import io.millrace.ingest.decode.DecodeLimits;
import io.millrace.ingest.decode.ImageDecoder;
import io.millrace.ingest.feed.FeedSettings;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.source.PublishSettings;
import io.millrace.ingest.source.synthetic.SyntheticSettings;
import io.millrace.ingest.stream.Topics;
import io.millrace.ingest.topology.IngestSettings;
import io.millrace.ingest.topology.TopicCatalog;
import io.millrace.ingest.topology.TopicSettings;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.loop.LearnerSettings;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.registry.Methods;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.method.settings.ViewSizes;
import io.millrace.ops.dashboard.HttpConfig;
import io.millrace.ops.metrics.MetricsConfig;
import io.millrace.ops.tracing.TracingConfig;
import io.millrace.ops.tracking.MlflowConfig;
import io.millrace.serving.http.ApiSettings;
import io.millrace.serving.index.SearchSettings;
import io.millrace.serving.kafka.ServingSettings;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;

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
    @Doc("where meters go besides") MetricsConfig metrics,
    @Doc("where spans of images go") TracingConfig tracing,
    @Doc("where runs and releases are tracked") MlflowConfig mlflow,
    @Doc("object storage, for claims of s3://, releases and checkpoints") S3Config s3) {
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
    int input = model.preprocessing().shorterSide();
    int replaySide = learner.replay().maxSide();
    if (replaySide < input) {
      throw new IllegalArgumentException(
          "learner.replay.maxSide is "
              + replaySide
              + ": expected at least "
              + inputKey(model)
              + " ("
              + input
              + "), or every image is shrunk first and enlarged again");
    }
    if (ingest.maxSide() != 0 && ingest.maxSide() < input) {
      throw new IllegalArgumentException(
          "ingest.maxSide is "
              + ingest.maxSide()
              + ": expected 0, or at least "
              + inputKey(model)
              + " ("
              + input
              + "), or every image is shrunk first and enlarged again");
    }
    int shrunk = model.preprocessing().maxSide();
    if (shrunk != 0 && shrunk != replaySide) {
      throw new IllegalArgumentException(
          "model.preprocessing.maxSide is "
              + shrunk
              + ": expected 0, or learner.replay.maxSide ("
              + replaySide
              + "), or serving sees other pixels than the learner");
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
        MetricsConfig.defaults(),
        TracingConfig.defaults(),
        MlflowConfig.defaults(),
        S3Config.defaults());
  }

  /** Topic names under the configured prefix. */
  public Topics topicNames() {
    return new Topics(kafka.topicPrefix());
  }

  /** The configured method with its settings. */
  public Method newMethod() {
    return Methods.create(method, model, methods);
  }

  /** What becomes of an image before anybody but ingest sees it. */
  public AcceptImages acceptImages(ImageDecoder decoder) {
    return new AcceptImages(decoder, ingest.accept());
  }

  /**
   * What evaluation, serving and export do to an image: as the model says, after replay's limit.
   */
  public Preprocessing preprocessing() {
    return model.preprocessing().withMaxSide(learner.replay().maxSide());
  }

  /** {@link #doubts(Collection)} about the configured method. */
  public List<String> doubts() {
    return doubts(List.of(method));
  }

  /**
   * What is allowed and seldom meant about sizes, in sentences that name keys and values; empty for
   * nothing.
   *
   * @param learned names of the methods that are going to learn
   */
  public List<String> doubts(Collection<String> learned) {
    var out = new LinkedHashSet<String>();
    int side = learner.replay().maxSide();
    for (String name : learned) {
      out.addAll(ViewSizes.doubts(name, model, Objects.requireNonNull(methods.get(name)), side));
    }
    int input = model.preprocessing().shorterSide();
    if (input >= 64 && 3 * side < 4 * input) {
      out.add(
          "learner.replay.maxSide is %d and %s is %d: the shorter side of a 4:3 photograph is %d by then, and is enlarged"
              .formatted(side, inputKey(model), input, 3 * side / 4));
    }
    if (ingest.maxSide() != 0 && ingest.maxSide() < side) {
      out.add(
          "learner.replay.maxSide is %d and ingest.maxSide is %d: no new image is larger than that"
              .formatted(side, ingest.maxSide()));
    }
    return List.copyOf(out);
  }

  private static String inputKey(ModelSettings model) {
    return model.preprocessing().resize() > 0
        ? "model.preprocessing.resize"
        : "model.preprocessing.size";
  }

  public Path checkpointsDir() {
    return sharedDir().resolve("checkpoints");
  }

  public Path releasesDir() {
    return sharedDir().resolve("releases");
  }

  /** Where learners of one model meet. */
  public Path rendezvousDir() {
    return learner.group().rendezvous(checkpointsDir());
  }

  private Path sharedDir() {
    String shared = learner.group().sharedDir();
    return shared.isEmpty() ? dataDir : Path.of(shared);
  }

  /** The same on another cluster. */
  public MillraceConfig withKafka(KafkaConfig other) {
    return new MillraceConfig(
        dataDir, other, topics, decode, ingest, feed, engine, model, method, methods, learner,
        serving, search, api, publish, synthetic, http, metrics, tracing, mlflow, s3);
  }

  /** The same with other settings of the methods. */
  MillraceConfig withMethods(Map<String, Record> other) {
    return new MillraceConfig(
        dataDir, kafka, topics, decode, ingest, feed, engine, model, method, other, learner,
        serving, search, api, publish, synthetic, http, metrics, tracing, mlflow, s3);
  }

  /** The same in another folder. */
  public MillraceConfig withDataDir(Path other) {
    return new MillraceConfig(
        other, kafka, topics, decode, ingest, feed, engine, model, method, methods, learner,
        serving, search, api, publish, synthetic, http, metrics, tracing, mlflow, s3);
  }
}
