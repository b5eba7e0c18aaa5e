package io.millrace.learner.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The first part of a network: up to one of its tapped children, whose map is averaged over height
 * and width. Parameters and statistics are the first of the whole's, in the same order.
 */
public final class Truncation {
  private Truncation() {}

  /**
   * The specification of a part.
   *
   * @param name of the part
   * @param tap name of the last child
   * @throws IllegalArgumentException naming the taps there are where this is none
   */
  public static NetworkSpec of(NetworkSpec whole, String tap, String name) {
    if (!whole.taps().contains(tap)) {
      throw new IllegalArgumentException(
          "network " + whole.name() + " has no map '" + tap + "'; it has " + whole.taps());
    }
    List<Layer.Named> children = new ArrayList<>();
    for (Layer.Named child : whole.children()) {
      if (child.name().equals(tap)) {
        // What is only looked at aside is what comes out here.
        Layer last = child.layer() instanceof Layer.Aside aside ? aside.body() : child.layer();
        children.add(new Layer.Named(tap, last));
        break;
      }
      children.add(child);
    }
    children.add(new Layer.Named("avgpool", new Layer.GlobalAveragePool()));
    Set<String> taps =
        whole.taps().stream()
            .filter(t -> children.stream().anyMatch(child -> child.name().equals(t)))
            .collect(Collectors.toSet());
    return new NetworkSpec(name, whole.input(), children, taps);
  }

  /** Writes the whole's first parameters and statistics into its part. */
  public static void copy(Network whole, Network part) {
    first(whole.parameters(), part.parameters(), part.layout().parameterCount());
    first(whole.statistics(), part.statistics(), part.layout().statisticCount());
  }

  private static void first(Tensor from, Tensor to, long count) {
    if (count > 0) {
      to.copyIn(from.slice(0, 0, count));
    }
  }
}
