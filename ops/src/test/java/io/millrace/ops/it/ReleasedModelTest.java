package io.millrace.ops.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.millrace.ingest.broker.BrokerSettings;
import io.millrace.ingest.broker.EmbeddedBroker;
import io.millrace.ingest.decode.DecodeLimits;
import io.millrace.ingest.decode.DecodeOutcome;
import io.millrace.ingest.decode.ImageDecoder;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.ingest.feed.FeedPosition;
import io.millrace.ingest.stream.Propagation;
import io.millrace.learner.augment.EvalView;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.checkpoint.DurableFiles;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.random.KeyedRandom;
import io.millrace.learner.release.KafkaReleaseLog;
import io.millrace.learner.release.ReleaseDraft;
import io.millrace.learner.release.ReleaseLog;
import io.millrace.learner.release.ReleaseManifest;
import io.millrace.learner.release.ReleasePublisher;
import io.millrace.learner.release.ReleaseReader;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Engines;
import io.millrace.learner.tensor.Initializer;
import io.millrace.learner.tensor.Mode;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.Precision;
import io.millrace.learner.tensor.ResNets;
import io.millrace.serving.client.EmbeddingReader;
import io.millrace.serving.client.StoredEmbedding;
import io.millrace.serving.embed.EmbedderLoader;
import io.millrace.serving.embed.ModelVersion;
import io.millrace.serving.embed.ReleaseLoader;
import io.millrace.serving.embed.ReleaseNotLoadedException;
import io.millrace.serving.it.ServingCluster;
import io.millrace.serving.kafka.EmbeddingService;
import io.millrace.serving.kafka.ServingMetrics;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real network is released, loaded and served: what comes out is what the network says. */
class ReleasedModelTest {
  private static final int IMAGES = 21;

  @TempDir Path dir;

  @Test
  void embeddingsAreTheReleasedNetworksUnitFeatures() throws Exception {
    Path releases = dir.resolve("releases");
    try (EmbeddedBroker broker =
            EmbeddedBroker.start(BrokerSettings.defaults(dir.resolve("broker")));
        ServingCluster cluster = new ServingCluster(broker);
        Engine engine = Engines.open("torch", EngineOptions.cpu(Precision.FLOAT32));
        ImageDecoder decoder = new ImageDecoder(DecodeLimits.defaults());
        MethodState state = new MethodState(engine)) {
      Network network = network(state);
      Map<String, byte[]> encoded = new LinkedHashMap<>();
      List<PixelImage> images = new ArrayList<>();
      for (int i = 0; i < IMAGES; i++) {
        byte[] png = png(20 + 3 * i, 40, i);
        encoded.put("image" + i, png);
        images.add(((DecodeOutcome.Decoded) decoder.decode(png)).image());
      }
      ReleaseManifest manifest;
      try (ReleaseLog log = new KafkaReleaseLog(cluster.client, cluster.topics.modelReleases())) {
        manifest = publisher(log, releases).publish(draft(state, network.spec()));
      }
      cluster.accept(encoded);

      EmbedderLoader loader = ReleaseLoader.of(new ReleaseReader(releases), () -> engine);
      Map<String, StoredEmbedding> stored;
      try (var service =
          new EmbeddingService(
              ServingCluster.settings("one", 1),
              ServingCluster.MODEL,
              cluster.topics,
              cluster.client,
              loader,
              decoder::decode,
              Propagation.defaults(),
              ServingMetrics.NONE,
              Clock.systemUTC())) {
        Thread thread = new Thread(service::run);
        thread.start();
        await()
            .atMost(Duration.ofSeconds(60))
            .until(() -> Long.valueOf(1).equals(service.status().liveVersion()));
        service.close();
        thread.join();
      }
      try (var reader = new EmbeddingReader(cluster.client, cluster.topics, ServingCluster.MODEL)) {
        stored = reader.readAll(manifest.version());
      }

      assertThat(stored).hasSize(IMAGES);
      float[][] expected = features(engine, network, images);
      for (int i = 0; i < IMAGES; i++) {
        StoredEmbedding actual = stored.get("image" + i);
        double norm = norm(expected[i]);
        assertThat(actual.norm()).isEqualTo(norm, within(1e-4 * norm));
        for (int d = 0; d < expected[i].length; d++) {
          assertThat(actual.vector()[d]).isEqualTo((float) (expected[i][d] / norm), within(1e-4f));
        }
      }
      refusesAlteredWeights(loader, manifest, releases);
    }
  }

  private static void refusesAlteredWeights(
      EmbedderLoader loader, ReleaseManifest manifest, Path releases) throws Exception {
    ModelVersion version = new ModelVersion(manifest.model(), manifest.version());
    loader.load(version, manifest.toJson()).close();
    assertThatThrownBy(() -> loader.load(new ModelVersion(manifest.model(), 9), manifest.toJson()))
        .isInstanceOf(ReleaseNotLoadedException.class)
        .hasMessageContaining("model@9");
    Path weights = releases.resolve(manifest.weights());
    Files.write(weights, new byte[] {1}, StandardOpenOption.APPEND);
    assertThatThrownBy(() -> loader.load(version, manifest.toJson()))
        .isInstanceOf(ReleaseNotLoadedException.class)
        .hasMessageContaining("altered");
    Files.delete(weights);
    assertThatThrownBy(() -> loader.load(version, manifest.toJson()))
        .isInstanceOf(ReleaseNotLoadedException.class)
        .hasMessageContaining("not there");
  }

  private static Network network(MethodState state) {
    NetworkSpec spec = ResNets.spec("student", "resnet18", ResNets.Stem.SMALL, 0.125, 32);
    Network network = state.add("student", state.engine().network(spec));
    Initializer.initialize(state.engine(), network, 5);
    return network;
  }

  private static ReleasePublisher publisher(ReleaseLog log, Path releases) {
    return new ReleasePublisher(log, releases, DurableFiles.real(), Clock.systemUTC());
  }

  private static ReleaseDraft draft(MethodState state, NetworkSpec spec) {
    return new ReleaseDraft(
        ServingCluster.MODEL,
        "byol",
        "student",
        ResNets.featureDimension("resnet18", 0.125),
        Map.of("student", spec),
        Set.of(),
        state.snapshot(),
        state.engine().info(),
        Preprocessing.defaults(),
        FeedPosition.start(),
        10,
        100,
        Map.of(),
        Map.of());
  }

  private static float[][] features(Engine engine, Network network, List<PixelImage> images) {
    try (var scope = engine.scope();
        var out =
            network.forward(
                new EvalView(Preprocessing.defaults()).of(engine, images), Mode.EVAL, false)) {
      float[] all = out.output().toFloats();
      int dim = all.length / images.size();
      float[][] rows = new float[images.size()][];
      for (int i = 0; i < rows.length; i++) {
        rows[i] = java.util.Arrays.copyOfRange(all, i * dim, (i + 1) * dim);
      }
      return rows;
    }
  }

  private static double norm(float[] vector) {
    double squares = 0;
    for (float v : vector) {
      squares += (double) v * v;
    }
    return Math.sqrt(squares);
  }

  private static byte[] png(int width, int height, int seed) throws IOException {
    var image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    KeyedRandom random = KeyedRandom.of(seed, "test", "png", 0);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        image.setRGB(x, y, (int) (random.uniform(0, 1) * 0xFFFFFF));
      }
    }
    var out = new ByteArrayOutputStream();
    ImageIO.write(image, "png", out);
    return out.toByteArray();
  }
}
