package io.millrace.serving.embed;

import io.millrace.learner.method.AuxiliaryHook;
import io.millrace.learner.release.LoadedRelease;
import io.millrace.learner.release.ReleaseManifest;
import io.millrace.learner.release.ReleaseReader;
import io.millrace.learner.tensor.Engine;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Supplier;

/** Loads releases from a directory as embedders. */
public final class ReleaseLoader {
  private ReleaseLoader() {}

  /**
   * Loads releases from a directory.
   *
   * @param reader reads {@code releases.dir}
   * @param engine what the networks run on, used by the serving thread alone: asked for at each
   *     load
   */
  public static EmbedderLoader of(ReleaseReader reader, Supplier<Engine> engine) {
    return of(reader, engine, false);
  }

  /**
   * Loads releases from a directory.
   *
   * @param reader reads {@code releases.dir}
   * @param engine what the networks run on, used by the serving thread alone: asked for at each
   *     load
   * @param targets whether embedders give the teacher's targets too, where a release has a hook
   */
  public static EmbedderLoader of(ReleaseReader reader, Supplier<Engine> engine, boolean targets) {
    return (version, manifest) -> {
      try {
        ReleaseManifest parsed = ReleaseManifest.fromJson(manifest);
        if (!parsed.key().equals(version.toString())) {
          throw new IOException("the manifest of " + version + " is that of " + parsed.key());
        }
        LoadedRelease loaded = reader.load(parsed, engine.get());
        Optional<AuxiliaryHook> hook = targets ? ServedModel.hook(parsed) : Optional.empty();
        return hook.isPresent()
            ? new TargetingEmbedder(new ServedModel(loaded), hook.get())
            : new ReleaseEmbedder(loaded);
      } catch (IOException | IllegalArgumentException | UnsupportedOperationException e) {
        throw new ReleaseNotLoadedException(String.valueOf(e.getMessage()), e);
      }
    };
  }
}
