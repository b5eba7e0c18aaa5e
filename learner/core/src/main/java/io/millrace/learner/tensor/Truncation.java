package io.millrace.learner.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What represents images in place of a network's output: one of its tapped children, whose map is
 * averaged over height and width, or its output and that average one after the other. Parameters
 * and statistics are the first, or all, of the whole's, in the same order.
 */
public final class Truncation {
  /** Behind the name of a tap: the output, and then the tap. */
  public static final String AND_OUTPUT = "+output";

  private Truncation() {}

  /** The tap that a layer such as {@code layer3} or {@code layer3+output} names. */
  public static String tap(String layer) {
    return layer.endsWith(AND_OUTPUT)
        ? layer.substring(0, layer.length() - AND_OUTPUT.length())
        : layer;
  }

  /**
   * The specification of a part.
   *
   * @param layer name of the last child, or with {@link #AND_OUTPUT} of the child whose average is
   *     beside the output
   * @param name of the part
   * @throws IllegalArgumentException naming the taps there are where this is none
   */
  public static NetworkSpec of(NetworkSpec whole, String layer, String name) {
    String tap = tap(layer);
    if (!whole.taps().contains(tap)) {
      throw new IllegalArgumentException(
          "network " + whole.name() + " has no map '" + tap + "'; it has " + whole.taps());
    }
    List<Layer.Named> all = whole.children();
    int at = 0;
    while (!all.get(at).name().equals(tap)) {
      at++;
    }
    List<Layer.Named> children = new ArrayList<>(all.subList(0, at));
    List<Layer.Named> average = new ArrayList<>();
    List<Layer.Named> rest = all.subList(at + 1, all.size());
    if (all.get(at).layer() instanceof Layer.Aside aside) {
      // What is only looked at aside is what comes out here.
      average.add(new Layer.Named(tap, aside.body()));
    } else {
      children.add(all.get(at));
    }
    average.add(new Layer.Named("avgpool", new Layer.GlobalAveragePool()));
    if (layer.equals(tap)) {
      children.addAll(average);
    } else {
      children.add(new Layer.Named("", new Layer.Concat(rest, average)));
    }
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
