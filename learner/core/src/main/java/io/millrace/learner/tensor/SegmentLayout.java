package io.millrace.learner.tensor;

import java.util.List;

/**
 * The canonical order of a network's parameters and running statistics: depth first, a layer's
 * weight before its bias, a residual's body before its shortcut. All engines share it, so a flat
 * vector means the same everywhere.
 */
public record SegmentLayout(List<Segment> parameters, List<Segment> statistics) {
  public SegmentLayout {
    parameters = List.copyOf(parameters);
    statistics = List.copyOf(statistics);
  }

  /** The layout of a network. */
  public static SegmentLayout of(NetworkSpec spec) {
    var all = new SegmentCollector();
    spec.children().forEach(child -> child.segments("", all));
    return new SegmentLayout(all.parameters(), all.statistics());
  }

  /** A child's name under its parent's, where either may be empty. */
  public static String join(String parent, String child) {
    return SegmentCollector.join(parent, child);
  }

  /** Elements of the flat parameter vector. */
  public long parameterCount() {
    return SegmentCollector.count(parameters);
  }

  /** Elements of the flat statistics vector. */
  public long statisticCount() {
    return SegmentCollector.count(statistics);
  }
}
