package io.millrace.learner.export;

import static io.millrace.learner.export.OnnxGraph.list;
import static io.millrace.learner.export.OnnxGraph.real;
import static io.millrace.learner.export.OnnxGraph.whole;
import static io.millrace.learner.export.OnnxGraph.word;
import static io.millrace.learner.tensor.SegmentLayout.join;

import ai.onnx.proto.OnnxMl.AttributeProto;
import io.millrace.learner.tensor.Layer;
import io.millrace.learner.tensor.UnsupportedLayerException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Layer records as ONNX operations, as they run in evaluation mode. */
final class OnnxLayers {
  private static final double NORM_FLOOR = 1e-12;

  private final OnnxGraph graph;
  private final OnnxLinear linear;
  private final OnnxTokens tokens;

  OnnxLayers(OnnxGraph graph) {
    this.graph = graph;
    this.linear = new OnnxLinear(graph);
    this.tokens = new OnnxTokens(graph, linear);
  }

  /** Children one after another; the result's name. */
  String chain(String at, List<Layer.Named> children, String x) {
    String value = x;
    for (Layer.Named child : children) {
      value = layer(join(at, child.name()), child.layer(), value);
    }
    return value;
  }

  /**
   * One layer; the result's name.
   *
   * @throws UnsupportedLayerException naming a layer that has no form here
   */
  private String layer(String at, Layer layer, String x) {
    return layer.accept(new ValueOf(at, x));
  }

  /** The name of the layer's output for {@code x}. */
  private final class ValueOf implements Layer.Visitor<String> {
    private final String at;
    private final String x;

    ValueOf(String at, String x) {
      this.at = at;
      this.x = x;
    }

    @Override
    public String conv2d(Layer.Conv2d c) {
      return convolution("Conv", at, x, c.kernel(), c.stride(), c.padding());
    }

    @Override
    public String convTranspose2d(Layer.ConvTranspose2d c) {
      return convolution("ConvTranspose", at, x, c.kernel(), c.stride(), c.padding());
    }

    @Override
    public String batchNorm(Layer.BatchNorm b) {
      return OnnxLayers.this.batchNorm(at, b, x);
    }

    @Override
    public String linear(Layer.Linear layer) {
      return linear.layer(at, x);
    }

    @Override
    public String weightNormLinear(Layer.WeightNormLinear layer) {
      return linear.product(at, x, unit(at, graph.tensor(join(at, "weight_v")), 1));
    }

    @Override
    public String relu(Layer.Relu layer) {
      return graph.node("Relu", at, List.of(x));
    }

    @Override
    public String leakyRelu(Layer.LeakyRelu l) {
      return graph.node("LeakyRelu", at, List.of(x), real("alpha", l.slope()));
    }

    @Override
    public String gelu(Layer.Gelu layer) {
      return OnnxLayers.this.gelu(at, x);
    }

    @Override
    public String sigmoid(Layer.Sigmoid layer) {
      return graph.node("Sigmoid", at, List.of(x));
    }

    @Override
    public String tanh(Layer.Tanh layer) {
      return graph.node("Tanh", at, List.of(x));
    }

    @Override
    public String maxPool2d(Layer.MaxPool2d p) {
      return graph.node("MaxPool", at, List.of(x), window(p.kernel(), p.stride(), p.padding()));
    }

    @Override
    public String globalAveragePool(Layer.GlobalAveragePool layer) {
      String mean = graph.node("GlobalAveragePool", at, List.of(x));
      return graph.node("Flatten", at, List.of(mean), whole("axis", 1));
    }

    @Override
    public String flatten(Layer.Flatten layer) {
      return graph.node("Flatten", at, List.of(x), whole("axis", 1));
    }

    @Override
    public String toImage(Layer.ToImage i) {
      String shape = graph.whole(at, 0, i.channels(), i.height(), i.width());
      return graph.node("Reshape", at, List.of(x, shape));
    }

