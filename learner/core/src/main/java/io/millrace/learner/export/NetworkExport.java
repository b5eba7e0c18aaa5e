package io.millrace.learner.export;

import io.millrace.learner.checkpoint.SafeTensors;
import io.millrace.learner.tensor.UnsupportedLayerException;
import java.io.IOException;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.ServiceLoader;

/** Writes networks in any of the formats. */
public final class NetworkExport {
  private NetworkExport() {}

  /**
   * Writes a network.
   *
   * @throws UnsupportedLayerException naming the layer that the format has no form for
   * @throws IllegalStateException naming the format when the class path has no writer of it
   */
  public static void write(ExportFormat format, ExportedNetwork network, OutputStream out)
      throws IOException {
    switch (format) {
      case SAFETENSORS -> {
        var metadata = new LinkedHashMap<>(network.metadata());
        metadata.put("format", "pt");
        new SafeTensors(metadata, network.tensors()).writeTo(out);
      }
      case ONNX -> OnnxModel.of(network).writeTo(out);
      case DL4J, DL4J_STOCK -> writer(format).write(network, format, out);
    }
  }

  private static NetworkWriter writer(ExportFormat format) {
    for (NetworkWriter writer : ServiceLoader.load(NetworkWriter.class)) {
      if (writer.writes(format)) {
        return writer;
      }
    }
    throw new IllegalStateException("no module on the class path writes " + format);
  }
}
