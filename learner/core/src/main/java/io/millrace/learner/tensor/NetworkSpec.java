package io.millrace.learner.tensor;

import java.util.List;
import java.util.Set;

/**
 * A network as data.
 *
 * @param name for errors and manifests, such as {@code backbone}
 * @param input lengths of one input without the batch dimension: [channels, height, width] (height
 *     and width are a hint, other sizes may be run) or [features]
 * @param children layers in order
 * @param taps names of top-level children whose outputs {@link Activations#tap} gives
 */
public record NetworkSpec(
    String name, List<Integer> input, List<Layer.Named> children, Set<String> taps) {
  public NetworkSpec {
    input = List.copyOf(input);
    children = List.copyOf(children);
    taps = Set.copyOf(taps);
    for (String tap : taps) {
      if (children.stream().noneMatch(c -> c.name().equals(tap))) {
        throw new IllegalArgumentException(
            "network "
                + name
                + " has no child '"
                + tap
                + "' to tap; it has "
                + children.stream().map(Layer.Named::name).toList());
      }
    }
  }

  /**
   * Requires the shape of a batch that the network can take.
   *
   * @throws IllegalArgumentException naming the network and both shapes
   */
  public void requireInput(long... shape) {
    if (shape.length != input.size() + 1 || shape[1] != input.get(0)) {
      throw new IllegalArgumentException(
          "network "
              + name
              + ": input shape is "
              + Shapes.text(shape)
              + ": expected [batch, "
              + input.toString().substring(1)
              + (input.size() > 1 ? " (height and width may differ)" : ""));
    }
  }
}
