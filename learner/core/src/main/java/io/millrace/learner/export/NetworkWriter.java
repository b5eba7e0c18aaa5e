package io.millrace.learner.export;

import io.millrace.learner.tensor.UnsupportedLayerException;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ServiceLoader;

/** Writes a format whose library an engine module alone knows; found by {@link ServiceLoader}. */
public interface NetworkWriter {
  /** Whether this writes the format. */
  boolean writes(ExportFormat format);

  /**
   * Writes a network.
   *
   * @throws UnsupportedLayerException naming the layer that the format has no form for
   */
  void write(ExportedNetwork network, ExportFormat format, OutputStream out) throws IOException;

  /**
   * The writer of a format.
   *
   * @throws IllegalStateException naming the format when the class path has none
   */
  static NetworkWriter of(ExportFormat format) {
    for (NetworkWriter writer : ServiceLoader.load(NetworkWriter.class)) {
      if (writer.writes(format)) {
        return writer;
      }
    }
    throw new IllegalStateException("no module on the class path writes " + format);
  }
}
