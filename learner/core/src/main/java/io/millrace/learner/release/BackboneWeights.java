package io.millrace.learner.release;

import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.checkpoint.HostTensor;
import io.millrace.learner.checkpoint.SafeTensors;
import io.millrace.learner.tensor.Engine;
import io.millrace.learner.tensor.Network;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.SegmentLayout;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A backbone's tensors in a safetensors file: a release's weights, an exported file, or any file
 * with torchvision's names (ResNets) or timm's (ResNets and vision transformers), single or double
 * precision.
 */
public final class BackboneWeights {
  private static final String STUDENT = "student";

  private final Path file;
  private final SafeTensors tensors;

  private BackboneWeights(Path file, SafeTensors tensors) {
    this.file = file;
    this.tensors = tensors;
  }

  /**
   * Reads a file.
   *
   * @throws IOException naming the file when it is not there or no safetensors file
   */
  public static BackboneWeights read(Path file) throws IOException {
    return new BackboneWeights(file, SafeTensors.read(file));
  }

  /**
   * Requires that a release's file is of images normalized as these; other files don't say how
   * theirs were.
   *
   * @throws IllegalArgumentException naming the file and both normalizations
   */
  public void requireNormalization(Preprocessing own) throws IOException {
    Preprocessing theirs = ReleasedWeights.preprocessing(tensors);
    if (theirs != null && !(own.mean().equals(theirs.mean()) && own.std().equals(theirs.std()))) {
      throw new IllegalArgumentException(
          file
              + ": its images have mean "
              + theirs.mean()
              + " and deviation "
              + theirs.std()
              + ", model.preprocessing has "
              + own.mean()
              + " and "
              + own.std()
              + ": expected the same");
    }
  }

  /**
   * Writes them into a network.
   *
   * @return names of the file's tensors that the network has no place for, such as a classifier's
   * @throws IllegalArgumentException listing what is missing, of another shape and left over; the
   *     network has not changed then
   */
  public List<String> fill(Network network, Engine engine) {
    boolean whole = isBesideItsPart(network.spec());
    List<String> left =
        BackboneFit.require(
            file.toString(), whole ? ofStudent() : tensors.tensors(), network.spec());
    String representation = whole ? "" : STUDENT;
    WeightsFile.fill(
        network, WeightsFile.network(tensors, STUDENT, network.spec(), representation), engine);
    return left;
  }

  /** Whether a release serves a first part of its backbone and holds the whole as a student. */
  private boolean isBesideItsPart(NetworkSpec spec) {
    SegmentLayout layout = SegmentLayout.of(spec);
    return layout.parameters().stream().anyMatch(s -> !tensors.tensors().containsKey(s.name()))
        && layout.parameters().stream()
            .allMatch(s -> tensors.tensors().containsKey(STUDENT + "." + s.name()));
  }

  private Map<String, HostTensor> ofStudent() {
    var out = new TreeMap<String, HostTensor>();
    tensors
        .tensors()
        .forEach(
            (name, tensor) -> {
              if (name.startsWith(STUDENT + ".")) {
                out.put(name.substring(STUDENT.length() + 1), tensor);
              }
            });
    return out;
  }
}
