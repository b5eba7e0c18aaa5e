package io.millrace.serving.http;

import io.millrace.serving.auxloss.DenseArray;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A tensor of a request, of one of three kinds.
 *
 * @param field where it stands in the request, such as {@code inputs[0]}
 * @param shape lengths by dimension
 * @param numbers values of FP32; null for the other kinds
 * @param unsigned values of UINT8; null for the other kinds
 * @param blobs elements of BYTES; null for the other kinds
 */
record InferTensor(
    String field,
    String name,
    List<Long> shape,
    float @Nullable [] numbers,
    byte @Nullable [] unsigned,
    @Nullable List<byte[]> blobs) {
  static final String FP32 = "FP32";
  static final String UINT8 = "UINT8";
  static final String BYTES = "BYTES";

  String datatype() {
    return numbers != null ? FP32 : unsigned != null ? UINT8 : BYTES;
  }

  /** The matrix of finite numbers that a prediction is. */
  DenseArray matrix(int columns, int maxRows) {
    float[] values = numbers;
    if (values == null) {
      throw ApiError.bad(field + ".datatype", "is " + datatype() + ": expected FP32");
    }
    if (shape.size() != 2 || shape.get(1) != columns) {
      throw ApiError.bad(field + ".shape", "is " + shape + ": expected [rows, " + columns + "]");
    }
    if (shape.get(0) > maxRows) {
      throw ApiError.large(
          field + ".shape", "is " + shape + ": expected at most " + maxRows + " rows");
    }
    requireFinite(values);
    return new DenseArray(shape, values);
  }

  void requireFinite(float[] values) {
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        throw ApiError.bad(
            field + ".data",
            "of '" + name + "' is " + values[i] + " at " + i + ": expected finite numbers");
      }
    }
  }

  @Override
  public String toString() {
    return field + " " + name + " " + datatype() + Arrays.toString(shape.toArray());
  }
}
