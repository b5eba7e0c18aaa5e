package io.millrace.learner.export;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import io.millrace.learner.checkpoint.HostTensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** An ONNX graph under construction. Values are known by their names. */
final class OnnxGraph {
  private static final int FLOAT = TensorProto.DataType.FLOAT_VALUE;
  private static final int INT64 = TensorProto.DataType.INT64_VALUE;

  private final GraphProto.Builder graph = GraphProto.newBuilder();
  private final Map<String, HostTensor> tensors;
  private final Set<String> names = new HashSet<>();

  /**
   * @param tensors the network's, by name
   */
  OnnxGraph(String name, Map<String, HostTensor> tensors) {
    graph.setName(name);
    this.tensors = tensors;
  }

  /** Declares the input; the batch comes before its lengths. */
  void input(String name, List<Long> lengths) {
    names.add(name);
    graph.addInput(described(name, lengths));
  }

  /** Gives a value out under a name. */
  void output(String value, String name, List<Long> lengths) {
    graph.addNode(
        NodeProto.newBuilder().setOpType("Identity").setName(name).addInput(value).addOutput(name));
    graph.addOutput(described(name, lengths));
  }

  /**
   * Adds an operation of one result.
   *
   * @param at the layer's name, which the result's name starts with
   * @return the result's name
   */
  String node(String operation, String at, List<String> inputs, AttributeProto... attributes) {
    String name = fresh(at.isEmpty() ? operation : at + "/" + operation);
    graph.addNode(
        NodeProto.newBuilder()
            .setOpType(operation)
            .setName(name)
            .addAllInput(inputs)
            .addOutput(name)
            .addAllAttribute(List.of(attributes)));
    return name;
  }

  /** Whether the network has a tensor of this name. */
  boolean has(String name) {
    return tensors.containsKey(name);
  }

  /**
   * One of the network's tensors, under its own name.
   *
   * @throws IllegalArgumentException when the network has none of this name
   */
  String tensor(String name) {
    HostTensor tensor = tensors.get(name);
    if (tensor == null || !(tensor.values() instanceof float[] values)) {
      throw new IllegalArgumentException("no tensor '" + name + "' to export");
    }
    if (names.add(name)) {
      ByteBuffer bytes = littleEndian(values.length * Float.BYTES);
      bytes.asFloatBuffer().put(values);
      add(name, FLOAT, tensor.shape(), bytes);
    }
    return name;
  }

  /** A constant vector. */
  String reals(String at, float... values) {
    ByteBuffer bytes = littleEndian(values.length * Float.BYTES);
    bytes.asFloatBuffer().put(values);
    return add(fresh(at + "/constant"), FLOAT, List.of((long) values.length), bytes);
  }

  /** A constant number. */
  String number(String at, double value) {
    ByteBuffer bytes = littleEndian(Float.BYTES).putFloat(0, (float) value);
    return add(fresh(at + "/constant"), FLOAT, List.of(), bytes);
  }

  /** A constant vector of whole numbers. */
  String whole(String at, long... values) {
    return whole(at, List.of((long) values.length), values);
  }

  /** A constant whole number. */
  String index(String at, long value) {
    return whole(at, List.of(), value);
  }

  private String whole(String at, List<Long> shape, long... values) {
    ByteBuffer bytes = littleEndian(values.length * Long.BYTES);
    bytes.asLongBuffer().put(values);
    return add(fresh(at + "/constant"), INT64, shape, bytes);
  }

  GraphProto build() {
    return graph.build();
  }

  static AttributeProto whole(String name, long value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.INT)
        .setI(value)
        .build();
  }

  static AttributeProto list(String name, long... values) {
    var attribute =
        AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.INTS);
    for (long value : values) {
      attribute.addInts(value);
    }
    return attribute.build();
  }

  static AttributeProto real(String name, double value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.FLOAT)
        .setF((float) value)
        .build();
  }

  static AttributeProto word(String name, String value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.STRING)
        .setS(ByteString.copyFromUtf8(value))
        .build();
  }

  private String add(String name, int type, List<Long> shape, ByteBuffer values) {
    graph.addInitializer(
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(type)
            .addAllDims(shape)
            .setRawData(ByteString.copyFrom(values)));
    return name;
  }

  private String fresh(String wanted) {
    String name = wanted;
    for (int i = 1; !names.add(name); i++) {
      name = wanted + "_" + i;
    }
    return name;
  }

  private static ValueInfoProto described(String name, List<Long> lengths) {
    var shape = TensorShapeProto.newBuilder();
    shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimParam("batch"));
    for (long length : lengths) {
      shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(length));
    }
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(TypeProto.Tensor.newBuilder().setElemType(FLOAT).setShape(shape)))
        .build();
  }

  private static ByteBuffer littleEndian(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
