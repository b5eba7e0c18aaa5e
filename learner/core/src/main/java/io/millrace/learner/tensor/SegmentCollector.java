package io.millrace.learner.tensor;

import io.millrace.learner.tensor.Segment.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;

/** Takes the tensors of a network in order and lays each vector's end to end. */
public final class SegmentCollector {
  private final List<Segment> parameters = new ArrayList<>();
  private final List<Segment> statistics = new ArrayList<>();
  private final Set<String> names = new HashSet<>();

  /** A child's name under its parent's, where either may be empty. */
  public static String join(String parent, String child) {
    if (parent.isEmpty()) {
      return child;
    }
    return child.isEmpty() ? parent : parent + "." + child;
  }

  /**
   * Adds a parameter.
   *
   * @param at dotted name of its layer
   * @param leaf its own name there
   * @param fanIn inputs that one output sums over; 0 where it has no meaning
   * @param fanOut outputs that one input reaches; 0 where it has no meaning
   * @throws IllegalArgumentException where another tensor has this name
   */
  public void parameter(String at, String leaf, Kind kind, long fanIn, long fanOut, long... shape) {
    add(parameters, join(at, leaf), kind, fanIn, fanOut, shape);
  }

  /** Adds a running statistic; the same as of a parameter holds. */
  public void statistic(String at, String leaf, Kind kind, long... shape) {
    add(statistics, join(at, leaf), kind, 0, 0, shape);
  }

  List<Segment> parameters() {
    return parameters;
  }

  List<Segment> statistics() {
    return statistics;
  }

  /** Elements of segments that lie end to end. */
  static long count(List<Segment> segments) {
    if (segments.isEmpty()) {
      return 0;
    }
    Segment last = segments.get(segments.size() - 1);
    return last.offset() + last.size();
  }

  private void add(
      List<Segment> to, String name, Kind kind, long fanIn, long fanOut, long... shape) {
    if (!names.add(name)) {
      throw new IllegalArgumentException("two tensors of a network are named '" + name + "'");
    }
    List<Long> lengths = LongStream.of(shape).boxed().toList();
    to.add(new Segment(name, count(to), lengths, kind, fanIn, fanOut));
  }
}
