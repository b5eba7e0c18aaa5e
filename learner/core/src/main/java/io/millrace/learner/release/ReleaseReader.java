package io.millrace.learner.release;

import io.millrace.learner.checkpoint.HostTensor;
import io.millrace.learner.checkpoint.SafeTensors;
import io.millrace.learner.checkpoint.Sha256;
import io.millrace.learner.tensor.Engine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Loads releases from the directory that learners and servers share. */
public final class ReleaseReader {
  private final Path directory;
  private final @Nullable ReleaseObjects objects;

  /**
   * @param directory {@code releases.dir}
   */
  public ReleaseReader(Path directory) {
    this(directory, null);
  }

  /**
   * @param directory {@code releases.dir}
   * @param objects where weights are that the directory has not; null for nowhere
   */
  public ReleaseReader(Path directory, @Nullable ReleaseObjects objects) {
    this.directory = directory;
    this.objects = objects;
  }

  /**
   * Reads a release's weights, checks them against the manifest and puts its representation on an
   * engine.
   *
   * @throws IOException naming the file when it is not there, cut or altered
   */
  public LoadedRelease load(ReleaseManifest manifest, Engine engine) throws IOException {
    return new LoadedRelease(manifest, read(manifest), engine);
  }

  /**
   * Reads the tensors of a release's representation by torchvision's names, without an engine.
   *
   * @throws IOException naming the file when it is not there, cut or altered
   */
  public Map<String, HostTensor> representation(ReleaseManifest manifest) throws IOException {
    return WeightsFile.representation(read(manifest), manifest.network());
  }

  private SafeTensors read(ReleaseManifest manifest) throws IOException {
    Path file = directory.resolve(manifest.weights());
    if (!file.normalize().startsWith(directory.normalize())) {
      throw new IOException(
          "release "
              + manifest.key()
              + " names weights outside "
              + directory
              + ": "
              + manifest.weights());
    }
    if (!Files.isRegularFile(file) && objects != null) {
      file = objects.copy(directory, manifest);
    }
    if (!Files.isRegularFile(file)) {
      throw new IOException(
          "release " + manifest.key() + " has no weights: " + file + " is not there");
    }
    String actual = Sha256.of(file);
    if (!actual.equals(manifest.weightsSha256())) {
      throw new IOException(
          "the weights of release "
              + manifest.key()
              + " are cut or altered: the SHA-256 of "
              + file
              + " is "
              + actual
              + ", the manifest says "
              + manifest.weightsSha256());
    }
    return SafeTensors.read(file);
  }
}
