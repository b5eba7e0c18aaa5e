package io.millrace.learner.testing;

import io.millrace.learner.checkpoint.HostTensor;
import io.millrace.learner.tensor.Segment;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Tensors of a network by their names, as files of weights have them. */
public final class SegmentTensors {
  private SegmentTensors() {}

  /**
   * Cuts a flat vector.
   *
   * @param flat parameters or statistics of the layout that the segments are of
   */
  public static Map<String, HostTensor> of(List<Segment> segments, double[] flat) {
    var out = new LinkedHashMap<String, HostTensor>();
    for (Segment segment : segments) {
      int from = (int) segment.offset();
      double[] values = Arrays.copyOfRange(flat, from, (int) (from + segment.size()));
      out.put(segment.name(), new HostTensor(segment.shape(), values));
    }
    return out;
  }
}
