package io.millrace.learner.export;

import io.millrace.learner.tensor.UnsupportedLayerException;
import java.io.IOException;
import java.io.OutputStream;

/**
 * Writes a format whose library an engine module alone knows; found by {@link
 * java.util.ServiceLoader}.
 */
public interface NetworkWriter {
  /** Whether this writes the format. */
  boolean writes(ExportFormat format);

  /**
   * Writes a network.
   *
   * @throws UnsupportedLayerException naming the layer that the format has no form for
   */
  void write(ExportedNetwork network, ExportFormat format, OutputStream out) throws IOException;
}
