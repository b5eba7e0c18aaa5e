package io.millrace.serving.it;

import io.millrace.ingest.broker.EmbeddedBroker;
import io.millrace.ingest.decode.DecodeOutcome;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.ingest.decode.RejectionReason;
import io.millrace.ingest.stream.Topics;
import io.millrace.ingest.topology.TopicAdmin;
import io.millrace.ingest.topology.TopicCatalogue;
import io.millrace.ingest.topology.TopicSettings;
import io.millrace.serving.embed.Embedder;
import io.millrace.serving.embed.EmbedderLoader;
import io.millrace.serving.embed.Embedding;
import io.millrace.serving.embed.ModelVersion;
import io.millrace.serving.kafka.EmbeddingService;
import io.millrace.serving.kafka.ServingMetrics;
import io.millrace.serving.kafka.ServingSettings;
import io.millrace.testing.TopicContent;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** All topics, somebody who writes to them, and serving roles with a toy network. */
final class ServingCluster implements AutoCloseable {
  static final String MODEL = "model";

  private static final AtomicInteger NUMBER = new AtomicInteger();

  final Topics topics;
  final Map<String, Object> client;
  final Admin admin;
  private final KafkaProducer<byte[], byte[]> producer;
  private final List<EmbeddingService> services = new ArrayList<>();
  private final List<CompletableFuture<Void>> runs = new ArrayList<>();

  /** Topics of their own on a broker that others may use too. */
  ServingCluster(EmbeddedBroker broker) {
    this(broker, new Topics("it" + NUMBER.incrementAndGet() + "."));
  }

  ServingCluster(EmbeddedBroker broker, Topics topics) {
    this.topics = topics;
    client = Map.of("bootstrap.servers", broker.bootstrapServers());
    admin = Admin.create(client);
    new TopicAdmin(admin, Duration.ofSeconds(20))
        .ensure(TopicCatalogue.of(topics, TopicSettings.defaults()));
    Map<String, Object> config = new HashMap<>(client);
    config.put("transactional.id", topics.prefix() + "writer");
    producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    producer.initTransactions();
  }

  // What others write.

  static List<String> ids(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> "image@" + i).toList();
  }

  void accept(Collection<String> ids) {
    transaction(ids, true);
  }

  /** Real images, by id. */
  void accept(Map<String, byte[]> images) {
    producer.beginTransaction();
    images.forEach(
        (id, bytes) ->
            producer.send(new ProducerRecord<>(topics.imagesAccepted(), utf8(id), bytes)));
    producer.commitTransaction();
  }

  void acceptThenAbort(Collection<String> ids) {
    transaction(ids, false);
  }

  private void transaction(Collection<String> ids, boolean commit) {
    producer.beginTransaction();
    for (String id : ids) {
      producer.send(
          new ProducerRecord<>(topics.imagesAccepted(), utf8(id), utf8("pixels of " + id)));
    }
    if (commit) {
      producer.commitTransaction();
    } else {
      producer.flush();
      producer.abortTransaction();
    }
  }

  void acceptBroken(String id) {
    send(topics.imagesAccepted(), id, utf8("broken"));
  }

  void forget(String id) {
    send(topics.imagesAccepted(), id, null);
  }

  void release(long version) {
    send(topics.modelReleases(), MODEL + "@" + version, utf8("manifest of " + version));
    promote(version);
  }

  void promote(long version) {
    send(
        topics.modelReleases(),
        MODEL + "@serving",
        utf8("{\"model\":\"" + MODEL + "\",\"version\":" + version + "}"));
  }

  private void send(String topic, String key, byte @Nullable [] value) {
    producer.beginTransaction();
    producer.send(new ProducerRecord<>(topic, utf8(key), value));
    producer.commitTransaction();
  }

  // The serving roles.

  static ServingSettings settings(String instance, double refreshShare) {
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

  EmbeddingService serve(String instance) {
    return serve(settings(instance, 1), ServingMetrics.NONE, version -> {});
  }

  /**
   * Starts a serving role.
   *
   * @param onBatch called with the version before each batch
   */
  EmbeddingService serve(
      ServingSettings settings, ServingMetrics metrics, Consumer<ModelVersion> onBatch) {
    var service =
        new EmbeddingService(
            settings,
            MODEL,
            topics,
            client,
            loader(onBatch),
            ServingCluster::decode,
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
  CompletableFuture<Void> run(int index) {
    return runs.get(index);
  }

  void stop(EmbeddingService service) {
    service.close();
    runs.get(services.indexOf(service)).join();
  }

  /** A toy network for every release. */
  static EmbedderLoader loader(Consumer<ModelVersion> onBatch) {
    return (version, manifest) -> new ToyEmbedder(version, onBatch);
  }

  /** Direction from the image's text, so that each image has its own; length 5. */
  static float[] features(String text, ModelVersion version) {
    double angle = text.hashCode() + version.version();
    return new float[] {(float) (5 * Math.cos(angle)), (float) (5 * Math.sin(angle))};
  }

  static DecodeOutcome decode(byte[] bytes) {
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

  // What is in the topics.

  /** Every committed record of a topic, oldest first within a partition. */
  List<ConsumerRecord<byte[], byte[]>> records(String topic) {
    return TopicContent.records(client, topic);
  }

  /** How many vectors were ever published under each key. */
  Map<String, Long> vectorsByKey() {
    return records(topics.embeddings()).stream()
        .filter(r -> r.value() != null)
        .collect(Collectors.groupingBy(ServingCluster::key, Collectors.counting()));
  }

  /** The topic as compaction would leave it: what is not tombstoned. */
  Map<String, ConsumerRecord<byte[], byte[]>> compacted(String topic) {
    return TopicContent.compacted(client, topic);
  }

  static String key(ConsumerRecord<byte[], byte[]> record) {
    return TopicContent.key(record);
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    services.forEach(EmbeddingService::close);
    runs.forEach(run -> run.handle((ok, failed) -> null).join());
    producer.close();
    admin.close();
  }
}
