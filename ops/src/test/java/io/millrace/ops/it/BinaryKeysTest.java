package io.millrace.ops.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.ingest.broker.BrokerSettings;
import io.millrace.ingest.broker.EmbeddedBroker;
import io.millrace.ingest.decode.AcceptedImage;
import io.millrace.ingest.feed.FeedBatch;
import io.millrace.ingest.feed.FeedImage;
import io.millrace.ingest.feed.FeedSettings;
import io.millrace.ingest.feed.KafkaImageFeed;
import io.millrace.ingest.stream.ImageId;
import io.millrace.ingest.topology.IngestMetrics;
import io.millrace.ingest.topology.IngestSettings;
import io.millrace.ingest.topology.RunIngest;
import io.millrace.serving.client.EmbeddingReader;
import io.millrace.serving.client.ForgetImages;
import io.millrace.serving.http.ApiSettings;
import io.millrace.serving.index.SearchSettings;
import io.millrace.serving.it.ServingCluster;
import io.millrace.serving.kafka.SearchService;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Keys that are no text, from {@code images.raw} to {@code /search}, and back by forgetting: none
 * becomes another's id on the way, and the tombstone reaches the record it means.
 */
class BinaryKeysTest {
  private static final Duration SOON = Duration.ofSeconds(90);

  @TempDir Path dir;

  /** Longs, UUIDs, Latin-1, framed Avro, random bytes, text, and text that looks escaped. */
  private static Map<String, byte[]> keys() {
    Map<String, byte[]> keys = new HashMap<>();
    Random random = new Random(3);
    for (int i = 0; i < 16; i++) {
      byte[] bytes = new byte[1 + random.nextInt(40)];
      random.nextBytes(bytes);
      for (byte[] key :
          List.of(
              ByteBuffer.allocate(8).putLong(i).array(),
              ByteBuffer.allocate(8).putLong(-1 - i).array(),
              ByteBuffer.allocate(16).putLong(random.nextLong()).putLong(i).array(),
              ByteBuffer.allocate(9).put((byte) 0).putInt(7).putInt(i).array(),
              ("Bär@" + i).getBytes(StandardCharsets.ISO_8859_1),
              ("Bär@" + i).getBytes(StandardCharsets.UTF_8),
              ("bytes:AAA" + i).getBytes(StandardCharsets.UTF_8),
              bytes)) {
        keys.put(ImageId.decode(key), key);
      }
    }
    return keys;
  }

  @Test
  void everyKeyIsItsOwnImageAndIsForgottenByItsId() throws Exception {
    Map<String, byte[]> keys = keys();
    assertThat(keys).hasSize(8 * 16);
    try (var broker = EmbeddedBroker.start(BrokerSettings.defaults(dir.resolve("broker")));
        var cluster = new ServingCluster(broker);
        var producer = producer(cluster)) {
      RunIngest ingest =
          RunIngest.start(
              cluster.topics,
              IngestSettings.defaults(),
              cluster.client,
              bytes -> AcceptedImage.asIs(bytes, ServingCluster.decode(bytes)),
              IngestMetrics.NONE);
      var search =
          new SearchService(
              SearchSettings.defaults(),
              dir.resolve("search"),
              ServingCluster.MODEL,
              cluster.topics,
              cluster.client,
              Clock.systemUTC());
      Thread searching = new Thread(search::run, "search");
      searching.start();
      try (ingest;
          search;
          var http = new ServingHttp(dir, ApiSettings.defaults(), search::index);
          var forget = new ForgetImages(cluster.client, cluster.topics.imagesRaw())) {
        for (Map.Entry<String, byte[]> key : keys.entrySet()) {
          byte[] pixels = ("pixels of " + key.getKey()).getBytes(StandardCharsets.UTF_8);
          producer.send(new ProducerRecord<>(cluster.topics.imagesRaw(), key.getValue(), pixels));
        }
        producer.flush();
        cluster.release(1);
        cluster.serve("one");
        await().atMost(SOON).until(() -> search.status().images() == keys.size());

        assertThat(fed(cluster, keys.size())).isEqualTo(keys.keySet());
        try (var reader =
            new EmbeddingReader(cluster.client, cluster.topics, ServingCluster.MODEL)) {
          assertThat(reader.readAll(1).keySet()).isEqualTo(keys.keySet());
        }
        for (String id : keys.keySet()) {
          assertThat(nearest(http, id)).as(id).isEqualTo(200);
        }

        Set<String> gone = new HashSet<>();
        int i = 0;
        for (String id : keys.keySet()) {
          if (i++ % 2 == 0) {
            forget.forget(id);
            gone.add(id);
          }
        }
        int left = keys.size() - gone.size();
        await().atMost(SOON).until(() -> search.status().images() == left);
        for (String id : keys.keySet()) {
          assertThat(nearest(http, id)).as(id).isEqualTo(gone.contains(id) ? 404 : 200);
        }
        Set<String> accepted = new HashSet<>();
        for (ConsumerRecord<byte[], byte[]> r : cluster.records(cluster.topics.imagesAccepted())) {
          assertThat(r.key()).isEqualTo(keys.get(ImageId.decode(r.key())));
          if (r.value() == null) {
            accepted.remove(ImageId.decode(r.key()));
          } else {
            accepted.add(ImageId.decode(r.key()));
          }
        }
        Set<String> remaining = new HashSet<>(keys.keySet());
        remaining.removeAll(gone);
        assertThat(accepted).isEqualTo(remaining);
        assertThat(cluster.compacted(cluster.topics.embeddings())).hasSize(left);
      }
      searching.join();
    }
  }

  private static int nearest(ServingHttp http, String id) throws Exception {
    byte[] body = ServingHttp.JSON.writeValueAsBytes(Map.of("id", id, "k", 1));
    return http.post("/search", body).statusCode();
  }

  private static Set<String> fed(ServingCluster cluster, int images) {
    Set<String> ids = new HashSet<>();
    try (var feed =
        KafkaImageFeed.open(
            cluster.topics.imagesAccepted(), "test", cluster.client, FeedSettings.defaults())) {
      while (ids.size() < images) {
        FeedBatch batch = feed.next(images, Duration.ofSeconds(5));
        assertThat(batch).isNotNull();
        batch.images().stream().map(FeedImage::id).forEach(ids::add);
      }
    }
    return ids;
  }

  private static KafkaProducer<byte[], byte[]> producer(ServingCluster cluster) {
    return new KafkaProducer<>(
        Map.of("bootstrap.servers", cluster.client.get("bootstrap.servers")),
        new ByteArraySerializer(),
        new ByteArraySerializer());
  }
}
