package io.millrace.learner.nd4j.export;

import io.millrace.learner.export.ExportFormat;
import io.millrace.learner.export.ExportedNetwork;
import io.millrace.learner.export.NetworkWriter;
import io.millrace.learner.nd4j.tensor.Backend;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.util.ModelSerializer;

/** Writes a network as the zip file that Deeplearning4j saves a computation graph in. */
public final class Dl4jWriter implements NetworkWriter {
  /** The entry that holds the words about the file, one {@code key=value} a line. */
  static final String WORDS = "millrace.txt";

  @Override
  public boolean writes(ExportFormat format) {
    return format == ExportFormat.DL4J || format == ExportFormat.DL4J_STOCK;
  }

  @Override
  public void write(ExportedNetwork network, ExportFormat format, OutputStream out)
      throws IOException {
    Backend.load("auto");
    ComputationGraph graph = Dl4jGraph.of(network, format == ExportFormat.DL4J_STOCK);
    var model = new ByteArrayOutputStream();
    ModelSerializer.writeModel(graph, model, false);
    graph.close();
    copy(model.toByteArray(), network.metadata(), out);
  }

  private static void copy(byte[] model, Map<String, String> metadata, OutputStream out)
      throws IOException {
    var to = new ZipOutputStream(out);
    try (var from = new ZipInputStream(new ByteArrayInputStream(model))) {
      for (ZipEntry entry = from.getNextEntry(); entry != null; entry = from.getNextEntry()) {
        to.putNextEntry(new ZipEntry(entry.getName()));
        from.transferTo(to);
        to.closeEntry();
      }
    }
    to.putNextEntry(new ZipEntry(WORDS));
    for (Map.Entry<String, String> word : metadata.entrySet()) {
      to.write((word.getKey() + "=" + word.getValue() + "\n").getBytes(StandardCharsets.UTF_8));
    }
    to.closeEntry();
    to.finish();
  }
}
