package io.millrace.learner.tensor;

import java.util.List;

/** How many features or channels a network gives, read off its specification. */
public final class OutputFeatures {
  private OutputFeatures() {}

  /** Features, or channels where the output is an image. */
  public static int of(NetworkSpec spec) {
    return Layer.Named.outputs(spec.children(), spec.input().get(0));
  }

  /** Channels (or features) of the output of the top-level child {@code tap}. */
  public static int of(NetworkSpec spec, String tap) {
    List<Layer.Named> children = spec.children();
    for (int i = 0; i < children.size(); i++) {
      if (children.get(i).name().equals(tap)) {
        int before = Layer.Named.outputs(children.subList(0, i), spec.input().get(0));
        return children.get(i).layer().tappedOutputs(before);
      }
    }
    throw new IllegalArgumentException(
        "network "
            + spec.name()
            + " has no child '"
            + tap
            + "'; it has "
            + children.stream().map(Layer.Named::name).toList());
  }
}
