package io.millrace.ingest.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.ingest.feed.FeedLog;
import io.millrace.ingest.feed.FeedSettings;
import io.millrace.ingest.feed.KafkaImageFeed;
import io.millrace.ingest.topology.TopicAdmin;
import io.millrace.ingest.topology.TopicSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** A topic of accepted images on a real broker, and feeds that read it. */
final class AcceptedTopic implements FeedLog {
  private final Map<String, Object> client;
  private final Admin admin;
  private final KafkaProducer<byte[], byte[]> producer;
  private final String name = "accepted-" + UUID.randomUUID();

  AcceptedTopic(String bootstrapServers, int partitions) {
    client = Map.of("bootstrap.servers", bootstrapServers);
    admin = Admin.create(client);
    producer = new KafkaProducer<>(client, new ByteArraySerializer(), new ByteArraySerializer());
    create(partitions);
  }

  void create(int partitions) {
    new TopicAdmin(admin, Duration.ofSeconds(30))
        .ensure(List.of(new TopicSpec(name, partitions, 1, Map.of(), "a test's accepted images")));
  }

  String name() {
    return name;
  }

  Admin admin() {
    return admin;
  }

  @Override
  public void append(int partition, String id, String content) {
    get(producer.send(record(partition, id, content.getBytes(UTF_8))));
  }

  @Override
  public void forget(int partition, String id) {
    get(producer.send(record(partition, id, null)));
  }

  @Override
  public void forgetAll(int partition, List<String> ids) {
    List<Future<?>> sent = new ArrayList<>();
    ids.forEach(id -> sent.add(producer.send(record(partition, id, null))));
    sent.forEach(AcceptedTopic::get);
  }

  ProducerRecord<byte[], byte[]> record(int partition, String id, byte @Nullable [] value) {
    return new ProducerRecord<>(name, partition, id.getBytes(UTF_8), value);
  }

  @Override
  public KafkaImageFeed open(int duplicateWindow) {
    return KafkaImageFeed.open(
        name,
        name + "-learner",
        client,
        new FeedSettings(
            duplicateWindow,
            1 << 20,
            1 << 20,
            1 << 20,
            500,
            Duration.ofMillis(100),
            Duration.ofSeconds(30)));
  }

  @Override
  public void close() {
    producer.close();
    admin.close();
  }

  static <T> T get(Future<T> future) {
    try {
      return future.get();
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }
}
