package io.millrace.learner.tensor;

import java.util.List;

/**
 * Where one named tensor lies in a network's flat vector.
 *
 * @param name dotted, torchvision's, such as {@code layer1.0.conv1.weight}
 * @param offset first element in its flat vector
 * @param shape row-major lengths
 * @param kind what it is, for decay exclusion and initialization
 * @param fanIn inputs that one output sums over; 0 where it has no meaning
 * @param fanOut outputs that one input reaches; 0 where it has no meaning
 */
public record Segment(
    String name, long offset, List<Long> shape, Kind kind, long fanIn, long fanOut) {

  /** Kind of tensor. */
  public enum Kind {
    CONV_WEIGHT,
    LINEAR_WEIGHT,
    PROTOTYPES,
    EMBEDDING,
    BIAS,
    NORM_WEIGHT,
    NORM_BIAS,
    RUNNING_MEAN,
    RUNNING_VARIANCE;

    /** Biases and normalization parameters: LARS and weight decay usually leave them alone. */
    public boolean isBiasOrNorm() {
      return this == BIAS || this == NORM_WEIGHT || this == NORM_BIAS;
    }
  }

  public Segment {
    shape = List.copyOf(shape);
  }

  /** Number of elements. */
  public long size() {
    return shape.stream().reduce(1L, (a, b) -> a * b);
  }

  /** The shape as arrays have it. */
  public long[] lengths() {
    return shape.stream().mapToLong(Long::longValue).toArray();
  }
}
