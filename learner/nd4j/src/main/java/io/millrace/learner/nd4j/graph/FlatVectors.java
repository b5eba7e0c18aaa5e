package io.millrace.learner.nd4j.graph;

import static io.millrace.learner.tensor.SegmentLayout.join;

import io.millrace.learner.nd4j.Nd4jEngine;
import io.millrace.learner.nd4j.kernel.Kernels;
import io.millrace.learner.nd4j.kernel.Parameter;
import io.millrace.learner.nd4j.tensor.Buffers;
import io.millrace.learner.nd4j.tensor.Nd4jTensor;
import io.millrace.learner.tensor.Segment;
import io.millrace.learner.tensor.SegmentLayout;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A network's three flat vectors and the layers' views of them, by segment name. */
final class FlatVectors implements AutoCloseable {
  private final Nd4jTensor parameters;
  private final Nd4jTensor gradients;
  private final Nd4jTensor statistics;
  private final Map<String, Parameter> parameterViews = new HashMap<>();
  private final Map<String, INDArray> statisticViews = new HashMap<>();

  FlatVectors(Nd4jEngine engine, SegmentLayout layout) {
    parameters = engine.unscoped(0, layout.parameterCount());
    gradients = engine.unscoped(0, layout.parameterCount());
    statistics = engine.unscoped(0, layout.statisticCount());
    for (Segment segment : layout.parameters()) {
      parameterViews.put(
          segment.name(), new Parameter(view(parameters, segment), view(gradients, segment)));
    }
    for (Segment segment : layout.statistics()) {
      INDArray view = view(statistics, segment);
      if (segment.kind() == Segment.Kind.RUNNING_VARIANCE) {
        view.assign(1);
      }
      statisticViews.put(segment.name(), view);
    }
  }

  private static INDArray view(Nd4jTensor flat, Segment segment) {
    long[] shape = segment.lengths();
    return Nd4j.create(flat.data().data(), shape, Buffers.strides(shape), segment.offset(), 'c');
  }

  Nd4jTensor parameters() {
    return parameters;
  }

  Nd4jTensor gradients() {
    return gradients;
  }

  Nd4jTensor statistics() {
    return statistics;
  }

  /** The arrays of the layer at this path. */
  Kernels.Arrays of(String path) {
    return new Kernels.Arrays() {
      @Override
      public @Nullable Parameter parameter(String name) {
        return parameterViews.get(join(path, name));
      }

      @Override
      public INDArray statistic(String name) {
        INDArray view = statisticViews.get(join(path, name));
        if (view == null) {
          throw new IllegalStateException("the layout has no statistic " + join(path, name));
        }
        return view;
      }
    };
  }

  @Override
  public void close() {
    parameters.close();
    gradients.close();
    statistics.close();
  }
}
