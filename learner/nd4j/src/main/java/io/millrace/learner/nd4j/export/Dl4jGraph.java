package io.millrace.learner.nd4j.export;

import static io.millrace.learner.tensor.SegmentLayout.join;

import io.millrace.learner.checkpoint.HostTensor;
import io.millrace.learner.export.ExportedNetwork;
import io.millrace.learner.tensor.Layer;
import io.millrace.learner.tensor.UnsupportedLayerException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.graph.MergeVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.params.BatchNormalizationParamInitializer;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A network as a computation graph of Deeplearning4j's own kind: parameters and running statistics
 * in the graph, layers that a saved model names. Vertices carry torchvision's names.
 */
final class Dl4jGraph {
  static final String INPUT = "images";

  private final ExportedNetwork network;
  private final Dl4jLayers layers;
  private final GraphBuilder builder;
  private final Map<String, String> pathByVertex = new LinkedHashMap<>();
  private final List<String> names = new ArrayList<>();

  private Dl4jGraph(ExportedNetwork network, boolean stock) {
    this.network = network;
    this.layers = new Dl4jLayers(stock);
    builder = new NeuralNetConfiguration.Builder().dataType(DataType.FLOAT).graphBuilder();
  }

  /**
   * @param stock whether Deeplearning4j's own layers alone may be used
   * @throws UnsupportedLayerException naming a layer that has no form in Deeplearning4j
   */
  static ComputationGraph of(ExportedNetwork network, boolean stock) {
    return new Dl4jGraph(network, stock).build();
  }

  private ComputationGraph build() {
    List<Integer> input = network.spec().input();
    builder.addInputs(INPUT);
    String end = chain(INPUT, "", network.spec().children());
    builder
        .setOutputs(end)
        .setInputTypes(
            input.size() == 3
                ? InputType.convolutional(input.get(1), input.get(2), input.get(0))
                : InputType.feedForward(input.get(0)))
        .validateOutputLayerConfig(false);
    var graph = new ComputationGraph(builder.build());
    graph.init();
    pathByVertex.forEach((vertex, path) -> fill(graph.getLayer(vertex), path));
    return graph;
  }

  private String chain(String from, String at, List<Layer.Named> children) {
    String end = from;
    for (Layer.Named child : children) {
      end = layer(end, join(at, child.name()), child.layer());
    }
    return end;
  }

  private String layer(String from, String path, Layer layer) {
    if (layer instanceof Layer.Sequential s) {
      return chain(from, path, s.children());
    } else if (layer instanceof Layer.Residual r) {
      String body = chain(from, path, r.body());
      String shortcut = chain(from, path, r.shortcut());
      String sum = named(join(path, "add"));
      builder.addVertex(sum, new ElementWiseVertex(ElementWiseVertex.Op.Add), body, shortcut);
      return sum;
    } else if (layer instanceof Layer.Concat c) {
      String first = chain(from, path, c.first());
      String second = chain(from, path, c.second());
      String both = named(join(path, "concat"));
      builder.addVertex(both, new MergeVertex(), first, second);
      return both;
    }
    String vertex = named(path);
    builder.addLayer(vertex, layers.of(path, layer), from);
    pathByVertex.put(vertex, path);
    return vertex;
  }

  private String named(String path) {
    String name = path;
    for (int i = 2; names.contains(name) || name.isEmpty() || name.equals(INPUT); i++) {
      name = path + "#" + i;
    }
    names.add(name);
    return name;
  }

  private void fill(org.deeplearning4j.nn.api.Layer layer, String path) {
    copy(layer, DefaultParamInitializer.WEIGHT_KEY, join(path, "weight"));
    copy(layer, DefaultParamInitializer.BIAS_KEY, join(path, "bias"));
    copy(layer, BatchNormalizationParamInitializer.GAMMA, join(path, "weight"));
    copy(layer, BatchNormalizationParamInitializer.BETA, join(path, "bias"));
    copy(layer, BatchNormalizationParamInitializer.GLOBAL_MEAN, join(path, "running_mean"));
    copy(layer, BatchNormalizationParamInitializer.GLOBAL_VAR, join(path, "running_var"));
  }

  private void copy(org.deeplearning4j.nn.api.Layer layer, String name, String tensor) {
    INDArray to = layer.paramTable() == null ? null : layer.paramTable().get(name);
    HostTensor from = network.tensors().get(tensor);
    if (to == null || from == null) {
      return;
    }
    long[] shape = from.shape().stream().mapToLong(Long::longValue).toArray();
    try (INDArray values = Nd4j.createFromArray((float[]) from.values())) {
      INDArray array = values.reshape('c', shape);
      // A dense layer's weight is [in, out] here.
      boolean dense = shape.length == 2;
      to.assign(dense ? array.transpose() : array.reshape('c', to.shape()));
    }
  }
}
