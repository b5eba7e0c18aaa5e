package io.millrace.learner.release;

import io.millrace.ingest.stream.ReleasePointer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/** The topic {@code model.releases}: manifests under {@code model@version}, and the pointer. */
public final class KafkaReleaseLog implements ReleaseLog {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private final Map<String, Object> client;
  private final String topic;
  private final InstantSource clock;
  private @Nullable KafkaProducer<String, byte[]> producer;

  /**
   * @param client Kafka client settings: bootstrap servers, security
   * @param topic the releases' topic, compacted
   */
  public KafkaReleaseLog(Map<String, Object> client, String topic) {
    this(client, topic, InstantSource.system());
  }

  /** With another clock, which numbers promotions. */
  public KafkaReleaseLog(Map<String, Object> client, String topic, InstantSource clock) {
    this.client = Map.copyOf(client);
    this.topic = topic;
    this.clock = clock;
  }

  @Override
  public List<ReleaseManifest> releases(String model) {
    var found = new ArrayList<ReleaseManifest>();
    latest()
        .forEach(
            (key, value) -> {
              if (key.startsWith(model + "@") && !key.equals(ReleasePointer.key(model))) {
                found.add(parse(key, () -> ReleaseManifest.fromJson(value)));
              }
            });
    found.sort(Comparator.comparingLong(ReleaseManifest::version));
    return found;
  }

  @Override
  public Optional<ReleasePointer> pointer(String model) {
    byte[] value = latest().get(ReleasePointer.key(model));
    return value == null
        ? Optional.empty()
        : Optional.of(parse(ReleasePointer.key(model), () -> ReleasePointer.fromJson(value)));
  }

  @Override
  public void publish(ReleaseManifest manifest) {
    send(manifest.key(), manifest.toJson());
  }

  @Override
  public void serve(ReleasePointer pointer) {
    ReleasePointer last = pointer(pointer.model()).orElse(null);
    send(ReleasePointer.key(pointer.model()), pointer.numbered(last, clock.instant()).toJson());
  }

  private Map<String, byte[]> latest() {
    var latest = new HashMap<String, byte[]>();
    KafkaTopicReader.readAll(
        client,
        topic,
        TIMEOUT,
        (key, value) -> {
          if (value == null) {
            latest.remove(key);
          } else {
            latest.put(key, value);
          }
        });
    return latest;
  }

  private void send(String key, byte[] value) {
    if (producer == null) {
      var config = new HashMap<>(client);
      config.put(ProducerConfig.ACKS_CONFIG, "all");
      config.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
      config.remove(ProducerConfig.TRANSACTIONAL_ID_CONFIG);
      producer = new KafkaProducer<>(config, new StringSerializer(), new ByteArraySerializer());
    }
    try {
      producer.send(new ProducerRecord<>(topic, key, value)).get();
    } catch (ExecutionException e) {
      throw new KafkaException("could not publish " + key + " to " + topic, e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KafkaException("interrupted while publishing " + key + " to " + topic, e);
    }
  }

  private interface Parse<T> {
    T get() throws IOException;
  }

  private <T> T parse(String key, Parse<T> parse) {
    try {
      return parse.get();
    } catch (IOException e) {
      throw new UncheckedIOException("the record " + key + " in " + topic + " is unreadable", e);
    }
  }

  @Override
  public void close() {
    if (producer != null) {
      producer.close(Duration.ofSeconds(5));
    }
  }
}
