package io.millrace.ops.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.millrace.ingest.broker.BrokerSettings;
import io.millrace.ingest.broker.EmbeddedBroker;
import io.millrace.ingest.decode.DecodeLimits;
import io.millrace.ingest.decode.DecodeOutcome;
import io.millrace.ingest.decode.ImageDecoder;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.ingest.stream.Propagation;
import io.millrace.learner.augment.EvalView;
import io.millrace.learner.release.KafkaReleaseLog;
import io.millrace.learner.release.LoadedRelease;
import io.millrace.learner.release.ReleaseManifest;
import io.millrace.learner.release.ReleaseReader;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.Network;
import io.millrace.serving.client.Targets;
import io.millrace.serving.embed.ReleaseLoader;
import io.millrace.serving.it.ServingCluster;
import io.millrace.serving.kafka.EmbeddingService;
import io.millrace.serving.kafka.ServingMetrics;
import io.millrace.serving.kafka.ServingSettings;
import io.millrace.testing.Examples;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The promoted release's teacher publishes its targets; the example joins them with tasks. */
class TargetsTest {
  private static final Duration SOON = Duration.ofSeconds(60);

  @TempDir Path dir;

  @Test
  void targetsAreTheTeachersAndJoinATaskStream() throws Exception {
    Path releases = dir.resolve("releases");
    try (EmbeddedBroker broker =
            EmbeddedBroker.start(BrokerSettings.defaults(dir.resolve("broker")));
        ServingCluster cluster = new ServingCluster(broker);
        Engine engine = ServingHttp.engine();
        ImageDecoder decoder = new ImageDecoder(DecodeLimits.defaults())) {
      ReleaseManifest manifest;
      try (var log = new KafkaReleaseLog(cluster.client, cluster.topics.modelReleases())) {
        manifest = ReleasedModels.release("byol", engine, log, releases);
      }
      Map<String, byte[]> images = new HashMap<>();
      for (int i = 0; i < 5; i++) {
        images.put("image" + i, ServingApiTest.png(ReleasedModels.images(5).get(i)));
      }
      cluster.accept(images);
      var service =
          new EmbeddingService(
              withTargets(),
              ServingCluster.MODEL,
              cluster.topics,
              cluster.client,
              ReleaseLoader.of(new ReleaseReader(releases), ServingHttp::engine, true),
              decoder::decode,
              Propagation.defaults(),
              ServingMetrics.NONE,
              Clock.systemUTC());
      var thread = new Thread(service::run, "serving");
      thread.start();
      try {
        await().atMost(SOON).until(() -> cluster.compacted(cluster.topics.targets()).size() == 5);
        Map<String, ConsumerRecord<byte[], byte[]>> found =
            cluster.compacted(cluster.topics.targets());
        PixelImage third =
            ((DecodeOutcome.Decoded) decoder.decode(Objects.requireNonNull(images.get("image3"))))
                .image();
        float[] expected = projection(engine, manifest, releases, third);
        ConsumerRecord<byte[], byte[]> record = Objects.requireNonNull(found.get("image3"));
        assertThat(header(record, "model.version")).isEqualTo("1");
        assertThat(header(record, "layout")).isEqualTo("target:256");
        float[] actual =
            Objects.requireNonNull(
                Targets.of(header(record, "layout"), record.value()).byName().get("target"));
        for (int i = 0; i < expected.length; i++) {
          assertThat(actual[i]).isEqualTo(expected[i], within(1e-4f));
        }
        joins(record);
        cluster.forget("image3");
        await()
            .atMost(SOON)
            .until(() -> !cluster.compacted(cluster.topics.targets()).containsKey("image3"));
      } finally {
        service.close();
        thread.join();
      }
    }
  }

  private void joins(ConsumerRecord<byte[], byte[]> target) throws Exception {
    Class<?> example = Examples.compile("JoinTargets", dir);
    var topology =
        (Topology)
            example
                .getMethod("topology", String.class, String.class, String.class)
                .invoke(null, "tasks", "targets", "out");
    var config = new Properties();
    config.put("application.id", "join");
    config.put("bootstrap.servers", "none:1");
    config.put("state.dir", dir.resolve("streams").toString());
    try (var driver = new TopologyTestDriver(topology, config)) {
      var targets =
          driver.createInputTopic("targets", new StringSerializer(), new ByteArraySerializer());
      var tasks = driver.createInputTopic("tasks", new StringSerializer(), new StringSerializer());
      var out = driver.createOutputTopic("out", new StringDeserializer(), new StringDeserializer());
      targets.pipeInput(new TestRecord<>("image3", target.value(), target.headers()));
      tasks.pipeInput("image3", "cat");
      tasks.pipeInput("image9", "dog");
      List<String> joined = out.readValuesToList();
      assertThat(joined).singleElement().asString().startsWith("cat|1|target:256|");
    }
  }

  private static float[] projection(
      Engine engine, ReleaseManifest manifest, Path releases, PixelImage image) throws Exception {
    try (LoadedRelease release = new ReleaseReader(releases).load(manifest, engine);
        Network teacher = release.open("teacher");
        Network projector = release.open("teacherProjector");
        var scope = engine.scope();
        var f =
            teacher.forward(
                new EvalView(manifest.preprocessing()).of(engine, List.of(image)),
                Mode.EVAL,
                false);
        var z = projector.forward(f.output(), Mode.EVAL, false)) {
      return z.output().toFloats();
    }
  }

  static ServingSettings withTargets() {
    ServingSettings d = ServingCluster.settings("one", 1);
    return new ServingSettings(
        d.batch(),
        d.linger(),
        d.keepVersions(),
        d.refreshShare(),
        d.decodeThreads(),
        d.instance(),
        d.transactionTimeout(),
        d.progressEvery(),
        d.retryDelay(),
        true);
  }

  private static String header(ConsumerRecord<byte[], byte[]> record, String name) {
    return new String(record.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
  }
}
