package io.millrace.learner.bench;

import io.millrace.ingest.decode.ImageDecoder;
import io.millrace.ingest.image.ImageRecord;
import io.millrace.learner.release.KafkaReleaseLog;
import io.millrace.learner.release.ReleaseDecisions;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.EngineOptions;
import io.millrace.learner.tensor.Engines;
import io.millrace.learner.tensor.Precision;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.PackagedConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** A gallery of photographs, embedded anew for another release of the network of photos-cpu. */
final class GalleryRefresh {
  private static final String MODEL = "photographs";

  private GalleryRefresh() {}

  /**
   * Images a second of each re-embedding.
   *
   * @param values what images.accepted holds, distinct or not
   * @param count images in the gallery
   * @param decoder as serving has it; closed
   */
  static double[] rates(List<byte[]> values, int count, ImageDecoder decoder, int times)
      throws Exception {
    MillraceConfig config = PackagedConfig.withPreset(PackagedConfig.demoConfig(), "photos-cpu");
    List<ImageRecord> images = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      images.add(PhotosBench.photo("photo-" + i, values.get(i % values.size())));
    }
    try (var stage = new Stage(decoder);
        var log = new KafkaReleaseLog(stage.clients(), stage.topics.modelReleases());
        Engine engine = engine();
        Engine another = engine()) {
      Path releases = stage.folder.resolve("releases");
      double[] rates = new double[times];
      long first = publish(log, releases, engine, config, 1);
      new ReleaseDecisions(log, MODEL).promote(first);
      try (var serving = new WatchedServing(stage, MODEL, releases, another)) {
        serving.awaitLive(first);
        serving.embed(images);
        for (int i = 0; i < times; i++) {
          long next = publish(log, releases, engine, config, 2 + i);
          rates[i] =
              serving.refreshAlone(
                  next, count, () -> new ReleaseDecisions(log, MODEL).promote(next));
        }
      }
      return rates;
    }
  }

  private static Engine engine() {
    return Engines.open("torch", EngineOptions.cpu(Precision.FLOAT32));
  }

  private static long publish(
      KafkaReleaseLog log, Path releases, Engine engine, MillraceConfig config, long number)
      throws Exception {
    return MadeRelease.publish(
            MODEL,
            log,
            releases,
            engine,
            config.model(),
            Objects.requireNonNull(config.methods().get(MadeRelease.METHOD)),
            config.preprocessing(),
            number)
        .version();
  }
}
