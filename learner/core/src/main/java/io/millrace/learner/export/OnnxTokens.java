package io.millrace.learner.export;

import static io.millrace.learner.export.OnnxGraph.list;
import static io.millrace.learner.export.OnnxGraph.whole;
import static io.millrace.learner.tensor.SegmentLayout.join;

import io.millrace.learner.tensor.Layer;
import java.util.List;

/** What is a vision transformer's own, as ONNX operations. */
final class OnnxTokens {
  private final OnnxGraph graph;
  private final OnnxLinear linear;

  OnnxTokens(OnnxGraph graph, OnnxLinear linear) {
    this.graph = graph;
    this.linear = linear;
  }

  /**
   * Patches with a class token before them and positions added, on the grid they are learned for.
   */
  String patchTokens(String at, Layer.PatchTokens t, String x) {
    String flat = reshape(at, x, 0, t.features(), (long) t.grid() * t.grid());
    String patches = transpose(at, flat, 0, 2, 1);
    String batch = graph.node("Shape", at, List.of(x), whole("start", 0), whole("end", 1));
    String shape =
        graph.node(
            "Concat", at, List.of(batch, graph.whole(at, 1, t.features())), whole("axis", 0));
    String first = graph.node("Expand", at, List.of(graph.tensor(join(at, "cls_token")), shape));
    String all = graph.node("Concat", at, List.of(first, patches), whole("axis", 1));
    return graph.node("Add", at, List.of(all, graph.tensor(join(at, "pos_embed"))));
  }

  /** Softmax attention of each head. */
  String selfAttention(String at, Layer.SelfAttention a, String x) {
    int length = a.features() / a.heads();
    String all = linear.layer(join(at, "qkv"), x);
    String split = reshape(at, all, 0, 0, 3, a.heads(), length);
    String byHead = transpose(at, split, 2, 0, 3, 1, 4);
    String q = part(at, byHead, 0);
    String k = part(at, byHead, 1);
    String v = part(at, byHead, 2);
    String likeness = graph.node("MatMul", at, List.of(q, transpose(at, k, 0, 1, 3, 2)));
    String scaled =
        graph.node("Mul", at, List.of(likeness, graph.number(at, 1 / Math.sqrt(length))));
    String shares = graph.node("Softmax", at, List.of(scaled), whole("axis", -1));
    String attended = graph.node("MatMul", at, List.of(shares, v));
    String joined = reshape(at, transpose(at, attended, 0, 2, 1, 3), 0, 0, a.features());
    return linear.layer(join(at, "proj"), joined);
  }

  private String part(String at, String x, int which) {
    return graph.node("Gather", at, List.of(x, graph.index(at, which)), whole("axis", 0));
  }

  /** A length of 0 stands for the one there is. */
  private String reshape(String at, String x, long... lengths) {
    return graph.node("Reshape", at, List.of(x, graph.whole(at, lengths)));
  }

  private String transpose(String at, String x, long... order) {
    return graph.node("Transpose", at, List.of(x), list("perm", order));
  }
}
