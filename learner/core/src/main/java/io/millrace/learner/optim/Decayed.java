package io.millrace.learner.optim;

import io.millrace.learner.tensor.Segment;
import io.millrace.learner.tensor.SegmentLayout;
import java.util.ArrayList;
import java.util.List;

/** Which elements of a flat parameter vector weight decay touches: [from, to), in order. */
record Decayed(long from, long to) {
  /**
   * The elements, neighboring tensors joined.
   *
   * @param all whether biases, normalization parameters, class tokens and positions decay too
   */
  static List<Decayed> of(SegmentLayout layout, boolean all) {
    if (all) {
      return List.of(new Decayed(0, layout.parameterCount()));
    }
    var out = new ArrayList<Decayed>();
    for (Segment segment : layout.parameters()) {
      if (!decays(segment)) {
        continue;
      }
      long from = segment.offset();
      long to = from + segment.size();
      int last = out.size() - 1;
      if (last >= 0 && out.get(last).to() == from) {
        out.set(last, new Decayed(out.get(last).from(), to));
      } else {
        out.add(new Decayed(from, to));
      }
    }
    return out;
  }

  /** Whether the tensor is in the group that papers decay. */
  static boolean decays(Segment segment) {
    return !segment.kind().isBiasOrNorm() && segment.kind() != Segment.Kind.EMBEDDING;
  }
}
