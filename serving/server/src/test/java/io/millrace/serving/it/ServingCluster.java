package io.millrace.serving.it;

import io.millrace.ingest.broker.EmbeddedBroker;
import io.millrace.ingest.decode.DecodeOutcome;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.ingest.decode.RejectionReason;
import io.millrace.ingest.it.ImageTopics;
import io.millrace.ingest.stream.Propagation;
import io.millrace.ingest.stream.Topics;
import io.millrace.serving.embed.Embedder;
import io.millrace.serving.embed.EmbedderLoader;
import io.millrace.serving.embed.Embedding;
import io.millrace.serving.embed.ModelVersion;
import io.millrace.serving.kafka.EmbeddingService;
import io.millrace.serving.kafka.ServingMetrics;
import io.millrace.serving.kafka.ServingSettings;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** All topics, somebody who writes to them, and serving roles with a toy network. */
public final class ServingCluster extends ImageTopics {
  public static final String MODEL = "model";

  private final List<EmbeddingService> services = new ArrayList<>();
  private final List<CompletableFuture<Void>> runs = new ArrayList<>();

  /** Topics of their own on a broker that others may use too. */
  public ServingCluster(EmbeddedBroker broker) {
    super(broker);
  }

  public ServingCluster(EmbeddedBroker broker, Topics topics) {
    super(broker, topics);
  }

  public void release(long version) {
    announce(version);
    promote(version);
  }

  /** Its manifest alone. */
  void announce(long version) {
    send(topics.modelReleases(), MODEL + "@" + version, utf8("manifest of " + version));
  }

  public void promote(long version) {
    send(
        topics.modelReleases(),
        MODEL + "@serving",
        utf8("{\"model\":\"" + MODEL + "\",\"version\":" + version + "}"));
  }

  // The serving roles.

  public static ServingSettings settings(String instance, double refreshShare) {
    return new ServingSettings(
        16,
        Duration.ofMillis(20),
        2,
        refreshShare,
        2,
        instance,
        Duration.ofSeconds(10),
        Duration.ofMillis(10),
        Duration.ofMillis(200),
        false);
  }

  public EmbeddingService serve(String instance) {
    return serve(settings(instance, 1), ServingMetrics.NONE, version -> {});
  }

  /**
   * Starts a serving role.
   *
   * @param onBatch called with the version before each batch
   */
  public EmbeddingService serve(
      ServingSettings settings, ServingMetrics metrics, Consumer<ModelVersion> onBatch) {
    var service =
        new EmbeddingService(
            settings,
            MODEL,
            topics,
            client,
            loader(onBatch),
            ServingCluster::decode,
            Propagation.defaults(),
            metrics,
            Clock.systemUTC());
    services.add(service);
    var run = new CompletableFuture<Void>();
    Thread thread =
        new Thread(
            () -> {
              try {
                service.run();
                run.complete(null);
              } catch (Throwable e) {
                run.completeExceptionally(e);
              }
            },
            "serving-" + settings.instance());
    thread.start();
    runs.add(run);
    return service;
  }

  /** The outcome of the serving role that was started as number {@code index}. */
  public CompletableFuture<Void> run(int index) {
    return runs.get(index);
  }

  public void stop(EmbeddingService service) {
    service.close();
    runs.get(services.indexOf(service)).join();
  }

  /** A toy network for every release. */
  public static EmbedderLoader loader(Consumer<ModelVersion> onBatch) {
    return (version, manifest) -> new ToyEmbedder(version, onBatch);
  }

  /** Direction from the image's text, so that each image has its own; length 5. */
  public static float[] features(String text, ModelVersion version) {
    double angle = text.hashCode() + version.version();
    return new float[] {(float) (5 * Math.cos(angle)), (float) (5 * Math.sin(angle))};
  }

  public static DecodeOutcome decode(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.UTF_8);
    if (text.equals("broken")) {
      return new DecodeOutcome.Rejected(RejectionReason.CORRUPT, "as the test wants it");
    }
    int code = text.hashCode();
    byte[] rgb = new byte[6];
    for (int i = 0; i < 4; i++) {
      rgb[i] = (byte) (code >> (8 * i));
    }
    return new DecodeOutcome.Decoded(new PixelImage(2, 1, rgb));
  }

  private record ToyEmbedder(ModelVersion version, Consumer<ModelVersion> onBatch)
      implements Embedder {
    @Override
    public int dim() {
      return 2;
    }

    @Override
    public String preprocessingHash() {
      return "hash of " + version;
    }

    @Override
    public float[] input(PixelImage image) {
      int code = 0;
      for (int i = 0; i < 4; i++) {
        code |= (image.rgb()[i] & 0xFF) << (8 * i);
      }
      double angle = code + version.version();
      return new float[] {(float) (5 * Math.cos(angle)), (float) (5 * Math.sin(angle))};
    }

    @Override
    public List<@Nullable Embedding> embedInputs(List<float[]> inputs) {
      onBatch.accept(version);
      List<@Nullable Embedding> out = new ArrayList<>();
      inputs.forEach(features -> out.add(Embedding.of(features)));
      return out;
    }

    @Override
    public void close() {}
  }

  /** How many vectors were ever published under each key. */
  public Map<String, Long> vectorsByKey() {
    return records(topics.embeddings()).stream()
        .filter(r -> r.value() != null)
        .collect(Collectors.groupingBy(ImageTopics::key, Collectors.counting()));
  }

  @Override
  public void close() {
    services.forEach(EmbeddingService::close);
    runs.forEach(run -> run.handle((ok, failed) -> null).join());
    super.close();
  }
}
