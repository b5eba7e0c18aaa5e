package io.millrace.learner.export;

import io.millrace.learner.checkpoint.SafeTensors;
import io.millrace.learner.tensor.UnsupportedLayerException;
import java.io.IOException;
import java.io.OutputStream;
import java.util.LinkedHashMap;

/** The forms a release can be exported in. */
public enum ExportFormat {
  /** The tensors by name; PyTorch, timm and torchvision load them as they are. */
  SAFETENSORS {
    @Override
    public void write(ExportedNetwork network, OutputStream out) throws IOException {
      var words = new LinkedHashMap<>(network.words());
      words.put("format", "pt");
      new SafeTensors(words, network.tensors()).writeTo(out);
    }
  },
  /** The network with its tensors, for ONNX Runtime and its like. */
  ONNX {
    @Override
    public void write(ExportedNetwork network, OutputStream out) throws IOException {
      OnnxModel.of(network).writeTo(out);
    }
  },
  /**
   * A computation graph of Deeplearning4j, with layers of the ND4J engine where they are faster.
   */
  DL4J {
    @Override
    public void write(ExportedNetwork network, OutputStream out) throws IOException {
      NetworkWriter.of(this).write(network, this, out);
    }
  },
  /** The same in Deeplearning4j's own layers alone. */
  DL4J_STOCK {
    @Override
    public void write(ExportedNetwork network, OutputStream out) throws IOException {
      NetworkWriter.of(this).write(network, this, out);
    }
  };

  /**
   * Writes a network.
   *
   * @throws UnsupportedLayerException naming the layer that the format has no form for
   */
  public abstract void write(ExportedNetwork network, OutputStream out) throws IOException;
}
