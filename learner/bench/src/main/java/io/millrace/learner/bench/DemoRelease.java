package io.millrace.learner.bench;

import io.millrace.ingest.broker.BrokerSettings;
import io.millrace.ingest.broker.EmbeddedBroker;
import io.millrace.ingest.stream.Topics;
import io.millrace.learner.release.KafkaReleaseLog;
import io.millrace.learner.release.ReleaseManifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A release that a demo made.
 *
 * @param manifest what is said of it
 * @param folder where its weights are
 */
record DemoRelease(ReleaseManifest manifest, Path folder) {
  private static final String MODEL = "millrace";

  /** The newest promoted one of a demo that was run with {@code --data-dir} and has ended. */
  static DemoRelease newest(Path dataDir) throws IOException {
    Path kafka = dataDir.resolve("kafka");
    if (!Files.isDirectory(kafka)) {
      throw new IOException("no broker's log at " + kafka + ": expected the folder of a demo");
    }
    try (EmbeddedBroker broker = EmbeddedBroker.start(BrokerSettings.defaults(kafka));
        var log =
            new KafkaReleaseLog(
                Map.of("bootstrap.servers", broker.bootstrapServers()),
                Topics.defaults().modelReleases())) {
      List<ReleaseManifest> all =
          log.releases(MODEL).stream()
              .filter(release -> release.gate().equals(ReleaseManifest.PROMOTED))
              .toList();
      if (all.isEmpty()) {
        throw new IOException("the demo in " + dataDir + " has promoted no release yet");
      }
      return new DemoRelease(all.get(all.size() - 1), dataDir.resolve("releases"));
    }
  }
}
