package io.millrace.learner.method.distillation;

import io.millrace.ingest.feed.FeedPosition;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.checkpoint.DurableFiles;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.release.MemoryReleaseLog;
import io.millrace.learner.release.ReleaseDraft;
import io.millrace.learner.release.ReleasePublisher;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Initializer;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.OutputFeatures;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Set;

/** A released network with its initial weights, to distil. */
public final class ReleasedTeacher {
  private ReleasedTeacher() {}

  /** Releases a network of this specification; gives the path of its weights. */
  public static String release(
      Engine engine, NetworkSpec spec, Preprocessing preprocessing, long seed, Path directory) {
    try (var state = new MethodState(engine)) {
      Initializer.initialize(engine, state.add(spec.name(), engine.network(spec)), seed);
      var publisher =
          new ReleasePublisher(
              new MemoryReleaseLog(), directory, DurableFiles.real(), () -> Instant.EPOCH);
      var manifest =
          publisher.publish(
              new ReleaseDraft(
                  "teacher",
                  "byol",
                  spec.name(),
                  OutputFeatures.of(spec),
                  Map.of(spec.name(), spec),
                  Set.of(),
                  state.snapshot(),
                  engine.info(),
                  preprocessing,
                  FeedPosition.start(),
                  1,
                  1,
                  Map.of(),
                  Map.of()));
      return directory.resolve(manifest.weights()).toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
