package io.millrace.learner.release;

import io.millrace.learner.checkpoint.HostTensor;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.Segment;
import io.millrace.learner.tensor.SegmentLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** Whether named tensors are those of a network. */
final class BackboneFit {
  private BackboneFit() {}

  /**
   * Requires that there is a tensor of its shape for each of a network's.
   *
   * @param file for the message
   * @return names that the network has no place for, such as a classifier's
   * @throws IllegalArgumentException listing what is missing, of another shape and left over
   */
  static List<String> require(String file, Map<String, HostTensor> tensors, NetworkSpec spec) {
    SegmentLayout layout = SegmentLayout.of(spec);
    var wanted = new ArrayList<>(layout.parameters());
    wanted.addAll(layout.statistics());
    var left = new TreeSet<>(tensors.keySet());
    left.removeIf(name -> name.endsWith("num_batches_tracked"));
    var missing = new ArrayList<String>();
    var others = new ArrayList<String>();
    for (Segment segment : wanted) {
      HostTensor tensor = tensors.get(segment.name());
      left.remove(segment.name());
      if (tensor == null) {
        missing.add(segment.name());
      } else if (!tensor.shape().equals(segment.shape())) {
        others.add(segment.name() + " " + tensor.shape() + " (expected " + segment.shape() + ")");
      }
    }
    if (!missing.isEmpty() || !others.isEmpty()) {
      throw new IllegalArgumentException(
          file
              + " does not fit the backbone: missing "
              + missing
              + "; of another shape "
              + others
              + "; left over "
              + left);
    }
    return List.copyOf(left);
  }
}
