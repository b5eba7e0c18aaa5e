package io.millrace.learner.bench;

import io.millrace.ingest.image.ImageRecord;
import io.millrace.ingest.source.ImageRecords;
import io.millrace.ingest.stream.Propagation;
import io.millrace.learner.release.ReleaseReader;
import io.millrace.learner.tensor.Engine;
import io.millrace.serving.embed.ReleaseLoader;
import io.millrace.serving.kafka.EmbeddingService;
import io.millrace.serving.kafka.ServingMetrics;
import io.millrace.serving.kafka.ServingSettings;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/** A serving role, and what it published when. */
final class WatchedServing implements AutoCloseable {
  private record Published(ServingMetrics.Batch batch, long at) {}

  private final Stage stage;
  private final EmbeddingService service;
  private final Thread thread;
  private final List<Published> batches = new CopyOnWriteArrayList<>();

  /**
   * @param engine stays its maker's
   */
  WatchedServing(Stage stage, String model, Path releases, Engine engine) {
    this.stage = stage;
    ServingSettings d = ServingSettings.defaults();
    var settings =
        new ServingSettings(
            d.batch(),
            d.linger(),
            d.keepVersions(),
            1,
            d.decodeThreads(),
            d.instance(),
            d.transactionTimeout(),
            d.progressEvery(),
            d.retryDelay(),
            false);
    var metrics =
        new ServingMetrics() {
          @Override
          public void published(Batch batch) {
            batches.add(new Published(batch, System.nanoTime()));
          }
        };
    service =
        new EmbeddingService(
            settings,
            model,
            stage.topics,
            stage.clients(),
            ReleaseLoader.of(new ReleaseReader(releases), () -> engine),
            stage.decoder::decode,
            Propagation.defaults(),
            metrics,
            Clock.systemUTC());
    thread = new Thread(service::run, "serving");
    thread.start();
  }

  /** Waits until a version serves. */
  void awaitLive(long version) {
    await(() -> Long.valueOf(version).equals(service.status().liveVersion()));
  }

  /** Sends images that no version has seen; how many a second were embedded. */
  double embed(List<ImageRecord> images) {
    int from = batches.size();
    stage.send(images, stage.topics.imagesAccepted());
    await(
        () ->
            batches.subList(from, batches.size()).stream().mapToInt(b -> b.batch.embeddings()).sum()
                >= images.size());
    return rate(from, batch -> true);
  }

  /** Promotes a version and waits until it serves; how many a second its re-embedding embedded. */
  double refresh(long version, Rounds.Work promote) throws Exception {
    int from = batches.size();
    promote.run();
    awaitLive(version);
    return rate(from, batch -> batch.version() == version && batch.refresh());
  }

  /**
   * The same where no live images come, over all that the version embeds: its re-embedding may have
   * begun already, as the gate promotes by itself.
   */
  double refreshAlone(long version, int images, Rounds.Work promote) throws Exception {
    promote.run();
    await(
        () ->
            batches.stream()
                    .filter(b -> b.batch.version() == version)
                    .mapToInt(b -> b.batch.embeddings())
                    .sum()
                >= images);
    return rate(0, batch -> batch.version() == version);
  }

  /** Images a second from the end of the first batch to that of the last. */
  private double rate(int from, Predicate<ServingMetrics.Batch> which) {
    List<Published> some =
        batches.subList(from, batches.size()).stream()
            .filter(b -> b.batch.embeddings() > 0 && which.test(b.batch))
            .toList();
    int last = some.size() - 1;
    double images = some.stream().skip(1).mapToInt(b -> b.batch.embeddings()).sum();
    return images / ((some.get(last).at - some.get(0).at) / 1e9);
  }

  /**
   * Lets live images come while other work goes on.
   *
   * @param perSecond how many
   * @return milliseconds of each from its record to its first embedding, as a subscriber gets it
   */
  double[] delays(List<ImageRecord> images, double perSecond, Rounds.Work work) throws Exception {
    String prefix = "live-" + System.nanoTime() + "-";
    var sent = ConcurrentHashMap.<String>newKeySet();
    var seen = new ConcurrentHashMap<String, Double>();
    var done = new AtomicBoolean();
    try (var embeddings = subscriber()) {
      var sender = new Thread(() -> send(images, prefix, perSecond, sent, done), "live-images");
      var reader =
          new Thread(
              () -> {
                while (!done.get() || seen.size() < sent.size()) {
                  for (ConsumerRecord<String, byte[]> r : embeddings.poll(Duration.ofMillis(20))) {
                    String id = r.key().substring(0, r.key().lastIndexOf('@'));
                    if (id.startsWith(prefix)) {
                      seen.putIfAbsent(id, (double) System.currentTimeMillis() - r.timestamp());
                    }
                  }
                }
              },
              "subscriber");
      reader.start();
      sender.start();
      work.run();
      done.set(true);
      sender.join();
      reader.join();
    }
    return seen.values().stream().mapToDouble(d -> d).toArray();
  }

  private KafkaConsumer<String, byte[]> subscriber() {
    Map<String, Object> config = new HashMap<>(stage.clients());
    config.put("isolation.level", "read_committed");
    var consumer =
        new KafkaConsumer<>(config, new StringDeserializer(), new ByteArrayDeserializer());
    List<TopicPartition> all =
        consumer.partitionsFor(stage.topics.embeddings()).stream()
            .map(p -> new TopicPartition(p.topic(), p.partition()))
            .toList();
    consumer.assign(all);
    consumer.seekToEnd(all);
    all.forEach(consumer::position);
    return consumer;
  }

  private void send(
      List<ImageRecord> images,
      String prefix,
      double perSecond,
      Set<String> sent,
      AtomicBoolean done) {
    try (KafkaProducer<String, byte[]> producer = stage.producer()) {
      long next = System.nanoTime();
      for (int i = 0; !done.get(); i++) {
        ImageRecord image = Stage.named(images.get(i % images.size()), prefix + i);
        sent.add(image.id());
        producer.send(ImageRecords.of(image, stage.topics.imagesAccepted()));
        producer.flush();
        next += (long) (1e9 / perSecond);
        while (!done.get() && System.nanoTime() < next) {
          LockSupport.parkNanos(Math.min(5_000_000, Math.max(1, next - System.nanoTime())));
        }
      }
    }
  }

  private void await(BooleanSupplier until) {
    while (!until.getAsBoolean()) {
      if (!thread.isAlive()) {
        throw new IllegalStateException("the serving role ended");
      }
      LockSupport.parkNanos(10_000_000);
    }
  }

  @Override
  public void close() throws InterruptedException {
    service.close();
    thread.join();
  }
}
