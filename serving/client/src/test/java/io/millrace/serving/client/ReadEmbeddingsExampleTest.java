package io.millrace.serving.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.ingest.broker.BrokerSettings;
import io.millrace.ingest.broker.EmbeddedBroker;
import io.millrace.ingest.stream.Topics;
import io.millrace.testing.Examples;
import io.millrace.testing.TestJvm;
import java.io.File;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The documented subscriber compiles and runs in a process that has this module's runtime
 * dependencies on its class path and nothing else. Records are written here by hand, as
 * docs/topics.md has them.
 */
class ReadEmbeddingsExampleTest {
  private static final Topics TOPICS = Topics.defaults();
  private static final String MODEL = "model";

  @TempDir Path dir;
  private EmbeddedBroker broker;
  private KafkaProducer<String, byte[]> producer;

  @BeforeEach
  void start() throws Exception {
    broker = EmbeddedBroker.start(BrokerSettings.defaults(dir.resolve("broker")));
    Map<String, Object> client = Map.of("bootstrap.servers", broker.bootstrapServers());
    try (Admin admin = Admin.create(client)) {
      admin
          .createTopics(
              List.of(
                  new NewTopic(TOPICS.embeddings(), 1, (short) 1),
                  new NewTopic(TOPICS.embeddingRefresh(), 1, (short) 1)))
          .all()
          .get();
    }
    producer = new KafkaProducer<>(client, new StringSerializer(), new ByteArraySerializer());
  }

  @AfterEach
  void stop() {
    producer.close();
    broker.close();
  }

  @Test
  void printsTheNearestOfEveryImageAndFollowsTheServingVersion() throws Exception {
    embed("east", 1, 1f, 0f);
    embed("north-east", 1, 0.6f, 0.8f);
    embed("north", 1, 0f, 1f);
    embed("gone", 1, 0f, -1f);
    send(TOPICS.embeddings(), "gone@1", null);
    embed("east", 2, 0f, 1f);
    refresh(1, 1);

    Path output = dir.resolve("output");
    Process subscriber = run(output);
    try {
      awaitLine(subscriber, output, "version 1: 3 images");
      embed("east-north-east", 1, 0.8f, 0.6f);
      awaitLine(subscriber, output, "east-north-east +is most like north-east +0\\.960");
      send(TOPICS.embeddings(), "north-east@1", null);
      embed("east by north", 1, 0.96f, 0.28f);
      awaitLine(subscriber, output, "east by north +is most like east +0\\.960");
      embed("north", 2, 1f, 0f);
      refresh(2, 2);
      awaitLine(subscriber, output, "version 2: 2 images");
    } finally {
      subscriber.destroyForcibly().waitFor();
    }
    assertThat(Files.readString(output)).doesNotContain("gone");
  }

  private Process run(Path output) throws Exception {
    String classPath = String.join(File.pathSeparator, RuntimeClassPath.entries());
    Path classes = Examples.compile("ReadEmbeddings", dir, classPath);
    List<String> command = TestJvm.command(128);
    command.addAll(
        List.of(
            "-cp",
            classes + File.pathSeparator + classPath,
            "ReadEmbeddings",
            broker.bootstrapServers(),
            MODEL));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(output.toFile())
        .start();
  }

  private static void awaitLine(Process subscriber, Path output, String pattern) {
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () -> assertThat(Files.readString(output)).containsPattern("(?m)^" + pattern + "$"));
    assertThat(subscriber.isAlive()).isTrue();
  }

  private void embed(String id, long version, float... vector) throws Exception {
    ByteBuffer value = ByteBuffer.allocate(4 * vector.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float v : vector) {
      value.putFloat(v);
    }
    var record = new ProducerRecord<>(TOPICS.embeddings(), id + "@" + version, value.array());
    Map.of(
            "model.id", MODEL,
            "model.version", Long.toString(version),
            "dim", Integer.toString(vector.length),
            "dtype", "float32",
            "norm", "5.0",
            "source.partition", "0",
            "source.offset", "17")
        .forEach((name, text) -> record.headers().add(name, text.getBytes(UTF_8)));
    producer.send(record).get();
  }

  private void refresh(long version, long promotion) throws Exception {
    var complete =
        new RefreshRecord(
            MODEL,
            version,
            0,
            1,
            promotion,
            RefreshRecord.State.COMPLETE,
            0,
            4,
            4,
            4,
            4,
            0,
            0,
            System.currentTimeMillis(),
            "");
    send(TOPICS.embeddingRefresh(), complete.key(), complete.bytes());
  }

  private void send(String topic, String key, byte @Nullable [] value)
      throws ExecutionException, InterruptedException {
    producer.send(new ProducerRecord<>(topic, key, value)).get();
  }
}
