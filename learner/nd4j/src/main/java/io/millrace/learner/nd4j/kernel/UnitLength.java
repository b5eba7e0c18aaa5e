package io.millrace.learner.nd4j.kernel;

import io.millrace.learner.nd4j.tensor.Ops;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.scalar.ScalarMax;
import org.nd4j.linalg.api.ops.impl.transforms.floating.Sqrt;

/** Rows divided by their length, u = x / max(‖x‖, 1e-12), and the derivative of that. */
final class UnitLength {
  private static final double FLOOR = 1e-12;

  private UnitLength() {}

  /** Writes the rows' unit vectors and their bounded lengths, [rows, 1]. */
  static void of(INDArray x, INDArray unit, INDArray length) {
    Ops.call("multiply").in(x, x).into(unit);
    Ops.call("reduce_sum").in(unit).integers(1).flags(true).into(length);
    Ops.run(new Sqrt(length, length));
    Ops.run(new ScalarMax(length, null, length, FLOOR));
    Ops.call("divide").in(x, length).into(unit);
  }

  /** Overwrites {@code d}, the derivative by u, with that by x: (d − u (u·d)) / ‖x‖. */
  static void back(INDArray unit, INDArray length, INDArray d, Memory memory) {
    INDArray along = memory.scratch(d.shape());
    INDArray share = memory.scratch(d.size(0), 1);
    Ops.call("multiply").in(unit, d).into(along);
    Ops.call("reduce_sum").in(along).integers(1).flags(true).into(share);
    Ops.call("multiply").in(unit, share).into(along);
    Ops.call("subtract").in(d, along).into(along);
    Ops.call("divide").in(along, length).into(d);
    memory.giveBack(along);
    memory.giveBack(share);
  }
}
