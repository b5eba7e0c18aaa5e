package io.millrace.ingest.it;

import static org.awaitility.Awaitility.await;

import io.millrace.ingest.broker.EmbeddedBroker;
import io.millrace.ingest.stream.Topics;
import io.millrace.ingest.topology.TopicAdmin;
import io.millrace.ingest.topology.TopicCatalog;
import io.millrace.ingest.topology.TopicSettings;
import io.millrace.testing.TopicContent;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** All topics, and somebody who writes to them. */
public class ImageTopics implements AutoCloseable {
  /** For a broker that starts anew on a busy machine. */
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private static final AtomicInteger NUMBER = new AtomicInteger();

  public final Topics topics;
  public final Map<String, Object> client;
  public final Admin admin;
  private final KafkaProducer<byte[], byte[]> producer;

  /** Topics of their own on a broker that others may use too. */
  public ImageTopics(EmbeddedBroker broker) {
    this(broker, new Topics("it" + NUMBER.incrementAndGet() + "."));
  }

  public ImageTopics(EmbeddedBroker broker, Topics topics) {
    this.topics = topics;
    client = Map.of("bootstrap.servers", broker.bootstrapServers());
    admin = Admin.create(client);
    ensure();
    Map<String, Object> config = new HashMap<>(client);
    config.put("transactional.id", topics.prefix() + "writer");
    config.put("max.block.ms", PATIENCE.toMillis());
    config.put("delivery.timeout.ms", (int) PATIENCE.toMillis());
    producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    producer.initTransactions();
  }

  private void ensure() {
    new TopicAdmin(admin, Duration.ofSeconds(20))
        .ensure(TopicCatalog.of(topics, TopicSettings.defaults()));
  }

  /** Deletes a topic and makes it again, empty. */
  public void remake(String topic) throws ExecutionException, InterruptedException {
    admin.deleteTopics(List.of(topic)).all().get();
    await().atMost(PATIENCE).until(() -> !admin.listTopics().names().get().contains(topic));
    ensure();
  }

  // What others write.

  public static List<String> ids(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> "image@" + i).toList();
  }

  public void accept(Collection<String> ids) {
    transaction(ids, true);
  }

  /** Real images, by id. */
  public void accept(Map<String, byte[]> images) {
    producer.beginTransaction();
    images.forEach(
        (id, bytes) ->
            producer.send(new ProducerRecord<>(topics.imagesAccepted(), utf8(id), bytes)));
    producer.commitTransaction();
  }

  public void acceptThenAbort(Collection<String> ids) {
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

  public void acceptBroken(String id) {
    send(topics.imagesAccepted(), id, utf8("broken"));
  }

  public void forget(String id) {
    send(topics.imagesAccepted(), id, null);
  }

  protected void send(String topic, String key, byte @Nullable [] value) {
    producer.beginTransaction();
    producer.send(new ProducerRecord<>(topic, utf8(key), value));
    producer.commitTransaction();
  }

  // What is in the topics.

  /** Every committed record of a topic, oldest first within a partition. */
  public List<ConsumerRecord<byte[], byte[]>> records(String topic) {
    return TopicContent.records(client, topic);
  }

  /** The topic as compaction would leave it: what is not tombstoned. */
  public Map<String, ConsumerRecord<byte[], byte[]>> compacted(String topic) {
    return TopicContent.compacted(client, topic);
  }

  public static String key(ConsumerRecord<byte[], byte[]> record) {
    return TopicContent.key(record);
  }

  public static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    producer.close(Duration.ofSeconds(10)); // there may be no broker any more
    admin.close(Duration.ofSeconds(10));
  }
}
