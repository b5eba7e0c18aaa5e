package io.millrace.learner.export;

import static io.millrace.learner.export.OnnxGraph.list;
import static io.millrace.learner.tensor.SegmentLayout.join;

import java.util.List;

/** Linear maps over the last dimension, as ONNX operations. */
final class OnnxLinear {
  private final OnnxGraph graph;

  OnnxLinear(OnnxGraph graph) {
    this.graph = graph;
  }

  /** y = x Wᵀ + b, with the layer's own weight and, where it has one, bias. */
  String layer(String at, String x) {
    String y = product(at, x, graph.tensor(join(at, "weight")));
    String bias = join(at, "bias");
    return graph.has(bias) ? graph.node("Add", at, List.of(y, graph.tensor(bias))) : y;
  }

  /** y = x Wᵀ. */
  String product(String at, String x, String weight) {
    String turned = graph.node("Transpose", at, List.of(weight), list("perm", 1, 0));
    return graph.node("MatMul", at, List.of(x, turned));
  }
}