    @Override
    public String upsample(Layer.Upsample u) {
      return graph.node(
          "Resize",
          at,
          List.of(x, "", graph.reals(at, 1, 1, u.factor(), u.factor())),
          word("mode", "nearest"),
          word("coordinate_transformation_mode", "asymmetric"),
          word("nearest_mode", "floor"));
    }

    @Override
    public String l2Normalize(Layer.L2Normalize layer) {
      return unit(at, x, -1);
    }

    @Override
    public String layerNorm(Layer.LayerNorm n) {
      return graph.node(
          "LayerNormalization",
          at,
          List.of(x, graph.tensor(join(at, "weight")), graph.tensor(join(at, "bias"))),
          whole("axis", -1),
          real("epsilon", n.epsilon()));
    }

    @Override
    public String patchTokens(Layer.PatchTokens t) {
      return tokens.patchTokens(at, t, x);
    }

    @Override
    public String selfAttention(Layer.SelfAttention a) {
      return tokens.selfAttention(at, a, x);
    }

    @Override
    public String classToken(Layer.ClassToken layer) {
      return graph.node("Gather", at, List.of(x, graph.index(at, 0)), whole("axis", 1));
    }

    @Override
    public String patchMap(Layer.PatchMap layer) {
      throw new UnsupportedLayerException("ONNX export lacks layer " + at + ": " + layer);
    }

    @Override
    public String aside(Layer.Aside layer) {
      return x; // seen by training alone
    }

    @Override
    public String sequential(Layer.Sequential s) {
      return chain(at, s.children(), x);
    }

    @Override
    public String residual(Layer.Residual r) {
      return graph.node("Add", at, List.of(chain(at, r.body(), x), chain(at, r.shortcut(), x)));
    }

    @Override
    public String concat(Layer.Concat c) {
      return graph.node(
          "Concat",
          at,
          List.of(chain(at, c.first(), x), chain(at, c.second(), x)),
          whole("axis", 1));
    }
  }

  private String convolution(
      String operation, String at, String x, int kernel, int stride, int padding) {
    var inputs = new ArrayList<>(List.of(x, graph.tensor(join(at, "weight"))));
    if (graph.has(join(at, "bias"))) {
      inputs.add(graph.tensor(join(at, "bias")));
    }
    return graph.node(operation, at, inputs, window(kernel, stride, padding));
  }

  private static AttributeProto[] window(int kernel, int stride, int padding) {
    return new AttributeProto[] {
      list("kernel_shape", kernel, kernel),
      list("strides", stride, stride),
      list("pads", padding, padding, padding, padding)
    };
  }

  private String batchNorm(String at, Layer.BatchNorm b, String x) {
    return graph.node(
        "BatchNormalization",
        at,
        List.of(
            x,
            b.affine() ? graph.tensor(join(at, "weight")) : constant(at, b.features(), 1),
            b.affine() ? graph.tensor(join(at, "bias")) : constant(at, b.features(), 0),
            graph.tensor(join(at, "running_mean")),
            graph.tensor(join(at, "running_var"))),
        real("epsilon", b.epsilon()));
  }

  private String constant(String at, int length, float value) {
    float[] values = new float[length];
    Arrays.fill(values, value);
    return graph.reals(at, values);
  }

  /** x · (1 + erf(x / √2)) / 2. */
  private String gelu(String at, String x) {
    String scaled = graph.node("Mul", at, List.of(x, graph.number(at, Math.sqrt(0.5))));
    String erf = graph.node("Erf", at, List.of(scaled));
    String twice = graph.node("Add", at, List.of(erf, graph.number(at, 1)));
    String product = graph.node("Mul", at, List.of(x, twice));
    return graph.node("Mul", at, List.of(product, graph.number(at, 0.5)));
  }

  /** x / max(‖x‖₂, 1e-12) along one dimension. */
  private String unit(String at, String x, int axis) {
    String norm = graph.node("ReduceL2", at, List.of(x), list("axes", axis), whole("keepdims", 1));
    String floored = graph.node("Max", at, List.of(norm, graph.number(at, NORM_FLOOR)));
    return graph.node("Div", at, List.of(x, floored));
  }
}
