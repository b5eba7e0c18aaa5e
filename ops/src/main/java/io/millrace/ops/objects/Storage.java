package io.millrace.ops.objects;

import io.millrace.ingest.objects.ObjectPlace;
import io.millrace.ingest.objects.ObjectStore;
import io.millrace.learner.checkpoint.CheckpointObjects;
import io.millrace.learner.release.ReleaseManifest;
import io.millrace.learner.release.ReleaseObjects;
import io.millrace.learner.release.ReleaseReader;
import io.millrace.ops.config.MillraceConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where images, releases and checkpoints lie besides folders. Opens a client only where something
 * leads there.
 */
public final class Storage implements AutoCloseable {
  private final Path folder;
  private final @Nullable ObjectStore objects;
  private final @Nullable ReleaseObjects releases;
  private final @Nullable CheckpointObjects checkpoints;

  public Storage(MillraceConfig config) {
    folder = config.releasesDir();
    String released = config.s3().releases();
    String saved = config.s3().checkpoints();
    boolean claimed =
        config.ingest().claims().prefixes().stream().anyMatch(p -> p.startsWith("s3://"));
    objects =
        claimed || !released.isEmpty() || !saved.isEmpty() ? new S3Objects(config.s3()) : null;
    releases =
        released.isEmpty()
            ? null
            : new ReleaseObjects(Objects.requireNonNull(objects), ObjectPlace.parse(released));
    checkpoints =
        saved.isEmpty()
            ? null
            : new CheckpointObjects(
                Objects.requireNonNull(objects),
                ObjectPlace.parse(saved).folder(config.learner().model()),
                config.learner().checkpoint().keep());
  }

  /** Null where no configuration leads to objects. */
  public @Nullable ObjectStore objects() {
    return objects;
  }

  /** Where releases are put besides the folder; null for nowhere. */
  public @Nullable ReleaseObjects releases() {
    return releases;
  }

  /** Where checkpoints are put besides the folder; null for nowhere. */
  public @Nullable CheckpointObjects checkpoints() {
    return checkpoints;
  }

  /** Loads releases from the folder, or from where they are put besides. */
  public ReleaseReader reader() {
    return new ReleaseReader(folder, releases);
  }

  /**
   * The folder that has a release's weights, after they were fetched where that is needed.
   *
   * @throws IOException naming the object that is not there, cut or altered
   */
  public Path folderOf(ReleaseManifest manifest) throws IOException {
    if (releases == null || Files.isRegularFile(folder.resolve(manifest.weights()))) {
      return folder;
    }
    return Objects.requireNonNull(releases.copy(folder, manifest).getParent());
  }

  @Override
  public void close() {
    if (objects != null) {
      objects.close();
    }
  }
}
