package io.millrace.learner.export;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import io.millrace.learner.tensor.NetworkSpec;
import io.millrace.learner.tensor.OutputFeatures;
import java.util.ArrayList;
import java.util.List;

/**
 * A network as an ONNX file: from {@code images} [batch, channels, height, width] to {@code
 * features} [batch, features], in evaluation mode, the batch of any size. Operator set 17, the
 * first with layer normalization.
 */
final class OnnxModel {
  static final String INPUT = "images";
  static final String OUTPUT = "features";
  static final int OPERATORS = 17;
  private static final int FORMAT = 8; // that of operator set 17

  private OnnxModel() {}

  static ModelProto of(ExportedNetwork network) {
    NetworkSpec spec = network.spec();
    var graph = new OnnxGraph(spec.name(), network.tensors());
    List<Long> input = new ArrayList<>();
    spec.input().forEach(length -> input.add((long) length));
    graph.input(INPUT, input);
    String last = new OnnxLayers(graph).chain("", spec.children(), INPUT);
    graph.output(last, OUTPUT, List.of((long) OutputFeatures.of(spec)));
    ModelProto.Builder model =
        ModelProto.newBuilder()
            .setIrVersion(FORMAT)
            .setProducerName("millrace")
            .setGraph(graph.build())
            .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(OPERATORS));
    network
        .metadata()
        .forEach(
            (key, value) ->
                model.addMetadataProps(
                    StringStringEntryProto.newBuilder().setKey(key).setValue(value)));
    return model.build();
  }
}
