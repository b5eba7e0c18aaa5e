package io.millrace.learner.tensor;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Cuts flat vectors on the host. */
final class Segments {
  private Segments() {}

  static Map<String, HostArray> byName(List<Segment> segments, Tensor flat) {
    double[] values = flat.toDoubles();
    var result = new HashMap<String, HostArray>();
    for (Segment segment : segments) {
      int from = (int) segment.offset();
      long[] shape = segment.shape().stream().mapToLong(Long::longValue).toArray();
      result.put(
          segment.name(),
          new HostArray(Arrays.copyOfRange(values, from, from + (int) segment.size()), shape));
    }
    return result;
  }
}
