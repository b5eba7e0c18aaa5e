package io.millrace.learner.nd4j.tensor;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.Op;
import org.nd4j.linalg.api.ops.impl.transforms.comparison.CompareAndReplace;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.conditions.Conditions;

/** How ND4J's operations are called: outputs are given, errors read like sentences. */
final class Ops {
  private Ops() {}

  /** A call of an operation by its name. */
  static Call call(String name) {
    return new Call(name);
  }

  /** Runs an operation of the older kind: one input or two, one output. */
  static void run(Op op) {
    try {
      Nd4j.getExecutioner().exec(op);
    } catch (RuntimeException e) {
      throw readable(op.opName(), e);
    }
  }

  /** Whether NaN is among the elements, or both infinities are. */
  static boolean mayHoldNaN(INDArray x) {
    return Double.isNaN(x.sumNumber().doubleValue());
  }

  /** Makes z NaN wherever x is: what ND4J itself bounds or compares is a number always. */
  static void keepNaN(INDArray x, INDArray z) {
    run(new CompareAndReplace(x, z, z, Conditions.lessThanOrEqual(Double.POSITIVE_INFINITY)));
  }

  /** A row-major array's elements in another shape, over the very same buffer object. */
  static INDArray reshaped(INDArray array, long... shape) {
    return array.isEmpty()
        ? Nd4j.create(array.dataType(), shape)
        : Nd4j.create(array.data(), shape, Buffers.strides(shape), 0, 'c');
  }

  /** Collects arguments in the order the operation counts them. */
  static final class Call {
    private final String name;
    private final List<INDArray> inputs = new ArrayList<>();
    private final DynamicCustomOp.DynamicCustomOpsBuilder builder;

    private Call(String name) {
      this.name = name;
      builder = DynamicCustomOp.builder(name);
    }

    Call in(INDArray... more) {
      inputs.addAll(List.of(more));
      return this;
    }

    Call integers(int... arguments) {
      builder.addIntegerArguments(arguments);
      return this;
    }

    Call numbers(double argument) {
      builder.addFloatingPointArguments(argument);
      return this;
    }

    Call flags(boolean... arguments) {
      builder.addBooleanArguments(arguments);
      return this;
    }

    /** Runs into these arrays and returns the first. */
    INDArray into(INDArray... outputs) {
      try {
        builder.addInputs(inputs.toArray(INDArray[]::new)).addOutputs(outputs);
        Nd4j.getExecutioner().exec(builder.build());
      } catch (RuntimeException e) {
        throw readable(name, e);
      }
      return outputs[0];
    }
  }

  private static RuntimeException readable(String operation, RuntimeException e) {
    Throwable cause = e.getCause() != null ? e.getCause() : e;
    String line = String.valueOf(cause.getMessage()).lines().findFirst().orElse("failed natively");
    return new IllegalStateException(operation + ": " + line, e);
  }
}
