package io.millrace.learner.release;

import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.checkpoint.SafeTensors;
import io.millrace.learner.checkpoint.StateSnapshot;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.NetworkSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The representation in a release's weights file, read without the release's manifest: the file
 * says itself which network its tensors are of and how images become its input.
 */
public final class ReleasedWeights {
  private static final String NETWORK = "network";
  private static final String PREPROCESSING = "preprocessing";

  private final NetworkSpec spec;
  private final Preprocessing preprocessing;
  private final StateSnapshot flat;

  private ReleasedWeights(NetworkSpec spec, Preprocessing preprocessing, StateSnapshot flat) {
    this.spec = spec;
    this.preprocessing = preprocessing;
    this.flat = flat;
  }

  /** What a file says of itself, for its metadata. */
  static Map<String, String> description(NetworkSpec spec, Preprocessing preprocessing) {
    return Map.of(NETWORK, ReleaseJson.text(spec), PREPROCESSING, ReleaseJson.text(preprocessing));
  }

  /**
   * Reads a weights file.
   *
   * @throws IOException naming the file when it is not there, no release's or broken
   */
  public static ReleasedWeights read(Path file) throws IOException {
    SafeTensors tensors = SafeTensors.read(file);
    String network = tensors.metadata().get(NETWORK);
    String preprocessing = tensors.metadata().get(PREPROCESSING);
    if (network == null || preprocessing == null) {
      throw new IOException(
          file + " does not say which network its tensors are of: expected a release's weights");
    }
    NetworkSpec spec = ReleaseJson.read(network, NetworkSpec.class);
    try {
      return new ReleasedWeights(
          spec,
          ReleaseJson.read(preprocessing, Preprocessing.class),
          WeightsFile.network(tensors, spec.name(), spec, spec.name()));
    } catch (IllegalArgumentException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }

  /**
   * Reads a release's weights, or any file with torchvision's or timm's names, which tell the
   * network.
   *
   * @param assumed how images become the input of a network whose file does not say it
   * @throws IOException naming the file when it is not there, no backbone's or broken
   */
  public static ReleasedWeights readAny(Path file, Preprocessing assumed) throws IOException {
    SafeTensors tensors = SafeTensors.read(file);
    if (preprocessing(tensors) != null) {
      return read(file);
    }
    try {
      NetworkSpec spec =
          BackboneNames.spec(file.toString(), tensors.tensors(), "backbone", assumed.size());
      return new ReleasedWeights(
          spec, assumed, WeightsFile.network(tensors, spec.name(), spec, spec.name()));
    } catch (IllegalArgumentException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  /** How images become the input of a release's network; null where the file is no release's. */
  static @Nullable Preprocessing preprocessing(SafeTensors tensors) throws IOException {
    String words = tensors.metadata().get(PREPROCESSING);
    return words == null || !tensors.metadata().containsKey(NETWORK)
        ? null
        : ReleaseJson.read(words, Preprocessing.class);
  }

  /** The representation's specification. */
  public NetworkSpec spec() {
    return spec;
  }

  /** How images become its input. */
  public Preprocessing preprocessing() {
    return preprocessing;
  }

  /** The network with its weights and statistics, named anew; the caller closes it. */
  public Network open(Engine engine, String name) {
    Network network =
        engine.network(new NetworkSpec(name, spec.input(), spec.children(), spec.taps()));
    WeightsFile.fill(network, flat, engine);
    return network;
  }
}
